/**
 * Jobs: implement, test, review, commit, round after round until a round changes nothing, then a review of the whole. Pure transitions; what each stage means
 * is in `docs/jobs.md`.
 */
import { IncrError } from "../error.ts";
import type { ProcessIdentity } from "../lease.ts";
import type { JobCall, JobFailure, JobReview } from "./record.ts";
import type { ActiveJob, FinishedJob, Job } from "../records.ts";
import { secondsInAll, secondsUntil } from "../worked.ts";
import { findOpenChange, findStandingChange, replaceCurrentCommit } from "./changes.ts";

/** Where a job works, as its record keeps it. */
export type JobPlace = { workspace_name: string; lease_id: string } | { here: string };

export interface NewJob {
  id: string;
  repo: string;
  todo_id: string;
  place: JobPlace;
  branch: string;
  /** Commit that the branch stands at. */
  base: string;
  harness: string;
  models: NonNullable<Job["models"]>;
  agent?: string;
  full_access?: boolean;
  limits: NonNullable<Job["limits"]>;
  process: ProcessIdentity;
  log: string;
}

/** The job from its reservation on. @param now ISO time */
export function startJob({ place, ...input }: NewJob, now: string): ActiveJob {
  return {
    ...input,
    ...place,
    status: "active",
    stage: "implementing",
    tip: input.base,
    opencode_sessions: [],
    changes: [],
    change_count: 0,
    iteration_count: 0,
    rounds: 0,
    created_at: now,
    started_at: now,
    updated_at: now,
  };
}

/** Newest agent sessions that the record names; the log knows all of them. */
const SESSIONS_KEPT = 30;

/** Writes down what is about to be asked of an agent. @throws IncrError `rule` in a stage in which no agent works */
export function beginCall(job: ActiveJob, call: JobCall, now: string): ActiveJob {
  const wanted = call.ask === "implement" || call.ask === "commit-message" ? "implementing" : "reviewing";
  requireStage(job, wanted);
  const known = job.opencode_sessions ?? [];
  const isKnown = known.some(({ id }) => id === call.session_id);
  const sessions = isKnown ? known : [...known, { purpose: purposeOf(job, call.ask), id: call.session_id }];
  return { ...job, call, opencode_sessions: sessions.slice(-SESSIONS_KEPT), updated_at: now };
}

/** The same, as the beginning of a round. @throws IncrError `rule` */
export function beginRound(job: ActiveJob, call: JobCall, now: string): ActiveJob {
  return { ...beginCall(job, call, now), rounds: (job.rounds ?? 0) + 1 };
}

/** Adds what the call's agent session has cost since it was last asked. @param cost_usd of all of its runs; undefined: it does not say */
export function noteCost(job: ActiveJob, cost_usd: number | undefined, now: string): ActiveJob {
  const { call } = job;
  if (call === undefined || cost_usd === undefined) return job;
  const more = cost_usd - (call.cost_before ?? 0);
  if (more <= 0) return job;
  // Sums of cents have no meaning beyond a millionth
  const sum = Math.round(((job.cost_usd ?? 0) + more) * 1e6) / 1e6;
  return { ...job, cost_usd: sum, call: { ...call, cost_before: cost_usd }, updated_at: now };
}

/** The answer was of no use: whoever resumes the job asks anew. */
export function dropCall(job: ActiveJob, now: string): ActiveJob {
  return { ...answered(job), updated_at: now };
}

/** What a call of that kind is for, in the words of the shared state format. */
export function purposeOf(job: ActiveJob, ask: JobCall["ask"]): "implement" | "review" | "project-review" {
  if (ask === "implement" || ask === "commit-message") return "implement";
  return isFinalReview(job) ? "project-review" : "review";
}

/** In the stage `reviewing`, without a change that waits for a verdict, it is the whole that is reviewed. */
export function isFinalReview(job: ActiveJob): boolean {
  return job.stage === "reviewing" && findOpenChange(job) === undefined;
}

/** The round changed nothing: what was open is taken back, and the whole is reviewed. */
export function findNothingToDo(job: ActiveJob, now: string): ActiveJob {
  requireStage(job, "implementing");
  const open = findOpenChange(job);
  const changes = (job.changes ?? []).map((change) => (change === open ? { ...change, withdrawn: true } : change));
  return { ...answered(heard(job)), changes, stage: "reviewing", updated_at: now };
}

