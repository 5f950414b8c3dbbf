/** `incr job resume`: a job goes on exactly where it was, in its workspace or one like it. */
import { HARNESSES } from "../../domain/config-file.ts";
import { continueJob, requireResumableJob, resumeJob as resumeRecord } from "../../domain/job/job.ts";
import { IncrError } from "../../domain/error.ts";
import { MARKER_FILES } from "../../domain/own-files.ts";
import { recordKey, type ActiveJob, type Job } from "../../domain/records.ts";
import type { Todo } from "../../domain/todo.ts";
import { requireStartable } from "../../domain/todo/status.ts";
import { secondsInAll } from "../../domain/worked.ts";
import { leaseOf, requireLease } from "../../domain/workspace.ts";
import type { HeldPlace } from "../agent/place.ts";
import { requireHarness } from "../agent/run.ts";
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { requireUnheld } from "../session/find.ts";
import { markNotStarted, markStarted, requireTodo } from "../session/todo.ts";
import { takeWorkspace } from "../workspace/take.ts";
import type { Attempt } from "./attempt.ts";
import { conduct, prepareJobs, type JobResult, type JobSettings, type Watching } from "./conduct.ts";
import { requireAlone, requireSameCheckout } from "./checkout.ts";
import { clearAway } from "./clear-away.ts";
import { requireJob } from "./find.ts";
import { findWorkspace, livenessOf } from "./list.ts";
import { locateJobWork } from "./locate.ts";
import { limitsOf, requireUnblocked, type JobLimits } from "./start.ts";

export interface ResumeJobRequest extends Watching {
  /** Its id or that of its todo, or the start of one. */
  id: string;
  /** Although a provider said to take no more work yet. */
  now?: boolean;
  limits?: JobLimits;
  /** Called once the record is live again. */
  onStart?(job: ActiveJob): void;
}

type FailedJob = Extract<Job, { status: "failed" }>;

/**
 * @throws IncrError `not_found` if branch, commit or rescue is gone; `held` while it runs or the todo is taken; `rule` if it has ended for good, or has nothing left to
 * use up; `conflict` if somebody has changed its branch. Nothing is changed then
 */
export async function resumeJob(app: App, request: ResumeJobRequest): Promise<JobResult> {
  const settings = await prepareJobs(app);
  const found = await requireJob(app, request.id);
  const job = found.status === "active" && found.paused_until === undefined ? await clearAway(app, found) : found;
  await requireKnownHarness(app, job);
  if (job.status === "active") return await goOn(app, request, settings, job);
  const failed = requireResumableJob(job);
  const limits = limitsOf(await requireRepository(app).config(), request.limits, failed.limits);
  requireSomethingLeft(failed, limits);
  const repo = await ensureRepo(app);
  const { todo, all } = await requireTodo(app, failed.todo_id);
  await app.store.read(async (tx) => await requireUnheld(tx, repo, todo.id));
  requireStartable(todo);
  requireUnblocked(todo, all);
  return await app.runner.catchSignals(async (signals) => {
    const taken =
      failed.here === undefined
        ? await retake(app, failed, todo, limits)
        : await returnHere(app, repo, failed, todo, limits);
    request.onStart?.(taken.job);
    await app.step("job:resumed");
    return await conduct(app, { ...request, ...taken, settings, todo, resumed: true, signals });
  });
}

interface Retaken {
  job: ActiveJob;
  place: Attempt["place"];
}

