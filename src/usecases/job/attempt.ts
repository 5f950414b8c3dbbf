/** One job as this process carries it out: its record, where it works, and how others hear of it. */
import type { AnswerFile, JobLog, Jobs } from "../../ports/jobs.ts";
import type { JobEvent, StreamedEvent } from "../../domain/job/event.ts";
import { workedSeconds, type JobOutcome } from "../../domain/job/job.ts";
import type { CommonVariables, Templates } from "../../domain/job/templates.ts";
import { commonVariables } from "../../domain/job/values.ts";
import { IncrError } from "../../domain/error.ts";
import { MARKER_FILES } from "../../domain/own-files.ts";
import { recordKey, type ActiveJob } from "../../domain/records.ts";
import type { Todo } from "../../domain/todo.ts";
import { requireLease } from "../../domain/workspace.ts";
import type { Tx } from "../../ports/store.ts";
import type { CaughtSignals } from "../../ports/runner.ts";
import type { HeldPlace } from "../agent/place.ts";
import type { Limits } from "../agent/supervise.ts";
import type { App } from "../app.ts";

export interface Attempt {
  app: App;
  jobs: Jobs;
  log: JobLog;
  /** As it is in the state. */
  job: ActiveJob;
  todo: Todo;
  place: HeldPlace | { kind: "here"; cwd: string };
  /** Absolute path of the folder that it works in. */
  directory: string;
  /** Of one configuration, from the first look to the end. */
  testCommands: readonly string[];
  copied: readonly string[];
  agentLimits: Limits;
  templates: Templates;
  /** Also tells when somebody wants the job to be abandoned. */
  signals: CaughtSignals;
  /** Whether it was that, and not a signal. */
  isUnwanted(): boolean;
  onEvent?: ((event: StreamedEvent) => void) | undefined;
}

/** Why the loop does not go on. */
export type Stop = { kind: "ended"; outcome: JobOutcome } | { kind: "paused"; until: string; because: string };

export const [MESSAGE_FILE, REVIEW_FILE] = MARKER_FILES satisfies readonly AnswerFile[];

/** Changes the record, if the job is still this process's. @throws IncrError `stale_token` */
export async function advance(
  attempt: Attempt,
  transition: (job: ActiveJob, now: string) => ActiveJob,
): Promise<ActiveJob> {
  const { app } = attempt;
  attempt.job = await app.store.transact(async (tx) => {
    const current = await requireOwn(tx, attempt.job);
    const next = transition(current, app.now().toISOString());
    await tx.put("jobs", recordKey(next.repo, next.id), next);
    return next;
  });
  return attempt.job;
}

/** The job as it is now, if whoever knows it as `known` still holds it. @throws IncrError `stale_token` */
export async function requireOwn(tx: Tx, known: ActiveJob): Promise<ActiveJob> {
  const current = await tx.find("jobs", recordKey(known.repo, known.id));
  if (current?.status !== "active" || current.lease_id !== known.lease_id || !isSameProcess(current, known)) {
    throw new IncrError("stale_token", `job ${known.id} was ended or taken over meanwhile`, {
      hint: `incr job show ${known.id}`,
    });
  }
  const { lease_id, workspace_name } = current;
  if (lease_id !== undefined && workspace_name !== undefined)
    requireLease(await tx.find("workspaces", recordKey(current.repo, workspace_name)), lease_id);
  return current;
}

function isSameProcess(a: ActiveJob, b: ActiveJob): boolean {
  return a.process?.pid === b.process?.pid && a.process?.started_at === b.process?.started_at;
}

/** To the log first: who follows it must not know less than who watches. A log that cannot be written costs the log, not the work. */
export function tell(attempt: Pick<Attempt, "app" | "log" | "onEvent">, event: JobEvent): void {
  const { app, log, onEvent } = attempt;
  const logged = { at: app.now().toISOString(), ...event };
  try {
    log.append(logged);
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    app.notify({ code: "not_logged", message: `the job's log is not complete: ${error.message}` });
  }
  onEvent?.(logged);
}

/** What every template can say. */
export function variablesOf({ todo, directory, job, testCommands }: Attempt): CommonVariables {
  return commonVariables({ todo, directory, branch: job.branch ?? "", testCommands });
}

/** Milliseconds that the job may go on. */
export function timeLeft({ app, job }: Attempt): number {
  const limit = job.limits?.time_limit_ms ?? Number.POSITIVE_INFINITY;
  return limit - workedSeconds(job, app.now().toISOString()) * 1000;
}

/** The end of a job that failed. */
export function failure(reason: Extract<JobOutcome, { status: "failed" }>["reason"], message: string): Stop {
  return { kind: "ended", outcome: { status: "failed", reason, message } };
}

/** Somebody told us to stop; null if not. */
export function findInterruption({ signals, isUnwanted }: Attempt): Stop | null {
  if (isUnwanted())
    return { kind: "ended", outcome: { status: "abandoned", message: "it was ended by `incr job abandon`" } };
  const signal = signals.interruptedBy();
  return signal === null ? null : failure("interrupted", `it was interrupted by ${signal}`);
}

/** It has used up what it was given; null if not. */
export function findExhaustion(attempt: Attempt): Stop | null {
  const { cost_usd = 0, limits } = attempt.job;
  if (timeLeft(attempt) <= 0) return failure("time_limit", "it has used up its time");
  const most = limits?.max_cost_usd;
  if (most === undefined || cost_usd < most) return null;
  return failure("max_cost", `its agents have cost $${cost_usd}, and $${most} is the limit`);
}
