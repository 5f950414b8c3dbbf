/** How the end of a job, or a pause, is told to a person. */
import { count } from "../../../domain/count.ts";
import { formatDuration } from "../../../domain/duration.ts";
import { countChanges } from "../../../domain/job/changes.ts";
import type { JobFailure } from "../../../domain/job/record.ts";
import type { Job } from "../../../domain/records.ts";
import type { JobResult } from "../../../usecases/job/conduct.ts";
import type { Context } from "../../context.ts";
import { formatCost } from "../../cost.ts";

/** What became of it, where its work is, and what to type next. */
export function tellResult(ctx: Context, result: JobResult): void {
  const lines = result.kind === "paused" ? pausedLines(result) : endLines(result);
  const data =
    result.kind === "paused"
      ? { job: result.job, until: result.until }
      : {
          job: result.job,
          branch: result.branch,
          commits: result.commits,
          rescue: result.rescue?.name ?? null,
          attention: result.attention,
        };
  const code = result.kind === "paused" ? "job_paused" : "job_ended";
  if (ctx.json) ctx.notify({ code, message: lines.join("; "), data });
  else for (const line of lines) ctx.notify({ code, message: line });
}

function pausedLines({ job, until, because }: Extract<JobResult, { kind: "paused" }>): string[] {
  return [`job ${job.id} is paused until ${until}: ${because}`, `incr job resume ${job.id} goes on with it then`];
}

function endLines(result: Extract<JobResult, { kind: "ended" }>): string[] {
  const { job, branch, commits, rescue, attention, skipped } = result;
  const lines = [`job ${job.id} ${jobWords(job)}`];
  if (branch !== null && commits > 0)
    lines.push(
      `work on ${branch} (${count(commits, "commit")})${job.here === undefined ? `; git merge ${branch}` : ""}`,
    );
  if (rescue !== null) lines.push(`rescue ${rescue.name}`);
  if (skipped !== null) lines.push(skipped);
  if (attention !== null) lines.push(`${job.workspace_name} is set aside: ${attention}`);
  if (job.status === "failed") lines.push(`${resumeCommand(job)} goes on with it`);
  return lines;
}

const LARGER: Partial<Record<JobFailure, string>> = {
  max_rounds: " --max-rounds <more>",
  time_limit: " --time-limit <more>",
  max_cost: " --max-cost <more>",
};

/** What to type so that it goes on; what has used up what it was given has to be given more. */
export function resumeCommand(job: Job): string {
  const reason = job.status === "failed" ? job.reason : undefined;
  return `incr job resume ${job.id}${reason === undefined ? "" : (LARGER[reason] ?? "")}`;
}

/** `completed in 12m 3s, 2 changes in 3 iterations, $0.42`, `failed (max rounds): …` */
export function jobWords(job: Job): string {
  if (job.status === "active") return job.paused_until === undefined ? job.stage : `paused until ${job.paused_until}`;
  const { changes, iterations } = countChanges(job);
  const time = job.duration_seconds === undefined ? "" : ` in ${formatDuration(job.duration_seconds * 1000)}`;
  const cost = job.cost_usd === undefined ? "" : `, ${formatCost(job.cost_usd)}`;
  if (job.status === "completed")
    return `completed${time}, ${count(changes, "change")} in ${count(iterations, "iteration")}${cost}`;
  const reason = job.status === "failed" && job.reason !== undefined ? ` (${job.reason.replaceAll("_", " ")})` : "";
  return `${job.status}${reason}${job.message === undefined ? "" : `: ${job.message}`}`;
}