/** A workspace again, the same one if it is free, with branch, files and answers as they were left. */
async function retake(app: App, failed: FailedJob, todo: Todo, limits: NonNullable<Job["limits"]>): Promise<Retaken> {
  const { worktrees, jobCommits, config } = requireRepository(app);
  const jobs = await app.jobs();
  const key = recordKey(failed.repo, failed.id);
  // Looked at before anything changes, and again under the repository lock.
  let found = await locateJobWork(app, failed);
  let job: ActiveJob | null = null;
  const { workspace, lease } = await takeWorkspace(app, {
    repo: failed.repo,
    kind: "process",
    holder: { type: "job", id: failed.id },
    action: "resume",
    purpose: todo.title,
    ...(failed.workspace_name === undefined ? {} : { prefer: failed.workspace_name }),
    todo_id: todo.id,
    async reserve(tx, taken, { lease_id }) {
      await requireUnheld(tx, failed.repo, todo.id);
      const current = (await tx.find("jobs", key)) ?? failed;
      const place = { workspace_name: taken.name, lease_id };
      const process = app.processes.currentIdentity();
      job = resumeRecord(current, { place, limits, process }, app.now().toISOString());
      await tx.put("jobs", key, job);
    },
    announce: async () => await markStarted(app, todo.id),
    retract: async () => await markNotStarted(app, todo),
    async destination() {
      found = await locateJobWork(app, failed);
      if (found.branchAt !== null) await worktrees.createBranch(failed.branch ?? "", found.branchAt);
      return found.destination;
    },
    async fill(path) {
      if (found.rescue !== null) await worktrees.restore(path, found.rescue);
      for (const name of MARKER_FILES) {
        const text = failed.answers?.[name];
        if (text !== undefined) jobs.writeAnswer(path, name, text);
      }
    },
    confirm: async () => {},
    undo: async (tx) => await tx.remove("jobs", key),
  });
  if (found.rescue !== null) await worktrees.markRestored(found.rescue);
  const { name = null } = found.destination.branch ?? {};
  if (name === null) {
    // An agent had left HEAD elsewhere; only the files count.
    const commit = (await worktrees.branchTip(failed.branch ?? "")) ?? failed.tip ?? "";
    const expected = { branch: failed.branch ?? "", commit, tree: await jobCommits.treeOf(commit) };
    const { tree: staged } = await jobCommits.look(workspace.path, expected, (await config()).workspace.copy);
    await jobCommits.standOn(workspace.path, { branch: failed.branch ?? "", commit, from: failed.tip ?? "", staged });
  }
  const place: HeldPlace = { kind: "held", workspace, lease, todo_id: todo.id };
  return { job: job as unknown as ActiveJob, place };
}

/** In the checkout in which it worked, which must be on its branch still. */
async function returnHere(
  app: App,
  repo: string,
  failed: FailedJob,
  todo: Todo,
  limits: NonNullable<Job["limits"]>,
): Promise<Retaken> {
  const { place, here } = await requireSameCheckout(app, repo, failed);
  const key = recordKey(repo, failed.id);
  const job = await app.store.transact(async (tx) => {
    await requireUnheld(tx, repo, todo.id);
    await requireAlone(tx, repo, here);
    const current = (await tx.find("jobs", key)) ?? failed;
    const input = { place: { here }, limits, process: app.processes.currentIdentity() };
    const live = resumeRecord(current, input, app.now().toISOString());
    await tx.put("jobs", key, live);
    return live;
  });
  try {
    await markStarted(app, todo.id);
  } catch (error) {
    await app.store.transact(async (tx) => await tx.remove("jobs", key));
    throw error;
  }
  return { job, place };
}

