import * as v from "valibot";
import { count } from "../../../domain/count.ts";
import { formatDuration } from "../../../domain/duration.ts";
import { countChanges } from "../../../domain/job/changes.ts";
import type { StreamedEvent } from "../../../domain/job/event.ts";
import { jobSchema } from "../../../domain/job/record.ts";
import type { Job } from "../../../domain/records.ts";
import { doAll, type Attempted, type DoAllResult } from "../../../usecases/job/do-all.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { formatCost } from "../../cost.ts";
import { plainLine } from "../../plain.ts";
import { settledApp } from "../../settled-app.ts";
import type { Style } from "../../style.ts";
import { renderTable } from "../../table.ts";
import { harnessIn } from "../agent/harness.ts";
import type { doAllTodos } from "../job.ts";
import { priorityFlag } from "../todo/input.ts";
import { jobWords, resumeCommand } from "./answers.ts";
import { limitsIn } from "./limits.ts";

const attempt = v.object({
  todo_id: v.string(),
  title: v.string(),
  /** `taken`: somebody else had it by then, or it was changed. `refused`: it could not be begun, or its end not be written down. */
  outcome: v.picklist(["completed", "failed", "abandoned", "paused", "taken", "refused"]),
  /** Null if it did not come to a job. */
  job: v.nullable(jobSchema),
  /** Branch that holds its commits. */
  branch: v.nullable(v.string()),
  /** Why it is not completed. */
  why: v.nullable(v.string()),
  /** When a paused one can go on. */
  paused_until: v.nullable(v.string()),
});
type Row = v.InferOutput<typeof attempt>;

