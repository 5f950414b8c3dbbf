import type * as v from "valibot";
import { describeCounts } from "../../../domain/journal/counts.ts";
import { describeLength, describeUncommitted, type Report } from "../../../domain/journal/report.ts";
import type { CurrentSession, QuickNote } from "../../../domain/journal/records.ts";
import { lengthOf, localTime } from "../../../domain/journal/time.ts";
import { showPast } from "../../../usecases/journal/past.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderFields } from "../../fields.ts";
import { journalApp } from "../../journal-app.ts";
import { utcOffset } from "../../who.ts";
import { plainLine, plainText } from "../../plain.ts";
import type { show } from "../journal.ts";
import type { showSessionAnswer } from "./answers.ts";

export { showSessionAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof showSessionAnswer>;

export function run(ctx: Context, { args }: Input<typeof show>): Answer {
  return showPast(journalApp(ctx), args.id);
}

export function render(session: Answer, ctx: Context): string {
  return (session.status === "active" ? renderRunning(session, ctx) : renderOver(session, ctx)).join("\n\n");
}

function renderRunning(session: CurrentSession, ctx: Context): string[] {
  const length = lengthOf(ctx.now().getTime() - Date.parse(session.started));
  const fields = renderFields(
    [
      ["session", session.id],
      ["status", `running for ${length}`],
      ["started", stamp(session.started)],
      ["branch", session.branch ?? undefined],
      ["took part", session.participants?.map(({ name }) => name).join(", ")],
    ],
    ctx.style,
  );
  return [fields, ...notes(session.quick_notes, ctx)];
}

function renderOver(report: Report, ctx: Context): string[] {
  const fields = renderFields(
    [
      ["session", report.id],
      ["status", report.ended_by === "idle" ? "over, with its last sign of life" : "over"],
      ["started", stamp(report.started)],
      ["ended", stamp(report.ended)],
      ["length", describeLength(report)],
      ["branch", report.branch ?? undefined],
      ["work", describeCounts(report)],
      ["not committed", describeUncommitted(report) ?? undefined],
      ["took part", report.participants.map(({ name }) => name).join(", ")],
    ],
    ctx.style,
  );
  const commits = report.commit_list.map(
    ({ id, subject }) => `${ctx.style.cyan(id.slice(0, 10))} ${plainLine(subject)}`,
  );
  return [
    fields,
    plainText(report.summary),
    ...notes(report.quick_notes, ctx),
    ...section("Commits", commits, report.commits, ctx),
    ...section("Files changed", report.files.map(plainLine), report.files_changed, ctx),
    ...section("Done todos", (report.done_todos ?? []).map(plainLine), null, ctx),
    ...section("Pending todos", report.pending_todos.map(plainLine), null, ctx),
  ];
}

function notes(all: readonly QuickNote[], ctx: Context): string[] {
  const lines = all.map(({ time, note, by }) => {
    const head = `${localTime(time, utcOffset).clock}${by === undefined ? "" : ` ${plainLine(by)}`}`;
    return `${ctx.style.dim(head)} ${plainText(note).replaceAll("\n", "\n    ")}`;
  });
  return section("Notes", lines, null, ctx);
}

function section(title: string, lines: readonly string[], count: number | null, { style }: Context): string[] {
  if (lines.length === 0) return [];
  const rest = (count ?? lines.length) - lines.length;
  const more = rest > 0 ? [style.dim(`and ${rest} more`)] : [];
  return [[style.bold(title), ...[...lines, ...more].map((line) => `  ${line}`)].join("\n")];
}

function stamp(time: string): string {
  const { date, clock, zone } = localTime(time, utcOffset);
  return `${date} ${clock} (UTC${zone})`;
}
