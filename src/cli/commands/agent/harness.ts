import { HARNESSES, type Harness } from "../../../domain/config-file.ts";

/** The agent that was asked for with `--harness`, or by the noun. */
export function harnessIn(flags: object): Harness | undefined {
  return "harness" in flags ? HARNESSES.find((name) => name === flags.harness) : undefined;
}
