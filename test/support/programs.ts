/** Programs of the system that some tests drive. */
import { hasProgram } from "../../scripts/programs.mjs";

/** For `describe.skipIf`: true, and named in the report by the describe's title, where the program is not installed. In CI it must be. */
export function lacks(program: string): boolean {
  return !hasProgram(program);
}
