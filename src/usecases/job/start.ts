/** `incr job do`: a todo, a workspace and a job are taken as one, and of two that want the same todo one wins. Then the job is carried out. */
import type { Harness } from "../../domain/config-file.ts";
import type { Config } from "../../domain/config.ts";
import { IncrError } from "../../domain/error.ts";
import { startJob as startRecord, type JobPlace } from "../../domain/job/job.ts";
import { recordKey, type ActiveJob, type Job } from "../../domain/records.ts";
import { listBlockers } from "../../domain/todo/order.ts";
import { requireStartable } from "../../domain/todo/status.ts";
import type { Todo } from "../../domain/todo.ts";
import type { HeldPlace } from "../agent/place.ts";
import { requireHarness } from "../agent/run.ts";
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { requireUnheld } from "../session/find.ts";
import { chooseBranch, tellMissingDependencies } from "../session/start.ts";
import { markNotStarted, markStarted, requireTodo } from "../session/todo.ts";
import { createTodo } from "../todo/create.ts";
import { requireBase, requireTrustedHooks, takeWorkspace } from "../workspace/take.ts";
import type { Attempt } from "./attempt.ts";
import { settleDeadHolder } from "./clear-away.ts";
import { requireAlone, requireFreeCheckout, requireHere } from "./checkout.ts";
import { conduct, prepareJobs, type JobResult, type Watching } from "./conduct.ts";

/** What a job may use up; what is absent comes of the configuration. */
export interface JobLimits {
  maxRounds?: number | undefined;
  /** Milliseconds of work, all runs of the job together. */
  timeLimitMs?: number | undefined;
  maxCostUsd?: number | undefined;
}

export interface JobRequest extends Watching {
  /** Id of the todo, or a prefix. */
  todo?: string;
  /**
   * Instead of `todo`: make one with this title first. It stays if the start is refused, except for a revision that is not there, a checkout that is not fit, or
   * commands without consent.
   */
  title?: string;
  /** Revision to start from; default: the configured base, else HEAD of the main checkout. */
  rev?: string;
  /** Work in the checkout that the caller stands in, on the branch that is checked out there. */
  here?: boolean;
  harness?: Harness;
  /** For all kinds of work, in place of the configured ones. */
  model?: string;
  /** The agent's own name for a role. */
  agent?: string;
  /** The agents may do everything without asking. */
  fullAccess?: boolean;
  limits?: JobLimits;
  /** Called once the job is recorded. */
  onStart?(job: ActiveJob): void;
}

/**
 * @throws IncrError `held` if somebody works on the todo, `rule` if its status, its dependencies or the checkout do not allow it, `untrusted`, `config`,
 * `command_failed` without the agent, what `takeWorkspace` throws; nothing is changed then. Once there is a job, its end is a result
 */
export async function doJob(app: App, request: JobRequest): Promise<JobResult> {
  const prepared = await prepareJobs(app);
  const { config } = requireRepository(app);
  const settings = await config();
  const harness = (request.harness ?? settings.job.harness) satisfies Harness;
  await requireHarness(app, { harness, ...(request.agent === undefined ? {} : { agent: request.agent }) });
  // Before a todo is made for it.
  if (request.here === true && request.rev !== undefined) {
    throw new IncrError("usage", "--here works on what is checked out, so --rev has no meaning with it");
  }
  const commit = request.here === true ? null : await requireBase(app, request.rev);
  if (request.title !== undefined) await (request.here === true ? requireFreeCheckout(app) : requireTrustedHooks(app));
  return await app.runner.catchSignals(async (signals) => {
    const wanted = request.title === undefined ? request.todo : (await createTodo(app, { title: request.title })).id;
    const { todo, all } = await requireTodo(app, wanted ?? "");
    const repo = await ensureRepo(app);
    await settleDeadHolder(app, repo, todo.id);
    // A first look without any lock: whoever has lost already changes nothing at all.
    await app.store.read(async (tx) => await requireUnheld(tx, repo, todo.id));
    requireStartable(todo);
    requireUnblocked(todo, all);
    const id = app.hashId(`job ${todo.id} ${app.now().toISOString()} ${app.randomText(8)}`);
    const make = (place: JobPlace, branch: string, base: string): ActiveJob =>
      startRecord(
        {
          id,
          repo,
          todo_id: todo.id,
          place,
          branch,
          base,
          harness,
          models: modelsOf(settings, request.model),
          ...(request.agent === undefined ? {} : { agent: request.agent }),
          ...(request.fullAccess === true ? { full_access: true } : {}),
          limits: limitsOf(settings, request.limits),
          process: app.processes.currentIdentity(),
          log: `logs/jobs/${repo}/${id}.jsonl`,
        },
        app.now().toISOString(),
      );
    const { job, place } =
      commit === null
        ? await startHere(app, { repo, todo, make })
        : await startInWorkspace(app, { repo, todo, id, make, rev: request.rev, commit });
    await tellEarlierJobs(app, job, todo);
    await tellMissingDependencies(app, todo, all, job.base ?? "", "job");
    request.onStart?.(job);
    await app.step("job:started");
    return await conduct(app, { ...request, settings: prepared, job, todo, place, resumed: false, signals });
  });
}

