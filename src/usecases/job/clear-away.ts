/** What a job's dead process has left running: ended, so that the job can be settled and go on. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveJob, type Job } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { killAgent } from "../agent/kill.ts";
import type { App } from "../app.ts";
import { settle } from "../settle.ts";
import { findWorkspace, livenessOf } from "./list.ts";
import { jobMark } from "./mark.ts";

const GRACE_MS = 3_000;
/** Processes that end or begin just now cannot be looked into for a moment. */
const PATIENCE_MS = 5_000;
const POLL_MS = 100;

/** The job as it was settled. @throws IncrError `held` if its process lives, if that cannot be told, or if something of it cannot be ended */
export async function clearAway(app: App, job: ActiveJob): Promise<Job> {
  requireOurs(job);
  let isSaid = false;
  for (let waited = 0; ; waited += POLL_MS) {
    const workspace = await findWorkspace(app, job);
    const liveness = livenessOf(app, job, workspace);
    if (liveness === "running" || (liveness === "unknown" && waited >= PATIENCE_MS)) throw mayRun(job, liveness);
    if (liveness === "orphaned") {
      if (!isSaid) sayOrphans(app, job);
      isSaid = true;
      await endOrphans(app, job, workspace === null ? null : leaseOf(workspace).lease_id);
    }
    await settle(app);
    const now = await app.store.read(async (tx) => await tx.find("jobs", recordKey(job.repo, job.id)));
    if (now !== undefined && now.status !== "active") return now;
    if (waited >= PATIENCE_MS)
      throw new IncrError("held", `job ${job.id} could not be settled yet`, { hint: "incr doctor" });
    await app.pause(POLL_MS);
  }
}

/** Of another program nobody can tell whether it works on the job. @throws IncrError `rule` */
export function requireOurs(job: ActiveJob): void {
  if (job.process !== undefined) return;
  throw new IncrError("rule", `job ${job.id} was begun by another program, and nothing says whether it runs`, {
    hint: `end it there, or work on the todo all the same: incr todo reopen ${job.todo_id} --force`,
    data: { id: job.id, todo_id: job.todo_id },
  });
}

/** How long a command waits for what dies just now before it says that somebody has the todo. */
const HOLDER_PATIENCE_MS = 2_000;

/** A job on the todo whose process is gone is settled by every command; on a busy machine it may take a moment until that is certain. */
export async function settleDeadHolder(app: App, repo: string, todoId: string): Promise<void> {
  for (let waited = 0; waited < HOLDER_PATIENCE_MS; waited += POLL_MS) {
    const where = { todo_id: todoId };
    const job = (await app.store.read(async (tx) => await tx.list("jobs", { repo, where })))[0]?.record;
    if (job?.process === undefined || app.processes.stateOf(job.process) !== "dead") return;
    if (livenessOf(app, job, await findWorkspace(app, job)) === "paused") return;
    if (waited > 0) await app.pause(POLL_MS);
    await settle(app);
  }
}

function mayRun(job: ActiveJob, liveness: "running" | "unknown"): IncrError {
  const why = liveness === "running" ? "runs already" : "may run: that cannot be told from here";
  return new IncrError("held", `job ${job.id} ${why}`, {
    hint: `incr job logs -f ${job.id}, or end it with \`incr job abandon ${job.id}\``,
    data: { id: job.id, pid: job.process?.pid ?? null },
  });
}

function sayOrphans(app: App, job: ActiveJob): void {
  app.notify({
    code: "orphans_ended",
    message: `the process of job ${job.id} is gone, and what it had started runs on; that is ended now`,
    data: { id: job.id },
  });
}

async function endOrphans(app: App, job: ActiveJob, leaseId: string | null): Promise<void> {
  const { repo, opencode_sessions } = job;
  const own = new Set(opencode_sessions?.map(({ id }) => id));
  const active = await app.store.read(async (tx) => await tx.list("opencode_sessions", { repo }));
  for (const { record } of active) if (own.has(record.id)) await killAgent(app, { id: record.id });
  const marks = leaseId === null ? { mark: jobMark(job.id) } : { leaseId };
  const left = await app.processes.killTree({ processes: [], ...marks, graceMs: GRACE_MS });
  if (left.length === 0) return;
  const who = left.map(({ pid, command }) => `${pid} ${command}`).join(", ");
  throw new IncrError("held", `something of job ${job.id} could not be ended: ${who}`, {
    data: { pids: left.map(({ pid }) => pid) },
  });
}
