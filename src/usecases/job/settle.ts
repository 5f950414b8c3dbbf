/** Settling jobs whose processes are provably gone: they were interrupted, and what they left is kept for `incr job resume`. */
import type { JobOutcome } from "../../domain/job/job.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveJob } from "../../domain/records.ts";
import { beginIntent } from "../../domain/workspace.ts";
import type { App } from "../app.ts";
import type { DeadLease } from "../dead-leases.ts";
import { newIntent } from "../lease.ts";
import { markEnded } from "../session/todo.ts";
import { giveBack } from "../workspace/give-back.ts";
import { endJob, type JobEnding } from "./end.ts";
import { lastSignOf } from "./last-sign.ts";
import { jobMark } from "./mark.ts";

/** The lease of a job's workspace is gone: ends the job, if it is active still. @returns whether it was @throws what `endJob` throws */
export async function settleJobLease(app: App, dead: DeadLease): Promise<boolean> {
  const { lease, what, workspace } = dead;
  const key = recordKey(workspace.repo, lease.holder.id);
  const job = await app.store.read(async (tx) => await tx.find("jobs", key));
  if (job?.status !== "active" || job.lease_id !== lease.lease_id) return false;
  if (what === "acquire" || what === "resume") await undoTaking(app, dead, job, what);
  else await endAndTell(app, job, meantBy(dead) ?? interrupted(job), lease.intent);
  return true;
}

/** Jobs that work in somebody's checkout hold no lease that could tell. */
export async function settleJobsHere(app: App, repo: string): Promise<void> {
  const { jobs, agents } = await app.store.read(async (tx) => ({
    jobs: (await tx.list("jobs", { repo })).map(({ record }) => record),
    agents: new Set((await tx.list("opencode_sessions", { repo })).map(({ record }) => record.id)),
  }));
  for (const job of jobs) {
    if (job.status !== "active" || job.here === undefined || job.paused_until !== undefined) continue;
    if (job.process === undefined || job.opencode_sessions?.some(({ id }) => agents.has(id)) === true) continue;
    if (!app.processes.isGone(job.process, jobMark(job.id)).gone) continue;
    try {
      await endAndTell(app, job, interrupted(job));
    } catch (error) {
      if (error instanceof IncrError && ["rule", "held", "stale_token"].includes(error.code)) continue;
      if (!(error instanceof IncrError)) throw error;
      const message = `job ${job.id} was left by a process that is gone, and could not be settled yet: ${error.message}`;
      app.notify({ code: "not_settled", message, data: { id: job.id } });
    }
  }
}

/** What an end that was cut off was going to say. */
function meantBy({ what, lease }: DeadLease): JobOutcome | null {
  if (what !== "release" || lease.intent?.outcome === undefined) return null;
  const { kept, ...outcome } = lease.intent.outcome;
  void kept;
  return outcome as unknown as JobOutcome;
}

function interrupted(job: ActiveJob): JobOutcome {
  if (job.stop_requested_at !== undefined)
    return { status: "abandoned", message: "it was ended by `incr job abandon`" };
  return { status: "failed", reason: "interrupted", message: "its process is gone" };
}

async function endAndTell(
  app: App,
  job: ActiveJob,
  outcome: JobOutcome,
  takeOver?: DeadLease["lease"]["intent"],
): Promise<void> {
  const until = await lastSignOf(app, job);
  tell(app, await endJob(app, { job, outcome, until, ...(takeOver === undefined ? {} : { takeOver }) }));
}

/** A start that never came to its end never was; a resume that did not leaves the job as it was before. */
async function undoTaking(app: App, dead: DeadLease, job: ActiveJob, what: "acquire" | "resume"): Promise<void> {
  const { workspace, lease } = dead;
  const { lease_id, intent } = lease;
  const key = recordKey(workspace.repo, workspace.name);
  await app.store.transact(async (tx) => {
    const current = (await tx.find("workspaces", key)) ?? workspace;
    await tx.put("workspaces", key, beginIntent(current, lease_id, newIntent(app, what), intent));
  });
  await markEnded(app, job.todo_id, "failed", lease.acquired_at);
  const { rescue } = await giveBack(app, workspace, lease_id, {
    reason: `left by the ${what === "acquire" ? "start" : "resume"} of a job that was cut off`,
    todo_id: job.todo_id,
    ...(what === "acquire" ? { branch: job.branch, base: job.base } : {}),
    setAside: true,
    abandoned: true,
    since: lease.acquired_at,
    also: async (tx) => await tx.remove("jobs", recordKey(job.repo, job.id)),
  });
  const kept = rescue === null ? "" : `; what was in it is kept as rescue ${rescue.name}`;
  const message =
    what === "acquire"
      ? `starting a job on ${job.todo_id} was cut off and is undone`
      : `resuming job ${job.id} was cut off; it can be resumed as before`;
  app.notify({ code: "settled", message: `${message}${kept}`, data: { id: job.id, rescue: rescue?.ref ?? null } });
}

function tell(app: App, { job, branch, commits, rescue }: JobEnding): void {
  const kept = [
    branch === null || commits === 0 ? null : `work on ${branch}`,
    rescue === null ? null : `rescue ${rescue.name}`,
  ].filter((text) => text !== null);
  const what =
    job.status === "failed" && job.reason === "interrupted" ? "interrupted, its process is gone" : job.status;
  const next = job.status === "failed" ? `; \`incr job resume ${job.id}\` goes on with it` : "";
  app.notify({
    code: "settled",
    message: `settled job ${job.id} of ${job.todo_id}: ${what}${kept.length > 0 ? ` (${kept.join(", ")})` : ""}${next}`,
    data: { id: job.id, todo_id: job.todo_id, status: job.status, branch, rescue: rescue?.ref ?? null },
  });
}
