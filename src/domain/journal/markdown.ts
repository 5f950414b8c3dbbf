/** A report as Markdown, for people. */
import { describeCounts } from "./counts.ts";
import { describeLength, describeUncommitted, type Report } from "./report.ts";
import { oneLine } from "./summary.ts";
import { localTime, type UtcOffset } from "./time.ts";

/** The text of `sessions/<id>.md`. Times are local, with the zone they are in. */
export function reportMarkdown(report: Report, utcOffset: UtcOffset): string {
  const facts = [
    ["Started", stamp(report.started, utcOffset)],
    ["Ended", `${stamp(report.ended, utcOffset)}${report.ended_by === "idle" ? ", with its last sign of life" : ""}`],
    ["Duration", describeLength(report)],
    ["Branch", report.branch === null ? "none" : code(report.branch)],
    ["Work", describeCounts(report)],
    ["Not committed", describeUncommitted(report) ?? "not known"],
    ["Took part", report.participants.map(({ name }) => name).join(", ") || "nobody known"],
  ].map(([name, value]) => `- ${name}: ${value}`);
  const notes = report.quick_notes.map(({ time, note, by }) => {
    const head = `${localTime(time, utcOffset).clock}${by === undefined ? "" : ` ${by}`}:`;
    return note.includes("\n") ? item(`${head}\n${note}`) : item(`${head} ${note}`);
  });
  return [
    `# Session ${report.id}`,
    report.summary,
    facts.join("\n"),
    ...section("Notes", notes),
    ...section(
      "Commits",
      report.commit_list.map(({ id, subject }) => item(`${code(id.slice(0, 10))} ${subject}`)),
      report.commits,
    ),
    ...section(
      "Files changed",
      report.files.map((file) => item(code(file))),
      report.files_changed,
    ),
    ...section(
      "Done todos",
      (report.done_todos ?? []).map((todo) => item(`[x] ${oneLine(todo)}`)),
    ),
    ...section(
      "Pending todos",
      report.pending_todos.map((todo) => item(`[ ] ${oneLine(todo)}`)),
    ),
  ]
    .join("\n\n")
    .concat("\n");
}

function section(title: string, items: readonly string[], count: number | null = items.length): string[] {
  if (items.length === 0) return [];
  const rest = (count ?? 0) - items.length;
  return [`## ${title}`, [...items, ...(rest > 0 ? [`- and ${rest} more`] : [])].join("\n")];
}

/** A list item; the lines after the first belong to it. */
function item(text: string): string {
  return `- ${text.replaceAll(/\n(?=.)/g, "\n  ")}`;
}

function stamp(time: string, utcOffset: UtcOffset): string {
  const { date, clock, zone } = localTime(time, utcOffset);
  return `${date} ${clock} (UTC${zone})`;
}

/** In a code span, however many backticks the text has. */
export function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return `${fence}${space}${text}${space}${fence}`;
}
