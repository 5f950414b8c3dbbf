/** Carrying a job out in this process: the loop, pauses, and the end, whatever it is. */
import { continueJob, pauseJob } from "../../domain/job/job.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveJob } from "../../domain/records.ts";
import type { Todo } from "../../domain/todo.ts";
import { requireLease } from "../../domain/workspace.ts";
import type { CaughtSignals } from "../../ports/runner.ts";
import type { ReadTx } from "../../ports/store.ts";
import { requireRepository, type App } from "../app.ts";
import { requireTrusted } from "../trust.ts";
import { failure, requireOwn, tell, type Attempt, type Stop } from "./attempt.ts";
import { requireSameCheckout } from "./checkout.ts";
import { endJob, type JobEnding } from "./end.ts";
import { excludeMarkers } from "./exclude.ts";
import { loop } from "./loop.ts";

export interface Watching {
  /** When a provider takes no more work: wait here until it does, rather than leave the job paused. */
  wait?: boolean;
  /** Told of everything that happens, also by the agents. */
  onEvent?: Attempt["onEvent"];
}

/** `paused`: it keeps its workspace, and `incr job resume` goes on with it. */
export type JobResult =
  | ({ kind: "ended"; exit_code: number; failure: IncrError | null } & JobEnding)
  | { kind: "paused"; exit_code: number; job: ActiveJob; until: string; because: string };

export interface Engagement extends Watching {
  settings: JobSettings;
  job: ActiveJob;
  todo: Todo;
  place: Attempt["place"];
  resumed: boolean;
  signals: CaughtSignals;
}

/** For exit codes, which are 128 + signal. */
export const STOP_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };
export const PAUSED_EXIT_CODE = 76;

/** Of one configuration, from the first look to the end. */
export type JobSettings = Pick<Attempt, "testCommands" | "copied" | "agentLimits" | "templates">;

/** What may run and what is said to agents, read once and used to the end. @throws IncrError `untrusted`, `config`; nothing is changed then */
export async function prepareJobs(app: App): Promise<JobSettings> {
  const repository = requireRepository(app);
  const configuration = await repository.configuration();
  requireTrusted(configuration, app.trust, ["job.test-commands"]);
  const { agent, job, workspace } = configuration.config;
  return {
    testCommands: job.testCommands,
    copied: workspace.copy,
    agentLimits: { timeLimitMs: agent.timeLimitMs, silenceLimitMs: agent.silenceLimitMs },
    templates: await repository.templates(),
  };
}

/** From the record's stage to its end. What goes wrong on the way is an outcome; only what cannot be written down is thrown, and settled by the next command. */
export async function conduct(app: App, engagement: Engagement): Promise<JobResult> {
  const { job, place, todo, onEvent, signals } = engagement;
  const jobs = await app.jobs();
  const wish = watchForAbandon(app, job, signals);
  const attempt: Attempt = {
    app,
    jobs,
    log: jobs.log(job.log ?? ""),
    job,
    todo,
    place,
    directory: place.kind === "held" ? place.workspace.path : place.cwd,
    ...engagement.settings,
    signals: wish.signals,
    isUnwanted: wish.isUnwanted,
    onEvent,
  };
  try {
    tell(attempt, {
      type: "started",
      job_id: job.id,
      todo_id: todo.id,
      title: todo.title,
      branch: job.branch ?? "",
      directory: attempt.directory,
      resumed: engagement.resumed,
    });
    for (;;) {
      const { stop, error } = await carryOut(attempt);
      if (stop.kind === "ended") return await finish(attempt, stop, error, signals);
      const paused = await pause(attempt, stop, engagement.wait === true);
      if (paused !== null) return paused;
    }
  } finally {
    wish.end();
  }
}

async function carryOut(attempt: Attempt): Promise<{ stop: Stop; error: Error | null }> {
  try {
    await excludeMarkers(attempt.app);
    return { stop: await loop(attempt), error: null };
  } catch (error) {
    // Somebody else has it now.
    if (error instanceof IncrError && error.code === "stale_token") throw error;
    const thrown = error instanceof Error ? error : new Error(String(error));
    return { stop: failure("error", thrown.message), error: thrown };
  }
}

