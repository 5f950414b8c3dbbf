/**
 * The section "## Session History" of `work-shell.md`. The file is the user's: what is in it stays byte for byte, entries are put in between. Texts here may
 * be bytes decoded as latin1, so that a file that is not UTF-8 survives too.
 */
import { describeCounts } from "./counts.ts";
import { JOURNAL_FOLDER } from "./paths.ts";
import { describeLength, type Report } from "./report.ts";
import { oneLine, shortened } from "./summary.ts";
import { localTime, type UtcOffset } from "./time.ts";
import { code } from "./markdown.ts";

const HEADING = "## Session History";
const SUMMARY_LENGTH = 500;

/** The lines of a session's entry, which begin with a heading of its id. */
export function historyEntry(report: Report, utcOffset: UtcOffset): string[] {
  const start = localTime(report.started, utcOffset);
  const end = localTime(report.ended, utcOffset);
  const until = end.date === start.date ? end.clock : `${end.date} ${end.clock}`;
  const where = report.branch === null ? "" : ` on ${code(report.branch)}`;
  return [
    `### ${report.id}`,
    "",
    `- ${shortened(oneLine(report.summary), SUMMARY_LENGTH)}`,
    `- ${start.date} ${start.clock} to ${until} (${describeLength(report)})${where}: ${describeCounts(report)}`,
    `- [Report](${JOURNAL_FOLDER}/sessions/${report.id}.md)`,
    ...report.pending_todos.map((todo) => `- [ ] ${shortened(oneLine(todo), SUMMARY_LENGTH)}`),
  ];
}

/**
 * The text with the entry as the first of the section, which is made at the end if there is none. A text that has an entry of that id is left as it is.
 * @param entry lines; the first one identifies it
 */
export function insertHistoryEntry(text: string, entry: readonly string[]): string {
  const lines = splitLines(text);
  if (lines.some((line) => line.content.trimEnd() === entry[0])) return text;
  const eol = lines.find((line) => line.end !== "")?.end ?? "\n";
  const block = entry.map((line) => `${line}${eol}`).join("");
  const heading = findHeading(lines);
  if (heading === -1) return `${beginning(text, lines, eol)}${HEADING}${eol}${eol}${block}`;

  const before = lines.slice(0, heading + 1).map(whole);
  const after = lines.slice(heading + 1).map(whole);
  const first = lines[heading + 1];
  const gap = first !== undefined && first.content.trim() !== "" ? eol : "";
  const lineEnd = lines[heading]?.end === "" ? eol : "";
  return `${before.join("")}${lineEnd}${eol}${block}${gap}${after.join("")}`;
}

interface Line {
  content: string;
  /** `\n`, `\r\n`, or nothing for a last line without one. */
  end: string;
}

function splitLines(text: string): Line[] {
  const lines = text.split("\n").map((line, index, all) => {
    if (index === all.length - 1) return { content: line, end: "" };
    return line.endsWith("\r") ? { content: line.slice(0, -1), end: "\r\n" } : { content: line, end: "\n" };
  });
  return lines.at(-1)?.content === "" ? lines.slice(0, -1) : lines;
}

function whole({ content, end }: Line): string {
  return content + end;
}

/** Index of the section's heading, or -1. A heading inside a fenced block is an example of one. */
function findHeading(lines: readonly Line[]): number {
  let fence: string | undefined;
  for (const [index, { content }] of lines.entries()) {
    const [, mark] = /^ {0,3}(`{3,}|~{3,})/.exec(content) ?? [];
    if (fence !== undefined) {
      const closes = mark !== undefined && mark.startsWith(fence) && content.trim() === mark;
      if (closes) fence = undefined;
    } else if (mark !== undefined) fence = mark;
    else if (/^##[ \t]+session history[ \t]*#*[ \t]*$/i.test(content)) return index;
  }
  return -1;
}

/** The user's text, ready for a section after it. */
function beginning(text: string, lines: readonly Line[], eol: string): string {
  const last = lines.at(-1);
  if (last === undefined) return `# Work journal${eol}${eol}`;
  const lineEnd = last.end === "" ? eol : "";
  return `${text}${lineEnd}${last.content.trim() === "" ? "" : eol}`;
}