/** @param passed undefined: there are no test commands */
export function passTests(job: ActiveJob, passed: true | undefined, now: string): ActiveJob {
  requireStage(job, "testing");
  const noted = passed === undefined ? job : replaceCurrentCommit(job, { tests_passed: true });
  return { ...noted, stage: "reviewing", updated_at: now };
}

export interface TestFailure {
  command: string;
  /** How it ended: `exit code 1`. */
  outcome: string;
  /** The end of what it printed. */
  output: string;
}

/** Back to the implementing agent, with what the command printed. */
export function failTests(job: ActiveJob, { output, ...failed_test }: TestFailure, now: string): ActiveJob {
  requireStage(job, "testing");
  const noted = replaceCurrentCommit(job, { tests_passed: false });
  return { ...noted, stage: "implementing", feedback: output, feedback_from: "tests", failed_test, updated_at: now };
}

/** What is there can be in no commit, or is not what was tested or reviewed: no verdict counts, and the implementing agent has to look. */
export function refuseFiles(job: ActiveJob, feedback: string, now: string): ActiveJob {
  if (job.stage === "committing") throw broken(job, "has accepted what it commits");
  const noted = job.stage === "testing" ? replaceCurrentCommit(job, { tests_passed: false }) : job;
  return { ...answered(heard(noted)), stage: "implementing", feedback, feedback_from: "files", updated_at: now };
}

/** The verdict on the open change, or, without one, on the whole. The caller ends the job for ABANDON, and for ACCEPT of the whole. */
export function recordReview(job: ActiveJob, review: JobReview, now: string): ActiveJob {
  requireStage(job, "reviewing");
  const isFinal = isFinalReview(job);
  const noted = answered(isFinal ? { ...job, project_review: review } : replaceCurrentCommit(job, { review }));
  const { outcome, comments = "" } = review;
  if (outcome === "REQUEST_CHANGES") {
    const feedback_from = isFinal ? "final-review" : "review";
    return { ...heard(noted), stage: "implementing", feedback: comments, feedback_from, updated_at: now };
  }
  return { ...noted, ...(outcome === "ACCEPT" && !isFinal ? { stage: "committing" as const } : {}), updated_at: now };
}

/** The accepted commit is on the branch; the next round begins. @throws IncrError `rule` if there is none */
export function confirmCommit(job: ActiveJob, now: string): ActiveJob {
  requireStage(job, "committing");
  const commit = findStandingChange(job)?.commits?.at(-1);
  if (commit?.review?.outcome !== "ACCEPT") throw broken(job, "has no commit that was accepted");
  return { ...heard(job), tip: commit.commit_id, stage: "implementing", updated_at: now };
}

/** @param until ISO time. The time until then does not count as worked. */
export function pauseJob(job: ActiveJob, until: string, because: string, now: string, head?: string): ActiveJob {
  return {
    ...job,
    ...(head === undefined ? {} : { head }),
    paused_until: until,
    paused_because: because,
    earlier_seconds: workedSeconds(job, now),
    updated_at: now,
  };
}

/** Goes on with a paused one, in this process. */
export function continueJob(job: ActiveJob, process: ProcessIdentity, now: string): ActiveJob {
  const { paused_until, paused_because, head, ...rest } = job;
  void [paused_until, paused_because, head];
  return { ...rest, process, resumed_at: now, updated_at: now };
}

export type JobOutcome =
  | { status: "completed" }
  | { status: "failed"; reason: JobFailure; message: string }
  | { status: "abandoned"; message: string };

export interface JobEnd {
  head?: string;
  branch_removed?: boolean;
  rescue?: string;
  answers?: Record<string, string>;
}

/**
 * @param until ISO time up to which it was worked on: earlier than `now` if it was found out only later that it has ended
 * @throws IncrError `rule` if it is not active; for `completed` also if its last commit was not accepted with its tests passed, or the whole was not
 */
