/** Where a stream stands: its gates, and each thread with its runs. Reads only. */
import { stageGate, type GateState } from "../../domain/stream/approval.ts";
import { groupByBatch } from "../../domain/stream/batches.ts";
import { formatPartId } from "../../domain/stream/id.ts";
import { streamName } from "../../domain/stream/index-record.ts";
import { isBatchMerged, listConflicts, type MergeConflict } from "../../domain/stream/merge.ts";
import { nextStep } from "../../domain/stream/next-step.ts";
import { TASK_STATUSES, type SessionRecord } from "../../domain/stream/tasks/record.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import { threadState, type ThreadState, type ThreadStatus } from "../../domain/stream/thread-state.ts";
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
  /** Batches all of which is in it, such as `01.02`. */
  merged: string[];
  /** Merges that wait to be resolved. */
  conflicts: { batch: string; conflict: MergeConflict }[];
  /** What to type next; null while threads run, and where nothing is left but to take the result over. */
  next: string | null;
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
  const gates = readGates(app, stream);
  const threads = listThreads(plan).map(({ id, thread }) => {
    const own = byThread.get(id) ?? [];
    return { id, name: thread.name, state: threadState(own) };
  });
  const isFaulty = plan.diagnostics.some(({ severity }) => severity === "error");
  const next = nextStep(stream.entry, { ...gates, threads });
  const command = next?.state === "planning" && isFaulty ? "work validate plan" : next?.command;
  const batches = groupByBatch(threads);
  const flag = app.streams.readIndex().current_stream === stream.entry.id ? "" : ` --stream ${stream.entry.id}`;
  return {
    stream: stream.entry.id,
    name: streamName(stream.entry),
    gates: { ...gates, stages },
    tasks: counts,
    threads: threads.map((thread) => summarize(thread, history)),
    branch: stream.entry.branch?.name ?? null,
    merged: Object.keys(stream.entry.merges ?? {})
      .filter((batch) => isBatchMerged(stream.entry, batch, batches.get(batch) ?? []))
      .toSorted(),
    conflicts: listConflicts(stream.entry),
    next: command === undefined || next?.state === "running" ? null : `${command}${flag}`,
  };
}

function summarize(
  { id, name, state }: { id: string; name: string; state: ThreadState },
  history: boolean,
): ThreadSummary {
  const { status, tasks: counts, agent, sessions, last, running, resumable } = state;
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
