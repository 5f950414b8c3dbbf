/** Where a stream stands: its gates, and each thread with its runs. Reads only. */
import { stageGate, type GateState } from "../../domain/stream/approval.ts";
import { formatPartId } from "../../domain/stream/id.ts";
import { streamName } from "../../domain/stream/index-record.ts";
import { isBatchMerged, listConflicts, type MergeConflict } from "../../domain/stream/merge.ts";
import { TASK_STATUSES, type SessionRecord, type Task } from "../../domain/stream/tasks/record.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import { threadState, type ThreadStatus } from "../../domain/stream/thread-state.ts";
import { sessionsOf } from "../../domain/stream/tasks/run.ts";
import { openNamedStream, readGates, requirePlan, viewTasks, type StreamApp } from "./streams.ts";

export interface ThreadSummary {
  id: string;
  name: string;
  status: ThreadStatus;
  tasks: { total: number; completed: number };
  agent: string | null;
  /** How many runs there were. */
  sessions: number;
  /** State and time of the last run: of its end, else of its start. */
  last_session: { status: SessionRecord["status"]; at: string; session_id: string | null } | null;
  running: boolean;
  resumable: boolean;
  /** All runs, oldest first; only where they were asked for. */
  history?: SessionRecord[];
}

export interface StreamStatus {
  stream: string;
  name: string;
  gates: {
    plan: GateState;
    tasks: GateState;
    stages: { stage: string; status: GateState["status"]; by: string | null; at: string | null }[];
  };
  /** Tasks by status. */
  tasks: Record<string, number>;
  threads: ThreadSummary[];
  /** The branch that gathers the results; null until a thread was started. */
  branch: string | null;
  /** Batches that are in it, such as `01.02`. */
  merged: string[];
  /** Merges that wait to be resolved. */
  conflicts: { batch: string; conflict: MergeConflict }[];
}

/** Whether `tasks.json` has a run that has not ended. */
export function saysThatItRuns(app: StreamApp, name: string | undefined): boolean {
  const tasks = openNamedStream(app, name).files.readTasks()?.tasks ?? [];
  return tasks.some((task) => sessionsOf(task).some(({ status }) => status === "running"));
}

/** @param history whether every run is wanted */
export function streamStatus(app: StreamApp, name: string | undefined, history: boolean): StreamStatus {
  const stream = openNamedStream(app, name);
  const plan = requirePlan(stream);
  const file = stream.files.readTasks();
  const tasks = file === null ? [] : viewTasks(app, file);
  const byThread = groupByThread(tasks);
  const stages = plan.stages.map(({ number }) => {
    const { status, by, at } = stageGate(stream.entry, number);
    return { stage: formatPartId([number]), status, by, at };
  });
  const counts = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0]));
  for (const { status } of tasks) counts[status] = (counts[status] ?? 0) + 1;
  return {
    stream: stream.entry.id,
    name: streamName(stream.entry),
    gates: { ...readGates(app, stream), stages },
    tasks: counts,
    threads: listThreads(plan).map(({ id, thread }) => summarize(id, thread.name, byThread.get(id) ?? [], history)),
    branch: stream.entry.branch?.name ?? null,
    merged: Object.keys(stream.entry.merges ?? {})
      .filter((batch) => isBatchMerged(stream.entry, batch))
      .toSorted(),
    conflicts: listConflicts(stream.entry),
  };
}

function summarize(id: string, name: string, tasks: readonly Task[], history: boolean): ThreadSummary {
  const { status, tasks: counts, agent, sessions, last, running, resumable } = threadState(tasks);
  return {
    id,
    name,
    status,
    tasks: counts,
    agent,
    sessions: sessions.length,
    last_session:
      last === null
        ? null
        : { status: last.status, at: last.completedAt ?? last.startedAt, session_id: last.sessionId },
    running: running !== null,
    resumable,
    ...(history ? { history: sessions } : {}),
  };
}
