/** `incr job do-all`: the ready list, worked through by several jobs at once. */
import type { StreamedEvent } from "../../domain/job/event.ts";
import { chooseNext, listWaiting, type Wish } from "../../domain/job/queue.ts";
import { IncrError } from "../../domain/error.ts";
import type { Todo } from "../../domain/todo.ts";
import { listReady } from "../../domain/todo/order.ts";
import { requireHarness } from "../agent/run.ts";
import { requireRepository, type App } from "../app.ts";
import { requireBase } from "../workspace/take.ts";
import { PAUSED_EXIT_CODE, prepareJobs, STOP_NUMBERS, type JobResult } from "./conduct.ts";
import { doJob, type JobRequest } from "./start.ts";

export interface DoAllRequest {
  wish: Wish;
  /** Jobs at once. */
  parallel: number;
  /** What all of them have in common. */
  how: Pick<JobRequest, "rev" | "harness" | "model" | "agent" | "fullAccess" | "wait" | "limits">;
  /** Told of what happens in each. */
  onEvent?(todo: Todo, event: StreamedEvent): void;
  /** Told of the end of each. */
  onEnd?(attempted: Attempted): void;
}

/** What became of one todo. `taken`: somebody else had it by then, or it was changed. `refused`: it could not be begun, or its end not be written down. */
export type Attempted = { todo: Todo } & (
  | { kind: "ended" | "paused"; result: JobResult }
  | { kind: "taken" | "refused"; error: IncrError }
);

export interface DoAllResult {
  /** In the order in which they ended. */
  attempted: Attempted[];
  /** Todos that were wanted and were not begun, since we were told to stop or a provider takes no more work. */
  left: string[];
  /** Todos that were wanted and wait for others that are not done. */
  waiting: { id: string; waits_for: string[] }[];
  /** 0 all completed, 1 one was not, 76 one is paused, 128 + signal. */
  exit_code: number;
}

/**
 * Begins with the most urgent, and looks again after each end, since that may have made others ready. No todo is tried twice. A paused job keeps new ones from beginning: the
 * limit is theirs as well.
 * @throws IncrError `untrusted`, `config`, `command_failed` without the agent, what `requireBase` throws; nothing is changed then
 */
export async function doAll(app: App, request: DoAllRequest): Promise<DoAllResult> {
  const { todos, config } = requireRepository(app);
  const { wish, parallel, how } = request;
  await prepareJobs(app);
  const harness = how.harness ?? (await config()).job.harness;
  await requireHarness(app, { harness, ...(how.agent === undefined ? {} : { agent: how.agent }) });
  await requireBase(app, how.rev);
  return await app.runner.catchSignals(async (signals) => {
    const attempted: Attempted[] = [];
    const tried = new Set<string>();
    const running = new Map<string, Promise<void>>();
    const bugs: unknown[] = [];
    const goesOn = () =>
      signals.interruptedBy() === null && bugs.length === 0 && attempted.every(({ kind }) => kind !== "paused");
    const begin = async (todo: Todo): Promise<void> => {
      try {
        const one = await attemptOne(app, request, todo);
        attempted.push(one);
        request.onEnd?.(one);
      } catch (error) {
        bugs.push(error);
      } finally {
        running.delete(todo.id);
      }
    };
    for (;;) {
      const next = goesOn() ? chooseNext((await todos.load()).todos, wish, tried, parallel - running.size) : [];
      for (const todo of next) {
        tried.add(todo.id);
        running.set(todo.id, begin(todo));
      }
      if (running.size === 0) break;
      await Promise.race(running.values());
    }
    if (bugs.length > 0) throw bugs[0];
    const { todos: all } = await todos.load();
    return {
      attempted,
      left: chooseNext(all, wish, tried, all.size).map(({ id }) => id),
      waiting: listWaiting(all, wish, tried),
      exit_code: exitCodeOf(attempted, signals.interruptedBy()),
    };
  });
}

/** @throws what is a bug of ours */
async function attemptOne(app: App, { how, onEvent }: DoAllRequest, todo: Todo): Promise<Attempted> {
  try {
    const result = await doJob(app, { ...how, todo: todo.id, onEvent: (event) => onEvent?.(todo, event) });
    return { todo, kind: result.kind, result };
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    return { todo, kind: error.code === "held" || !(await isReady(app, todo)) ? "taken" : "refused", error };
  }
}

/** If it is not any more, somebody else was faster, which is nobody's failure. */
async function isReady(app: App, { id }: Todo): Promise<boolean> {
  const { todos } = await requireRepository(app).todos.load();
  return listReady(todos).some((todo) => todo.id === id);
}

function exitCodeOf(attempted: readonly Attempted[], signal: string | null): number {
  if (signal !== null) return 128 + (STOP_NUMBERS[signal] ?? 15);
  const codes = attempted.map((one) => ("result" in one ? one.result.exit_code : one.kind === "taken" ? 0 : 1));
  return (
    codes.find((code) => code !== 0 && code !== PAUSED_EXIT_CODE) ??
    (codes.includes(PAUSED_EXIT_CODE) ? PAUSED_EXIT_CODE : 0)
  );
}
