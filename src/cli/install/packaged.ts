/** What the package brings along for coding agents, in its folder `plugin`: read when it is installed somewhere. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The commands of the journal that agents know. */
export const JOURNAL_COMMANDS = ["hello", "log", "bye"] as const;

/** The skills about workstreams: folders with more than one file. */
export const WORKSTREAM_SKILLS = ["implementing-workstreams", "planning-workstreams"] as const;

/** Text of a file of the plugin, `commands/hello.md`. */
export function packagedText(path: string): string {
  return readFileSync(join(pluginFolder(), path), "utf8");
}

/** Files of a folder of the plugin and of those in it, relative to it. */
export function packagedFiles(folder: string): string[] {
  const root = join(pluginFolder(), folder);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

function pluginFolder(): string {
  return join(programFolder(), "..", "..", "plugin");
}

/** The program that this process runs, as a file that node can be given. */
export function programFile(): string {
  return join(programFolder(), "incr.cjs");
}

/** `dist/cli` of the package. */
function programFolder(): string {
  return dirname(typeof __filename === "string" ? __filename : fileURLToPath(import.meta.url));
}
