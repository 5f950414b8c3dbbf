/** The summary of a session for which nobody gave one: only what its notes and commits say. */
import { plural, type CommitCounts } from "./counts.ts";
import type { QuickNote } from "./records.ts";

const LENGTH = 300;

/** The first lines of the notes, else the subjects of the commits, else that there were none of either. */
export function summarize(notes: readonly QuickNote[], counts: CommitCounts): string {
  const lines = notes.map(({ note }) => firstLine(note)).filter((line) => line !== "");
  if (lines.length > 0) return joined(lines, "note");
  const subjects = counts.commit_list.map(({ subject }) => subject).toReversed();
  if (subjects.length > 0) return joined(subjects, "commit");
  return counts.commits === null ? "No notes" : "No notes and no commits";
}

/** A text as one line. */
export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

/** The first line of a text that says anything. */
export function firstLine(text: string): string {
  return oneLine(
    text
      .trim()
      .split(/[\r\n]/, 1)
      .join(""),
  );
}

/** The text, or its beginning and `…`; a character outside the basic plane is not cut in two. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

function joined(parts: readonly string[], noun: string): string {
  let text = shortened(parts[0] ?? "", LENGTH);
  for (const [index, part] of parts.slice(1).entries()) {
    const longer = `${text}; ${part}`;
    if (longer.length > LENGTH) return `${text}; and ${plural(parts.length - 1 - index, `more ${noun}`)}`;
    text = longer;
  }
  return text;
}
