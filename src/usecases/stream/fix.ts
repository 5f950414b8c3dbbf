/** What waits to be fixed in a stream: threads that did not come to their end, and merges that conflict. Reads only. */
import { IncrError } from "../../domain/error.ts";
import { fixesOf, needsFix, type Fixable } from "../../domain/stream/fix.ts";
import { listConflicts, type MergeConflict } from "../../domain/stream/merge.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import { requirePlan, viewTasks, type OpenStream, type StreamApp } from "./streams.ts";

export interface FixableThread extends Fixable {
  id: string;
  name: string;
  /** How many runs there were. */
  sessions: number;
  /** Who ran it last. */
  agent: string | null;
  /** The conversation that `resume` goes on with. */
  conversation: string | null;
  /** What it said of itself in the end, or what is known of that. */
  last: { status: string; at: string; exit_code: number | null } | null;
}

export interface FixOverview {
  stream: string;
  /** All threads that were started, in the order of the plan. */
  threads: FixableThread[];
  /** Ids of those that need something. */
  broken: string[];
  conflicts: { batch: string; conflict: MergeConflict }[];
}

/** @throws IncrError as reading the files does */
export function fixOverview(app: StreamApp, stream: OpenStream): FixOverview {
  const threads = listFixable(app, stream);
  const started = threads.filter(({ sessions }) => sessions > 0);
  const broken = started.filter(needsFix).map(({ id }) => id);
  return { stream: stream.entry.id, threads: started, broken, conflicts: listConflicts(stream.entry) };
}

/** @throws IncrError `not_found` if the plan has no such thread, `rule` if nothing can be done about it */
export function requireFixable(app: StreamApp, stream: OpenStream, id: string): FixableThread {
  const thread = listFixable(app, stream).find((one) => one.id === id);
  if (thread === undefined)
    throw new IncrError("not_found", `there is no thread ${id}`, { hint: "work tree", data: { id } });
  if (thread.actions.length > 0) return thread;
  throw new IncrError("rule", `thread ${id} is not to be fixed: ${thread.note}`, {
    hint: hintFor(thread),
    data: { thread: id, status: thread.status },
  });
}

function hintFor({ id, status }: FixableThread): string {
  if (status === "pending") return `work execute --thread ${id}`;
  return status === "running" ? "work status" : `work read ${id}`;
}

function listFixable(app: StreamApp, stream: OpenStream): FixableThread[] {
  const file = stream.files.readTasks();
  const tasks = groupByThread(file === null ? [] : viewTasks(app, file));
  return listThreads(requirePlan(stream)).map(({ id, thread }) => {
    const state = threadState(tasks.get(id) ?? []);
    const { last } = state;
    return {
      id,
      name: thread.name,
      ...fixesOf(state),
      sessions: state.sessions.length,
      agent: state.agent,
      conversation: last?.sessionId ?? null,
      last:
        last === null
          ? null
          : { status: last.status, at: last.completedAt ?? last.startedAt, exit_code: last.exitCode ?? null },
    };
  });
}
