/** The end of a job: what is not committed is kept, the workspace goes back, the todo is settled, and then the record says so. */
import { endJob as endRecord, type JobEnd, type JobOutcome } from "../../domain/job/job.ts";
import { IncrError } from "../../domain/error.ts";
import type { Intent } from "../../domain/lease.ts";
import { MARKER_FILES } from "../../domain/own-files.ts";
import { recordKey, type AcquiredWorkspace, type ActiveJob, type FinishedJob } from "../../domain/records.ts";
import { beginIntent, isSameStep, leaseOf, releaseWorkspace, requireLease } from "../../domain/workspace.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { newIntent } from "../lease.ts";
import { markEnded } from "../session/todo.ts";
import { emptyWorkspace } from "../workspace/empty.ts";
import { saveWork, type Saved } from "../workspace/save.ts";
import { tell, type Attempt } from "./attempt.ts";

export interface JobEnding {
  job: FinishedJob;
  /** Branch that holds its commits; null if it holds none and was removed. */
  branch: string | null;
  /** Commits on it that are not in its base. */
  commits: number;
  /** What was not committed. */
  rescue: RescueInfo | null;
  /** Why its workspace is set aside. */
  attention: string | null;
  /** Why the todo was left as it is, if it was. */
  skipped: string | null;
}

export interface EndJobRequest {
  job: ActiveJob;
  outcome: JobOutcome;
  /** The unfinished step of a process that is gone. */
  takeOver?: Intent;
  /** ISO time up to which it was worked on; default: now. */
  until?: string;
  onEvent?: Attempt["onEvent"];
}

interface Kept extends JobEnd {
  saved: RescueInfo | null;
  attention: string | null;
}

/** Processes of its agents and tests that have outlived them get so long. */
const GRACE_MS = 2_000;

/** @throws IncrError `stale_token`, `held` if somebody else ends it; what git, a lock or the disk refuses: the next command tries again */
export async function endJob(app: App, request: EndJobRequest): Promise<JobEnding> {
  const { worktrees } = requireRepository(app);
  const { job, outcome, onEvent } = request;
  const jobs = await app.jobs();
  const workspace = await begin(app, request);
  await app.step("job:end-begun");
  const kept = workspace === null ? await lookHere(app, job) : await keep(app, request, workspace);
  await app.step("job:end-kept");
  const skipped = await markEnded(app, job.todo_id, outcome.status === "completed" ? "completed" : "failed");
  await app.step("job:end-todo");
  const { saved, attention, ...end } = kept;
  const finished = await confirm(app, request, end, workspace, attention);
  await app.step("job:end-confirmed");
  tell(
    { app, log: jobs.log(job.log ?? ""), onEvent },
    {
      type: "ended",
      status: finished.status,
      ...(finished.status === "failed" && finished.reason !== undefined ? { reason: finished.reason } : {}),
      ...("message" in finished && finished.message !== undefined ? { message: finished.message } : {}),
    },
  );
  const branch = end.branch_removed === true || end.head === undefined ? null : (job.branch ?? null);
  const commits =
    branch === null || job.base === undefined || end.head === undefined
      ? 0
      : await worktrees.countCommits(job.base, end.head).catch(() => 0);
  return { job: finished, branch, commits, rescue: saved, attention, skipped };
}

/** Writes down that the job is being ended, and how; null if it has no workspace of its own. */
async function begin(app: App, { job, outcome, takeOver }: EndJobRequest): Promise<AcquiredWorkspace | null> {
  const { workspace_name, lease_id } = job;
  return await app.store.transact(async (tx) => {
    const current = await tx.find("jobs", recordKey(job.repo, job.id));
    if (current?.status !== "active" || current.lease_id !== lease_id) throw ended(job);
    if (workspace_name === undefined || lease_id === undefined) return null;
    const key = recordKey(job.repo, workspace_name);
    const workspace = await tx.find("workspaces", key);
    if (workspace?.status !== "acquired" || leaseOf(workspace).lease_id !== lease_id) return null;
    const { intent } = leaseOf(workspace);
    const noted = isSameStep(intent, takeOver) && intent?.action === "release" ? intent.outcome : undefined;
    const next = newIntent(app, "release", { ...outcome, ...pickNote(noted) });
    const held = beginIntent(workspace, lease_id, next, takeOver);
    await tx.put("workspaces", key, held);
    return held;
  });
}

/** What was kept, as it stands in the intent of an end that is under way: from then on the workspace does not tell any more. */
interface Note {
  rescue: string | null;
  answers: Record<string, string>;
}

function pickNote(outcome: Intent["outcome"]): { kept?: Note } {
  const kept = outcome?.["kept"] as Note | undefined;
  return kept === undefined ? {} : { kept };
}

