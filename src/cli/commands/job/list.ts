import * as v from "valibot";
import { formatDuration } from "../../../domain/duration.ts";
import { shortestUniquePrefixes } from "../../../domain/id.ts";
import { countChanges } from "../../../domain/job/changes.ts";
import { isFinalReview, workedSeconds } from "../../../domain/job/job.ts";
import { jobSchema } from "../../../domain/job/record.ts";
import type { Job } from "../../../domain/records.ts";
import { listJobs } from "../../../usecases/job/list.ts";
import { formatAge } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { formatCost } from "../../cost.ts";
import { paintId } from "../../id-prefix.ts";
import { settledApp } from "../../settled-app.ts";
import { renderTable } from "../../table.ts";
import type { list } from "../job.ts";

export const answer = v.object({ jobs: v.array(jobSchema) });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof list>): Promise<Answer> {
  return { jobs: await listJobs(await settledApp(ctx), { all: flags.all, status: flags.status }) };
}

export function render({ jobs }: Answer, ctx: Context): string {
  if (jobs.length === 0) return "no jobs; `incr job do <todo-id>` begins one";
  const ids = shortestUniquePrefixes(jobs.map(({ id }) => id));
  const now = ctx.now();
  return renderTable<Job>(
    jobs,
    [
      { header: "ID", value: (one) => one.id, paint: (text, one, style) => paintId(text, ids.get(one.id) ?? 8, style) },
      { header: "TODO", value: (one) => one.todo_id },
      { header: "STATUS", value: statusOf, paint: paintStatus },
      { header: "STAGE", value: stageOf },
      { header: "CHANGES", value: (one) => String(countChanges(one).changes), align: "right" },
      { header: "ITERATIONS", value: (one) => String(countChanges(one).iterations), align: "right" },
      { header: "BRANCH", value: (one) => one.branch, flexible: true },
      { header: "AGE", value: (one) => formatAge(one.created_at, now), align: "right" },
      { header: "TIME", value: (one) => timeOf(one, now), align: "right" },
      {
        header: "COST",
        value: (one) => formatCost(one.cost_usd),
        align: "right",
      },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}

function statusOf(job: Job): string {
  if (job.status === "active") return job.paused_until === undefined ? "active" : "paused";
  return job.status === "failed" && job.reason !== undefined
    ? `failed (${job.reason.replaceAll("_", " ")})`
    : job.status;
}

/** Where it is, or where it has ended. */
export function stageOf(job: Job): string | null {
  if (job.status === "completed") return null;
  return job.status === "active" && isFinalReview(job) ? "final review" : job.stage;
}

function timeOf(job: Job, now: Date): string {
  const seconds = job.status === "active" ? workedSeconds(job, now.toISOString()) : job.duration_seconds;
  return seconds === undefined ? "" : formatDuration(seconds * 1000);
}

function paintStatus(text: string, { status }: Job, style: Context["style"]): string {
  if (status === "active") return style.yellow(text);
  return status === "completed" ? style.green(text) : style.red(text);
}
