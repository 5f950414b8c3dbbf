/** What waits to be fixed in a stream: threads that did not come to their end, and merges that conflict. */
import { IncrError } from "../../domain/error.ts";
import type { AgentSession } from "../../domain/records.ts";
import { fixesOf, needsFix, type FixAction, type Fixable, type FixStatus } from "../../domain/stream/fix.ts";
import { listConflicts, type MergeConflict } from "../../domain/stream/merge.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import type { SessionRecord } from "../../domain/stream/tasks/record.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import { findRepoSlug } from "../repository.ts";
import { runThread, type ThreadRequest, type ThreadResult } from "./run-thread.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { openNamedStream, requirePlan, viewTasks, type OpenStream } from "./streams.ts";
import { listThreadRuns, readToldTasks } from "./thread-runs.ts";

export interface FixableThread extends Fixable {
  id: string;
  name: string;
  /** How many runs there were. */
  sessions: number;
  /** Who ran it last. */
  agent: string | null;
  /** The conversation that `resume` goes on with. */
  conversation: string | null;
  /** When the last run ended, or began while it has not ended. */
  at: string | null;
  /** All of its runs, oldest first. */
  history: SessionRecord[];
}

export interface FixOverview {
  stream: string;
  /** All threads that were started, in the order of the plan. */
  threads: FixableThread[];
  /** Those that need something. */
  broken: FixableThread[];
  /** Those that wait for somebody before they can be started. */
  blocked: FixableThread[];
  conflicts: { batch: string; conflict: MergeConflict }[];
}

/** Reads only. @throws IncrError as reading the files does */
export async function fixOverview(app: ThreadApp, { entry }: OpenStream): Promise<FixOverview> {
  const stream = openNamedStream(app, entry.id);
  const all = await listFixable(app, stream);
  const threads = all.filter(({ sessions }) => sessions > 0);
  const blocked = all.filter(({ status }) => status === "blocked");
  const conflicts = listConflicts(stream.entry);
  return { stream: entry.id, threads, broken: threads.filter(needsFix), blocked, conflicts };
}

export interface FixRequest extends Omit<ThreadRequest, "mode"> {
  action: FixAction;
}

/** Runs a thread once more. @throws IncrError `not_found`, `rule` where the thread's state does not allow it, and what `runThread` throws */
export async function fixThread(
  app: ThreadApp,
  stream: OpenStream,
  { action, ...request }: FixRequest,
): Promise<ThreadResult> {
  const thread = await requireFixable(app, stream, request.thread);
  if (!thread.actions.includes(action)) {
    throw new IncrError("rule", `thread ${thread.id}: ${thread.note}`, {
      hint: `work fix --thread ${thread.id} --retry`,
      data: { thread: thread.id, status: thread.status, actions: thread.actions },
    });
  }
  // A run of another program is none of ours to begin again from.
  const mode = action === "resume" ? "resume" : thread.known ? "retry" : "start";
  return await runThread(app, stream, { ...request, mode });
}

/** @throws IncrError `not_found` if the plan has no such thread, `rule` if nothing can be done about it */
export async function requireFixable(app: ThreadApp, stream: OpenStream, id: string): Promise<Known> {
  const thread = (await listFixable(app, stream)).find((one) => one.id === id);
  if (thread === undefined)
    throw new IncrError("not_found", `there is no thread ${id}`, { hint: "work tree", data: { id } });
  if (thread.actions.length > 0) return thread;
  throw new IncrError("rule", `thread ${id} is not to be fixed: ${thread.note}`, {
    hint: HINTS[thread.status](id),
    data: { thread: id, status: thread.status },
  });
}

const HINTS: Readonly<Record<FixStatus, (id: string) => string>> = {
  pending: (id) => `work execute --thread ${id}`,
  blocked: (id) => `work update --thread ${id} --status pending once nothing keeps it any more, then work continue`,
  running: () => "work status",
  completed: (id) => `work read ${id}; what is still missing can become a stage: work fix --new-stage --name Fixes`,
  cancelled: (id) => `work update --thread ${id} --status pending`,
  failed: () => "work status",
  interrupted: () => "work status",
  incomplete: () => "work status",
};

interface Known extends FixableThread {
  /** Whether its runs are ours. */
  known: boolean;
}

async function listFixable(app: ThreadApp, stream: OpenStream): Promise<Known[]> {
  const file = await readToldTasks(app, stream);
  const tasks = groupByThread(file === null ? [] : viewTasks(app, file));
  const runs = await listLastRuns(app, stream.entry.id);
  return listThreads(requirePlan(stream)).map(({ id, thread }) => {
    const state = threadState(tasks.get(id) ?? []);
    const { last } = state;
    const run = runs.get(id);
    const known = run !== undefined;
    const stale = run?.status === "failed" && run.reason === "stale";
    return {
      id,
      name: thread.name,
      ...fixesOf(state, { known, active: run?.status === "active", stale }),
      known,
      sessions: state.sessions.length,
      agent: state.agent,
      conversation: last?.sessionId ?? null,
      at: last?.completedAt ?? last?.startedAt ?? null,
      history: state.sessions,
    };
  });
}

async function listLastRuns(app: ThreadApp, stream: string): Promise<Map<string, AgentSession>> {
  const repo = app.repository === null ? null : await findRepoSlug(app);
  if (repo === null) return new Map();
  const runs = await app.store.read(async (tx) => await listThreadRuns(tx, { repo, stream }));
  return new Map(runs.map((run) => [run.thread_id ?? "", run]));
}