export const answer = v.object({
  /** In the order in which they ended. */
  attempts: v.array(attempt),
  /** Ready todos that were not begun, since it was told to stop or a provider takes no more work. */
  left: v.array(v.string()),
  /** Todos that wait for others that are not done. */
  waiting: v.array(v.object({ id: v.string(), waits_for: v.array(v.string()) })),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof doAllTodos>): Promise<Answer> {
  const app = await settledApp(ctx);
  const harness = harnessIn(flags);
  const result = await doAll(app, {
    wish: { priority: priorityFlag(flags.priority), types: flags.type },
    parallel: flags.parallel,
    how: {
      ...(flags.rev === undefined ? {} : { rev: flags.rev }),
      ...(harness === undefined ? {} : { harness }),
      ...(flags.model === undefined ? {} : { model: flags.model }),
      ...(flags.agent === undefined ? {} : { agent: flags.agent }),
      fullAccess: flags.fullAccess,
      wait: flags.wait,
      limits: limitsIn(flags),
    },
    onEvent(todo, event) {
      const message = describeEvent(event);
      if (message !== null) ctx.notify({ code: "job", message: `${todo.id}  ${message}`, data: { todo_id: todo.id } });
    },
    onEnd(one) {
      const { todo_id, outcome, why } = toRow(one);
      const message = `${todo_id}  ${one.kind === "ended" ? jobWords(one.result.job) : `${outcome}: ${why}`}`;
      ctx.notify({ code: "job_ended", message, data: { todo_id, outcome } });
    },
  });
  ctx.exit(result.exit_code);
  return toAnswer(result);
}

/** What goes on, without what the agents say and do: several speak at once. */
function describeEvent(event: StreamedEvent): string | null {
  switch (event.type) {
    case "started":
      return `job ${event.job_id} begins on ${event.branch}: ${event.title}`;
    case "stage":
      return `round ${event.round}: ${event.final ? "review of the whole" : event.stage}`;
    case "test_ended":
      return event.ok ? null : `${event.command}: ${event.outcome}`;
    case "reviewed":
      return event.review.outcome;
    case "committed":
      return `committed ${event.commit_id.slice(0, 12)} ${event.subject}`;
    case "notice":
      return event.message;
    default:
      return null;
  }
}

function toAnswer({ attempted, left, waiting }: DoAllResult): Answer {
  return { attempts: attempted.map(toRow), left, waiting };
}

function toRow(one: Attempted): Row {
  const { id: todo_id, title } = one.todo;
  if (!("result" in one)) {
    const why = one.error.message;
    return { todo_id, title, outcome: one.kind, job: null, branch: null, why, paused_until: null };
  }
  const { result } = one;
  if (result.kind === "paused") {
    const { job, until, because } = result;
    return { todo_id, title, outcome: "paused", job, branch: job.branch ?? null, why: because, paused_until: until };
  }
  const { job, branch } = result;
  const why = job.status === "completed" ? null : whyOf(job);
  return { todo_id, title, outcome: job.status, job, branch, why, paused_until: null };
}

function whyOf(job: Job): string | null {
  const reason = job.status === "failed" ? job.reason?.replaceAll("_", " ") : undefined;
  const message = job.status === "failed" || job.status === "abandoned" ? job.message : undefined;
  return message ?? reason ?? null;
}

export function render({ attempts, left, waiting }: Answer, ctx: Context): string {
  const { style } = ctx;
  const lines = attempts.length === 0 ? ["no todo is ready"] : [renderRows(attempts, ctx)];
  for (const row of attempts) lines.push(...adviceFor(row));
  if (left.length > 0) lines.push(`not begun: ${left.join(", ")}`);
  for (const { id, waits_for } of waiting.slice(0, SHOWN))
    lines.push(style.dim(`${id} waits for ${waits_for.join(", ")}`));
  if (waiting.length > SHOWN) lines.push(style.dim(`and ${count(waiting.length - SHOWN, "more todo")} that wait`));
  if (attempts.length > 0) lines.push(summaryOf(attempts, style));
  return lines.join("\n");
}

/** Of those that wait; `incr todo list` has all. */
const SHOWN = 10;

function renderRows(rows: readonly Row[], ctx: Context): string {
  const jobOf = (row: Row) => row.job ?? undefined;
  return renderTable(
    rows,
    [
      { header: "TODO", value: ({ todo_id }) => todo_id },
      { header: "RESULT", value: ({ outcome }) => outcome, paint: paintOutcome },
      { header: "JOB", value: ({ job }) => job?.id },
      { header: "CHANGES", value: (row) => changesOf(jobOf(row)), align: "right" },
      { header: "TIME", value: (row) => timeOf(jobOf(row)), align: "right" },
      { header: "COST", value: ({ job }) => formatCost(job?.cost_usd), align: "right" },
      { header: "TITLE", value: ({ title }) => title, flexible: true },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}

/** `2 in 3`: two changes in three iterations. */
function changesOf(job: Job | undefined): string | null {
  if (job === undefined) return null;
  const { changes, iterations } = countChanges(job);
  return changes === iterations ? `${changes}` : `${changes} in ${iterations}`;
}

function timeOf(job: Job | undefined): string | null {
  if (job === undefined || job.status === "active" || job.duration_seconds === undefined) return null;
  return formatDuration(job.duration_seconds * 1000);
}

/** What a person does next about it. */
function adviceFor({ todo_id, outcome, job, branch, why, paused_until }: Row): string[] {
  const because = why === null ? "" : `: ${plainLine(why)}`;
  switch (outcome) {
    case "completed":
      return branch === null ? [] : [`${todo_id}: git merge ${branch}`];
    case "paused":
      return [`${todo_id} is paused until ${paused_until}${because}; then: incr job resume ${job?.id}`];
    case "failed":
      return job === null ? [] : [`${todo_id} failed${because}; ${resumeCommand(job)} goes on with it`];
    case "abandoned":
      return [`${todo_id} was abandoned${because}`];
    case "taken":
    case "refused":
      return [`${todo_id} was not begun${because}`];
  }
}

function summaryOf(rows: readonly Row[], style: Style): string {
  const outcomes = [...new Set(rows.map(({ outcome }) => outcome))];
  const parts = outcomes.map((outcome) => `${rows.filter((row) => row.outcome === outcome).length} ${outcome}`);
  return style.bold(`${count(rows.length, "todo")}: ${parts.join(", ")}`);
}

function paintOutcome(text: string, { outcome }: Row, style: Style): string {
  if (outcome === "completed") return style.green(text);
  return outcome === "failed" || outcome === "refused" ? style.red(text) : style.yellow(text);
}
