/** The changes of a job and their iterations. The record holds the newest ones only, so that an update costs the same after a thousand of them as after ten. */
import { IncrError } from "../error.ts";
import type { JobChange, JobCommit } from "./record.ts";
import type { ActiveJob, Job } from "../records.ts";

/** Iterations that stay in the record: more than a job has rounds, unless it is allowed more than usual. */
export const ITERATIONS_KEPT = 25;

/** Characters of messages and comments that stay, for those who have much to say. */
const TEXT_KEPT = 60_000;

/** A change is complete when its last commit was accepted. */
export function isComplete(change: JobChange): boolean {
  return change.commits?.at(-1)?.review?.outcome === "ACCEPT";
}

/** The change that waits for its verdict: the last one, if it is neither complete nor taken back. */
export function findOpenChange(job: Pick<Job, "changes">): JobChange | undefined {
  const last = job.changes?.at(-1);
  return last === undefined || isComplete(last) || last.withdrawn === true ? undefined : last;
}

/** The last change that was not taken back. */
export function findStandingChange(job: Pick<Job, "changes">): JobChange | undefined {
  return job.changes?.findLast((change) => change.withdrawn !== true);
}

/** How many changes and iterations there were; files of other implementations hold all of them. */
export function countChanges(job: Job): { changes: number; iterations: number } {
  const changes = job.changes ?? [];
  return {
    changes: job.change_count ?? changes.length,
    iterations: job.iteration_count ?? changes.reduce((sum, { commits }) => sum + (commits?.length ?? 0), 0),
  };
}

/** An implementing agent is done: what it left is the next iteration of the open change, or the first one of a new change. @param now ISO time. @throws IncrError `rule` */
export function draftCommit(
  job: ActiveJob,
  draft: { change_id: string; commit: Pick<JobCommit, "commit_id" | "draft_message" | "opencode_session_id"> },
  now: string,
): ActiveJob {
  if (job.stage !== "implementing") {
    throw new IncrError("rule", `job ${job.id} is ${job.stage}, not implementing`, { hint: `incr job show ${job.id}` });
  }
  const commit: JobCommit = { ...draft.commit, created_at: now };
  const before = job.changes ?? [];
  const open = findOpenChange(job);
  const { changes: change_count, iterations } = countChanges(job);
  const changes =
    open === undefined
      ? [...before, { change_id: draft.change_id, commits: [commit], created_at: now }]
      : before.map((one) => (one === open ? { ...one, commits: [...(one.commits ?? []), commit] } : one));
  const { call, feedback, feedback_from, failed_test, ...rest } = job;
  void [call, feedback, feedback_from, failed_test];
  return {
    ...rest,
    changes: keepNewest(changes),
    change_count: change_count + (open === undefined ? 1 : 0),
    iteration_count: iterations + 1,
    stage: "testing",
    updated_at: now,
  };
}

/** An iteration with the change that it is of. */
export interface Iteration {
  change: Omit<JobChange, "commits">;
  commit: JobCommit;
}

/** Iterations that `after` does not hold any more: to be logged before the record moves on. */
export function listLeaving(before: ActiveJob, after: ActiveJob): Iteration[] {
  const kept = new Set((after.changes ?? []).flatMap(({ commits }) => commits ?? []).map(nameOf));
  return (before.changes ?? []).flatMap(({ commits, ...change }) =>
    (commits ?? []).filter((commit) => !kept.has(nameOf(commit))).map((commit) => ({ change, commit })),
  );
}

/** The commit that is tested and reviewed. @throws IncrError `rule` if no change is open */
export function requireCurrentCommit(job: ActiveJob): { change: JobChange; commit: JobCommit } {
  const change = findOpenChange(job);
  const commit = change?.commits?.at(-1);
  if (change !== undefined && commit !== undefined) return { change, commit };
  throw new IncrError(
    "rule",
    `job ${job.id} has no change that could be ${job.stage === "testing" ? "tested" : "reviewed"}`,
    {
      hint: `incr job show ${job.id}`,
    },
  );
}

/** Adds facts to that commit. @throws IncrError `rule` */
export function replaceCurrentCommit(job: ActiveJob, facts: Pick<JobCommit, "tests_passed" | "review">): ActiveJob {
  const { change, commit } = requireCurrentCommit(job);
  const commits = [...(change.commits ?? []).slice(0, -1), { ...commit, ...facts }];
  return { ...job, changes: (job.changes ?? []).map((one) => (one === change ? { ...change, commits } : one)) };
}

/** Puts the iterations of the log and those of the record together: the record's are newer. */
export function mergeChanges(logged: readonly Iteration[], job: Job): JobChange[] {
  const changes = new Map<string, JobChange>();
  const add = (change: JobChange, more: readonly JobCommit[]) => {
    const commits = new Map((changes.get(change.change_id)?.commits ?? []).map((one) => [nameOf(one), one] as const));
    for (const one of more) commits.set(nameOf(one), one);
    changes.set(change.change_id, { ...change, commits: [...commits.values()] });
  };
  for (const { change, commit } of logged) add(change, [commit]);
  for (const change of job.changes ?? []) add(change, change.commits ?? []);
  return [...changes.values()];
}

function nameOf({ commit_id, created_at }: JobCommit): string {
  return `${commit_id} ${created_at}`;
}

/** The last iteration is never left out: what is decided next is about that. */
function keepNewest(changes: readonly JobChange[]): JobChange[] {
  let room = ITERATIONS_KEPT;
  let text = TEXT_KEPT;
  const kept: JobChange[] = [];
  for (const change of changes.toReversed()) {
    const all = change.commits ?? [];
    let first = all.length;
    while (first > 0 && room > 0 && (text > 0 || room === ITERATIONS_KEPT)) {
      first -= 1;
      room -= 1;
      text -= textOf(all[first]);
    }
    if (first === all.length && all.length > 0) break;
    kept.unshift({ ...change, commits: all.slice(first) });
    if (first > 0) break;
  }
  return kept;
}

function textOf(commit: JobCommit | undefined): number {
  return (commit?.draft_message?.length ?? 0) + (commit?.review?.comments?.length ?? 0);
}
