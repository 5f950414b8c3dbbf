/** Programs of the tests' own with the real command layer: bundled from a file here and put where a test wants them. */
import { writeFileSync } from "node:fs";
import { bundleProgram } from "../../scripts/build.mjs";

/** Bundles `test/support/<entry>` to an executable file. */
export async function writeProgram(entry: string, file: string): Promise<void> {
  const program = await bundleProgram(`test/support/${entry}`, { faults: false });
  writeFileSync(file, `#!/usr/bin/env node\n${Buffer.from(program).toString("utf8")}`, { mode: 0o755 });
}