export function endJob(job: Job, outcome: JobOutcome, end: JobEnd, now: string, until = now): FinishedJob {
  if (job.status !== "active") throw endedError(job);
  if (outcome.status === "completed") requireDone(job);
  const { paused_until, paused_because, head, stop_requested_at, answers, ...rest } = job;
  void [paused_until, paused_because, head, stop_requested_at, answers];
  const duration_seconds = Math.round(workedSeconds(job, until));
  const kept = outcome.status === "failed" ? rest : answered(heard(rest));
  return { ...kept, ...end, ...outcome, updated_at: now, completed_at: now, duration_seconds };
}

/** Abandons one that has failed: nothing of it is brought back any more. @throws IncrError `rule` */
export function abandonFailedJob(job: Job, message: string, now: string): FinishedJob {
  if (job.status !== "failed") throw endedError(job);
  const { reason, ...rest } = job;
  void reason;
  return { ...rest, status: "abandoned", message, updated_at: now };
}

export interface JobResumption {
  place: JobPlace;
  limits: NonNullable<Job["limits"]>;
  process: ProcessIdentity;
}

/** Makes a failed job live again, where it was. @throws IncrError `rule`, `held` */
export function resumeJob(job: Job, { place, ...input }: JobResumption, now: string): ActiveJob {
  const failed = requireResumableJob(job);
  const kept: Partial<Record<string, unknown>> & typeof failed = { ...failed };
  for (const name of END_FIELDS) delete kept[name];
  return {
    ...kept,
    ...input,
    ...place,
    status: "active",
    updated_at: now,
    resumed_at: now,
    earlier_seconds: secondsInAll(failed),
  };
}

const END_FIELDS = [
  "completed_at",
  "duration_seconds",
  "head",
  "branch_removed",
  "rescue",
  "reason",
  "message",
  "workspace_name",
  "lease_id",
  // They are in the workspace again.
  "answers",
];

/** @throws IncrError `rule`, with what to do instead; `held` while it is active */
export function requireResumableJob(job: Job): Extract<Job, { status: "failed" }> {
  switch (job.status) {
    case "failed":
      return job;
    case "active":
      throw new IncrError("held", `job ${job.id} is active`, { hint: `incr job logs -f ${job.id}` });
    case "completed":
    case "abandoned":
      throw new IncrError("rule", `job ${job.id} is ${job.status}`, {
        hint: `incr todo reopen ${job.todo_id}, then incr job do ${job.todo_id}`,
        data: { id: job.id, status: job.status },
      });
  }
}

/** Seconds that a job was worked on, up to `now` (ISO time), with a fraction. */
export function workedSeconds(job: ActiveJob, now: string): number {
  return job.paused_until === undefined ? secondsUntil(job, now) : (job.earlier_seconds ?? 0);
}

/** Done means done: the branch ends with a commit that was accepted, its tests have passed, and so was the whole. */
function requireDone(job: ActiveJob): void {
  const last = findStandingChange(job)?.commits?.at(-1);
  const isAccepted = last?.review?.outcome === "ACCEPT" && last.tests_passed !== false && last.commit_id === job.tip;
  if (!isAccepted) throw broken(job, "is not completed: its last commit was not accepted");
  if (findOpenChange(job) !== undefined) throw broken(job, "is not completed: a change waits for its review");
  if (job.project_review?.outcome !== "ACCEPT") throw broken(job, "is not completed: the whole was not accepted");
}

/** Without the call whose answer was dealt with. */
function answered(job: ActiveJob): ActiveJob {
  const { call, ...rest } = job;
  void call;
  return rest;
}

/** Without feedback: it was acted on. */
export function heard(job: ActiveJob): ActiveJob {
  const { feedback, feedback_from, failed_test, ...rest } = job;
  void [feedback, feedback_from, failed_test];
  return rest;
}

function requireStage(job: ActiveJob, stage: Job["stage"]): void {
  if (job.stage !== stage) throw broken(job, `is ${job.stage}, not ${stage}`);
}

function broken(job: Job, what: string): IncrError {
  return new IncrError("rule", `job ${job.id} ${what}`, { hint: `incr job show ${job.id}`, data: { id: job.id } });
}

function endedError(job: Job): IncrError {
  return broken(job, `is ${job.status} already`);
}
