/** What the package brings along for coding agents, in its folder `plugin`: read when it is installed somewhere. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The commands of the journal that agents know. */
export const JOURNAL_COMMANDS = ["hello", "log", "bye"] as const;

/** Text of a file of the plugin, `commands/hello.md`. */
export function packagedText(path: string): string {
  return readFileSync(join(programFolder(), "..", "..", "plugin", path), "utf8");
}

/** The program that this process runs, as a file that node can be given. */
export function programFile(): string {
  return join(programFolder(), "incr.cjs");
}

/** `dist/cli` of the package. */
function programFolder(): string {
  return dirname(typeof __filename === "string" ? __filename : fileURLToPath(import.meta.url));
}