/** One that failed or was cut off can be brought back; whoever starts afresh should know. */
async function tellEarlierJobs(app: App, { id, repo }: ActiveJob, todo: Todo): Promise<void> {
  const where = { todo_id: todo.id };
  const found = await app.store.read(
    async (tx) => await tx.list("jobs", { repo, where, finishedSince: todo.created_at }),
  );
  const last = found.map(({ record }) => record).find((one) => one.id !== id && one.status === "failed");
  if (last?.status !== "failed") return;
  app.notify({
    code: "earlier_job",
    message: `an earlier job on ${todo.id} failed at ${last.completed_at ?? last.updated_at}; this one starts afresh, and \`incr job resume ${last.id}\` would go on with that one`,
    data: { id: last.id, branch: last.branch ?? null, rescue: last.rescue ?? null },
  });
}

interface Start {
  repo: string;
  todo: Todo;
  make(place: JobPlace, branch: string, base: string): ActiveJob;
}

async function startInWorkspace(
  app: App,
  { repo, todo, id, make, rev, commit }: Start & { id: string; rev: string | undefined; commit: string },
): Promise<{ job: ActiveJob; place: HeldPlace }> {
  const branch = await chooseBranch(app, todo);
  const key = recordKey(repo, id);
  let job: ActiveJob | null = null;
  const taken = await takeWorkspace(app, {
    repo,
    kind: "process",
    holder: { type: "job", id },
    action: "acquire",
    purpose: todo.title,
    ...(rev === undefined ? {} : { rev }),
    todo_id: todo.id,
    async reserve(tx, workspace, lease) {
      await requireUnheld(tx, repo, todo.id);
      job = make({ workspace_name: workspace.name, lease_id: lease.lease_id }, branch, commit);
      await tx.put("jobs", key, job);
    },
    branch: { branch, base: commit },
    announce: async () => await markStarted(app, todo.id),
    retract: async () => await markNotStarted(app, todo),
    destination: async () => await Promise.resolve({ commit, branch: { name: branch, create: true } }),
    confirm: async () => {},
    undo: async (tx) => await tx.remove("jobs", key),
  });
  const { workspace, lease } = taken;
  return { job: job as unknown as ActiveJob, place: { kind: "held", workspace, lease, todo_id: todo.id } };
}

async function startHere(app: App, { repo, todo, make }: Start): Promise<{ job: ActiveJob; place: Attempt["place"] }> {
  const { directory, branch, commit, place } = await requireHere(app, repo);
  const job = make({ here: directory }, branch, commit);
  const key = recordKey(repo, job.id);
  await app.store.transact(async (tx) => {
    await requireUnheld(tx, repo, todo.id);
    await requireAlone(tx, repo, directory);
    await tx.put("jobs", key, job);
  });
  await app.step("job:reserved");
  try {
    await markStarted(app, todo.id);
  } catch (error) {
    await app.store.transact(async (tx) => await tx.remove("jobs", key));
    throw error;
  }
  return { job, place };
}

/** @throws IncrError `rule`, naming what has to be done before */
export function requireUnblocked(todo: Todo, all: ReadonlyMap<string, Todo>): void {
  const blockers = listBlockers(all, todo);
  if (blockers.length === 0) return;
  throw new IncrError("rule", `todo ${todo.id} depends on ${blockers.join(", ")}, still to be done`, {
    hint: `incr job do ${blockers[0]}`,
    data: { todo_id: todo.id, blocked_by: blockers },
  });
}

function modelsOf({ job }: Config, model: string | undefined): NonNullable<Job["models"]> {
  const models = {
    implement: model ?? job.implementationModel,
    review: model ?? job.codeReviewModel,
    "project-review": model ?? job.projectReviewModel ?? job.codeReviewModel,
  };
  return Object.fromEntries(Object.entries(models).filter(([, name]) => name !== undefined));
}

/** What it may use up from now on. */
export function limitsOf(
  { job }: Config,
  { maxRounds, timeLimitMs, maxCostUsd }: JobLimits = {},
  before?: Job["limits"],
): NonNullable<Job["limits"]> {
  const cost = maxCostUsd ?? before?.max_cost_usd ?? job.maxCostUsd;
  return {
    max_rounds: maxRounds ?? before?.max_rounds ?? job.maxRounds,
    time_limit_ms: timeLimitMs ?? before?.time_limit_ms ?? job.timeLimitMs,
    ...(cost === undefined ? {} : { max_cost_usd: cost }),
  };
}
