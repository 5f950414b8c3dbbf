/** The lines of incr in a repository's `info/exclude`: what agents leave for it must not show in anybody's `git status`. */
import { MARKER_FILES } from "./own-files.ts";

const NOTE = "# What coding agents leave for incr; taken out by `incr uninstall exclude`";
const LINES = MARKER_FILES.map((name) => `/${name}`);

/** The text with our lines at its end; null if they are there already. @param text null if there is no file */
export function addExclusions(text: string | null): string | null {
  const before = text ?? "";
  const present = linesOf(before);
  const missing = LINES.filter((line) => !present.includes(line));
  if (missing.length === 0) return null;
  const added = present.includes(NOTE) ? missing : [NOTE, ...missing];
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${added.join("\n")}\n`;
}

/** The text without our lines; null if there are none. */
export function removeExclusions(text: string): string | null {
  const own = new Set([NOTE, ...LINES]);
  const kept = text.split(/(?<=\n)/).filter((line) => !own.has(line.trimEnd()));
  const without = kept.join("");
  return without === text ? null : without;
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trimEnd());
}