/** A paused job has kept everything; a process carries it out again. */
async function goOn(app: App, request: ResumeJobRequest, settings: JobSettings, job: ActiveJob): Promise<JobResult> {
  const until = job.paused_until ?? "";
  const because = job.paused_because ?? "";
  if (request.now !== true && request.wait !== true && Date.parse(until) > app.now().getTime()) {
    return { kind: "paused", exit_code: 76, job, until, because };
  }
  const workspace = await findWorkspace(app, job);
  if (job.here === undefined && workspace === null) throw lostWorkspace(job);
  if (livenessOf(app, job, workspace) !== "paused") {
    throw new IncrError(
      "held",
      `job ${job.id} waits in process ${job.process?.pid ?? "unknown"}, and goes on by itself`,
      {
        hint: `incr job logs -f ${job.id}, or end it with \`incr job abandon ${job.id}\``,
      },
    );
  }
  const { todo } = await requireTodo(app, job.todo_id);
  const repo = await ensureRepo(app);
  const limits = limitsOf(await requireRepository(app).config(), request.limits, job.limits);
  return await app.runner.catchSignals(async (signals) => {
    const checkout = job.here === undefined ? null : await requireSameCheckout(app, repo, job);
    const live = await takeOver(app, job, limits);
    const place = checkout?.place ?? (await heldPlaceOf(app, live));
    request.onStart?.(live);
    return await conduct(app, { ...request, settings, job: live, todo, place, resumed: true, signals });
  });
}

/** Record and lease belong to this process from now on. @throws IncrError `held` if another one was faster, `stale_token` if it holds its workspace no more */
async function takeOver(app: App, job: ActiveJob, limits: NonNullable<Job["limits"]>): Promise<ActiveJob> {
  const process = app.processes.currentIdentity();
  return await app.store.transact(async (tx) => {
    const key = recordKey(job.repo, job.id);
    const current = await tx.find("jobs", key);
    const time = app.now().toISOString();
    if (current?.status !== "active" || current.paused_until === undefined || current.updated_at !== job.updated_at) {
      throw new IncrError("held", `job ${job.id} was resumed or ended meanwhile`, { hint: `incr job show ${job.id}` });
    }
    const live = { ...continueJob(current, process, time), limits };
    await tx.put("jobs", key, live);
    const { workspace_name, lease_id } = live;
    if (workspace_name === undefined || lease_id === undefined) return live;
    const workspaceKey = recordKey(live.repo, workspace_name);
    const held = requireLease(await tx.find("workspaces", workspaceKey), lease_id);
    const lease = { ...leaseOf(held), kind: "process" as const, process };
    await tx.put("workspaces", workspaceKey, { ...held, updated_at: time, acquired_by_pid: process.pid, lease });
    return live;
  });
}

async function heldPlaceOf(app: App, job: ActiveJob): Promise<HeldPlace> {
  const workspace = await findWorkspace(app, job);
  if (workspace !== null) return { kind: "held", workspace, lease: leaseOf(workspace), todo_id: job.todo_id };
  throw lostWorkspace(job);
}

function lostWorkspace(job: ActiveJob): IncrError {
  return new IncrError("stale_token", `job ${job.id} does not hold its workspace ${job.workspace_name} any more`, {
    hint: "incr doctor --fix, then resume again",
    data: { id: job.id },
  });
}

async function requireKnownHarness(app: App, job: Job): Promise<void> {
  const harness = HARNESSES.find((name) => name === (job.harness ?? "opencode"));
  if (harness === undefined)
    throw new IncrError("rule", `job ${job.id} was with ${job.harness}, which this version does not know`);
  await requireHarness(app, { harness });
}

/** @throws IncrError `rule` if it would fail at once for the same reason */
function requireSomethingLeft(job: FailedJob, limits: NonNullable<Job["limits"]>): void {
  const used = {
    max_rounds: (job.rounds ?? 0) >= limits.max_rounds && "--max-rounds",
    time_limit: secondsInAll(job) * 1000 >= limits.time_limit_ms && "--time-limit",
    max_cost: limits.max_cost_usd !== undefined && (job.cost_usd ?? 0) >= limits.max_cost_usd && "--max-cost",
  };
  const reason = job.reason;
  if (reason !== "max_rounds" && reason !== "time_limit" && reason !== "max_cost") return;
  const flag = used[reason];
  if (flag === false) return;
  throw new IncrError("rule", `job ${job.id} has ended because ${job.message ?? "it has used up what it was given"}`, {
    hint: `incr job resume ${job.id} ${flag} <more>`,
    data: { id: job.id, reason, limits },
  });
}