async function keep(app: App, { job, outcome, takeOver }: EndJobRequest, workspace: AcquiredWorkspace): Promise<Kept> {
  const { worktrees } = requireRepository(app);
  const { lease_id, intent } = leaseOf(workspace);
  await app.processes.killTree({ processes: [], leaseId: lease_id, graceMs: GRACE_MS });
  const before = pickNote(intent?.outcome).kept;
  const work = {
    workspace,
    todo_id: job.todo_id,
    branch: job.branch,
    base: job.base,
    reason: outcome.status === "completed" ? "left at the end of a job" : `left by a job that ${wordsFor(outcome)}`,
    ...(takeOver === undefined ? {} : { since: leaseOf(workspace).acquired_at }),
  };
  const answers = before?.answers ?? (await readAnswers(app, workspace.path));
  const note = async (saved: Saved) => {
    const rescue = saved.rescue?.ref ?? before?.rescue ?? null;
    await writeNote(app, workspace, outcome, { rescue, answers });
  };
  try {
    const first = await saveWork(app, work);
    await note(first);
    await app.step("job:end-noted");
    const { saved, branchRemoved, attention } = await emptyWorkspace(app, {
      ...work,
      saved: first,
      abandoned: true,
      keptMore: note,
    });
    const rescue = before?.rescue ?? saved.rescue?.ref;
    const found = (await worktrees.listRescues()).find(({ ref }) => ref === rescue) ?? saved.rescue;
    const head = await worktrees.branchTip(job.branch ?? "");
    // Whoever was cut off may have removed it already.
    const removed = branchRemoved || (head === null && job.tip === job.base);
    return {
      ...(head === null ? {} : { head }),
      ...(removed ? { branch_removed: true } : {}),
      ...(found === null ? {} : { rescue: found.ref }),
      ...(Object.keys(answers).length === 0 ? {} : { answers }),
      saved: found,
      attention,
    };
  } catch (error) {
    if (!(error instanceof IncrError) || error.code !== "unsafe") throw error;
    const head = await worktrees.branchTip(job.branch ?? "");
    const kept = Object.keys(answers).length === 0 ? {} : { answers };
    return { ...(head === null ? {} : { head }), ...kept, saved: null, attention: error.message };
  }
}

/** In a checkout of somebody else's nothing is touched. */
async function lookHere(app: App, job: ActiveJob): Promise<Kept> {
  const { worktrees } = requireRepository(app);
  const head = await worktrees.branchTip(job.branch ?? "");
  return { ...(head === null ? {} : { head }), saved: null, attention: null };
}

/** The answers are no part of anybody's work, and yet whoever resumes the job needs them. */
async function readAnswers(app: App, path: string): Promise<Record<string, string>> {
  const jobs = await app.jobs();
  const found = MARKER_FILES.map((name) => [name, jobs.readAnswer(path, name)] as const);
  return Object.fromEntries(found.filter((pair): pair is readonly [(typeof pair)[0], string] => pair[1] !== null));
}

async function writeNote(app: App, workspace: AcquiredWorkspace, outcome: JobOutcome, kept: Note): Promise<void> {
  const key = recordKey(workspace.repo, workspace.name);
  await app.store.transact(async (tx) => {
    const held = requireLease(await tx.find("workspaces", key), leaseOf(workspace).lease_id);
    const lease = leaseOf(held);
    if (lease.intent === undefined) return;
    await tx.put("workspaces", key, {
      ...held,
      lease: { ...lease, intent: { ...lease.intent, outcome: { ...outcome, kept } } },
    });
  });
}

async function confirm(
  app: App,
  { job, outcome, until }: EndJobRequest,
  end: JobEnd,
  workspace: AcquiredWorkspace | null,
  attention: string | null,
): Promise<FinishedJob> {
  const key = recordKey(job.repo, job.id);
  return await app.store.transact(async (tx) => {
    const now = app.now().toISOString();
    const current = await tx.find("jobs", key);
    if (current?.status !== "active" || current.lease_id !== job.lease_id) throw ended(job);
    const finished = endRecord(current, outcome, end, now, until);
    await tx.put("jobs", key, finished);
    if (workspace === null) return finished;
    const workspaceKey = recordKey(workspace.repo, workspace.name);
    const held = await tx.find("workspaces", workspaceKey);
    if (held?.status !== "acquired" || leaseOf(held).lease_id !== job.lease_id) return finished;
    const after = attention === null ? {} : { attention };
    await tx.put("workspaces", workspaceKey, releaseWorkspace(held, leaseOf(held).lease_id, now, after));
    return finished;
  });
}

function wordsFor(outcome: JobOutcome): string {
  if (outcome.status === "abandoned") return "was abandoned";
  return outcome.status === "failed" && outcome.reason === "interrupted" ? "was interrupted" : "failed";
}

function ended(job: ActiveJob): IncrError {
  return new IncrError("stale_token", `job ${job.id} was ended or taken over meanwhile`, {
    hint: `incr job show ${job.id}`,
  });
}
