import type * as v from "valibot";
import { shortestUniquePrefixes } from "../../../domain/id.ts";
import { plural } from "../../../domain/journal/counts.ts";
import { describeLength } from "../../../domain/journal/report.ts";
import { lengthOf, localTime } from "../../../domain/journal/time.ts";
import { listPast } from "../../../usecases/journal/past.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { paintId } from "../../id-prefix.ts";
import { journalApp } from "../../journal-app.ts";
import { utcOffset } from "../../who.ts";
import { renderTable } from "../../table.ts";
import type { list } from "../journal.ts";
import type { listSessionsAnswer } from "./answers.ts";

export { listSessionsAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof listSessionsAnswer>;

export function run(ctx: Context, { flags }: Input<typeof list>): Answer {
  return listPast(journalApp(ctx), { limit: flags.all ? Number.POSITIVE_INFINITY : flags.limit });
}

interface Row {
  id: string;
  started: string;
  length: string;
  branch: string | null;
  commits: string;
  notes: number;
  summary: string;
}

export function render({ current, sessions, more }: Answer, ctx: Context): string {
  const running: Row[] =
    current === null
      ? []
      : [
          {
            ...current,
            length: lengthOf(ctx.now().getTime() - Date.parse(current.started)),
            commits: "",
            notes: current.quick_notes.length,
            summary: "(running)",
          },
        ];
  const past = sessions.map((report): Row => ({
    ...report,
    length: describeLength(report),
    commits: report.commits === null ? "?" : String(report.commits),
    notes: report.quick_notes.length,
  }));
  const rows = [...running, ...past];
  if (rows.length === 0) return "no sessions; `incr hello` begins one";
  const prefixes = shortestUniquePrefixes(rows.map(({ id }) => id));
  const table = renderTable(
    rows,
    [
      {
        header: "SESSION",
        value: (one) => one.id,
        paint: (text, one, style) => paintId(text, prefixes.get(one.id) ?? text.length, style),
      },
      { header: "STARTED", value: (one) => stamp(one.started) },
      { header: "LENGTH", value: (one) => one.length, align: "right" },
      { header: "BRANCH", value: (one) => one.branch },
      { header: "COMMITS", value: (one) => one.commits, align: "right" },
      { header: "NOTES", value: (one) => String(one.notes), align: "right" },
      { header: "SUMMARY", value: (one) => one.summary, flexible: true },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
  return more === 0
    ? table
    : `${table}\n${ctx.style.dim(`and ${plural(more, "older session")}: incr journal list --all`)}`;
}

function stamp(time: string): string {
  const { date, clock } = localTime(time, utcOffset);
  return `${date} ${clock}`;
}