async function finish(
  attempt: Attempt,
  { outcome }: Extract<Stop, { kind: "ended" }>,
  error: Error | null,
  signals: CaughtSignals,
): Promise<JobResult> {
  const { app, job, onEvent } = attempt;
  const ending = await endJob(app, { job, outcome, onEvent });
  // A bug of ours is written down as the end of the job, and told like any other.
  if (error !== null && !(error instanceof IncrError)) throw error;
  const signal = signals.interruptedBy();
  const interrupted = outcome.status === "failed" && outcome.reason === "interrupted" && signal !== null;
  const exit_code = interrupted ? 128 + (STOP_NUMBERS[signal] ?? 15) : outcome.status === "completed" ? 0 : 1;
  return { kind: "ended", exit_code, failure: error, ...ending };
}

/** Null: the provider takes work again, and the job goes on. @throws IncrError `conflict` if the checkout of somebody else is not as it was */
async function pause(
  attempt: Attempt,
  { until, because }: Extract<Stop, { kind: "paused" }>,
  wait: boolean,
): Promise<JobResult | null> {
  const { app } = attempt;
  tell(attempt, { type: "paused", until, message: because });
  const { here, branch = "" } = attempt.job;
  const head = here === undefined ? null : await requireRepository(app).worktrees.branchTip(branch);
  const job = await app.store.transact(async (tx) => {
    const now = app.now().toISOString();
    const current = await requireOwn(tx, attempt.job);
    const paused = pauseJob(current, until, because, now, head ?? undefined);
    await tx.put("jobs", recordKey(paused.repo, paused.id), paused);
    const { workspace_name, lease_id } = paused;
    if (wait || workspace_name === undefined || lease_id === undefined) return paused;
    // It lives on without a process.
    const key = recordKey(paused.repo, workspace_name);
    const held = requireLease(await tx.find("workspaces", key), lease_id);
    if (held.lease !== undefined) {
      const { process, ...lease } = held.lease;
      void process;
      await tx.put("workspaces", key, { ...held, updated_at: now, lease: { ...lease, kind: "held" } });
    }
    return paused;
  });
  attempt.job = job;
  await app.step("job:paused");
  if (!wait) return { kind: "paused", exit_code: PAUSED_EXIT_CODE, job, until, because };
  while (Date.parse(until) > app.now().getTime() && !attempt.isUnwanted() && attempt.signals.interruptedBy() === null)
    await app.pause(Math.min(POLL_MS, Math.max(1, Date.parse(until) - app.now().getTime())));
  // Otherwise what somebody has committed meanwhile would give way to the job; it stays paused.
  if (here !== undefined) await requireSameCheckout(app, job.repo, job);
  attempt.job = await app.store.transact(async (tx) => {
    const current = await requireOwn(tx, attempt.job);
    const going = continueJob(current, app.processes.currentIdentity(), app.now().toISOString());
    await tx.put("jobs", recordKey(going.repo, going.id), going);
    return going;
  });
  return null;
}

const POLL_MS = 500;

/** A wish to end the job or its agent stands in their records: signals would hit whatever else this process does. */
function watchForAbandon(app: App, job: ActiveJob, outer: CaughtSignals) {
  const key = recordKey(job.repo, job.id);
  const waiting: ((signal: string) => void)[] = [];
  let isUnwanted = false;
  let isLooking = false;
  const look = async (): Promise<void> => {
    const found = await app.store.read(async (tx) => await findWishes(tx, key)).catch(() => undefined);
    if (found === undefined || isUnwanted) return;
    isUnwanted = found.job;
    // An agent that is to end goes alone: what it was asked for has failed then.
    if (found.job || found.agent) for (const tell of waiting.splice(0)) tell("SIGTERM");
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => (isLooking = false));
  }, POLL_MS);
  const signals: CaughtSignals = {
    interruptedBy: () => outer.interruptedBy() ?? (isUnwanted ? "SIGTERM" : null),
    typed: () => outer.typed(),
    onInterrupt(listener) {
      let told = false;
      const once = (signal: string) => {
        if (!told) listener(signal);
        told = true;
      };
      outer.onInterrupt(once);
      if (isUnwanted) once("SIGTERM");
      else waiting.push(once);
    },
  };
  return { signals, isUnwanted: () => isUnwanted, end: () => clearInterval(timer) };
}

/** Whether somebody wants the job to end, or the agent that works for it now. */
async function findWishes(tx: ReadTx, key: string): Promise<{ job: boolean; agent: boolean } | undefined> {
  const job = await tx.find("jobs", key);
  if (job?.status !== "active") return undefined;
  const { call } = job;
  const agent =
    call === undefined ? undefined : await tx.find("opencode_sessions", recordKey(job.repo, call.session_id));
  return {
    job: job.stop_requested_at !== undefined,
    agent: agent?.status === "active" && agent.stop_requested_at !== undefined,
  };
}
