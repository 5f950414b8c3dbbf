/** The tasks of a stream: looking at them, and saying how far they are. */
import { IncrError } from "../../domain/error.ts";
import { canonicalPartId, isWithin } from "../../domain/stream/id.ts";
import { requireTasks, updateTasks, type TaskUpdate } from "../../domain/stream/tasks/change.ts";
import { listThreads } from "../../domain/stream/tasks/outline.ts";
import { viewTask, type Task } from "../../domain/stream/tasks/record.ts";
import { threadState, type ThreadState } from "../../domain/stream/thread-state.ts";
import { streamName, type StreamEntry } from "../../domain/stream/index-record.ts";
import { findPlan, openNamedStream, requireTasksFile, viewTasks, type StreamApp } from "./streams.ts";

interface TaskFilter {
  /** Id of a stage, batch, thread or task. */
  within?: string | undefined;
  status?: string | undefined;
}

/** The tasks in the order of the file. @throws IncrError `rule` while there are none, `not_found` for a part without any */
export function listTasks(
  app: StreamApp,
  name: string | undefined,
  { within, status }: TaskFilter,
): { stream: string; tasks: Task[] } {
  const { entry, files } = openNamedStream(app, name);
  const file = requireTasksFile(files.readTasks());
  if (within !== undefined) requireTasks(file, within);
  const tasks = viewTasks(app, file).filter(
    (task) => (within === undefined || isWithin(task.id, within)) && (status === undefined || task.status === status),
  );
  return { stream: entry.id, tasks };
}

export interface ListedStream {
  id: string;
  name: string;
  current: boolean;
  created_at: string | null;
  /** Those that are not cancelled; null where they cannot be read. */
  tasks: { total: number; completed: number } | null;
}

/** All streams, in the order of their numbers. What is damaged in one is a warning. */
export function listStreams(app: StreamApp): ListedStream[] {
  const index = app.streams.readIndex();
  return index.streams
    .map((entry) => ({
      id: entry.id,
      name: streamName(entry),
      current: entry.id === index.current_stream,
      created_at: entry.created_at ?? null,
      tasks: countTasks(app, entry),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function countTasks({ streams, warn }: StreamApp, entry: StreamEntry): ListedStream["tasks"] {
  try {
    const statuses = (streams.open(entry).readTasks()?.tasks ?? []).map((record) => viewTask(record).task.status);
    const live = statuses.filter((status) => status !== "cancelled");
    return { total: live.length, completed: live.filter((status) => status === "completed").length };
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    warn({ code: "stream_damaged", message: error.message, data: { stream: entry.id } });
    return null;
  }
}

export interface ReadPart {
  stream: string;
  id: string;
  /** Null where the plan cannot be read or has no such thread. */
  thread: {
    id: string;
    name: string;
    stage: string;
    batch: string;
    summary: string | null;
    details: string | null;
  } | null;
  state: ThreadState;
  /** The task, or all of the thread. */
  tasks: Task[];
}

/** A task or a thread with everything that is known about it. @throws IncrError `not_found` */
export function readPart(app: StreamApp, name: string | undefined, id: string): ReadPart {
  const stream = openNamedStream(app, name);
  const { entry, files } = stream;
  const file = files.readTasks();
  const threadId = id.split(".").slice(0, 3).join(".");
  const plan = findPlan(stream);
  const planned = plan === null ? undefined : listThreads(plan).find((thread) => thread.id === threadId);
  const all =
    file === null
      ? []
      : viewTasks(app, { ...file, tasks: file.tasks.filter((task) => isWithin(canonicalPartId(task.id), threadId)) });
  const tasks = all.filter((task) => isWithin(task.id, id));
  if (tasks.length === 0 && (planned === undefined || id !== threadId)) {
    throw new IncrError("not_found", `there is no ${id === threadId ? "thread" : "task"} ${id}`, {
      hint: "work tree",
      data: { id },
    });
  }
  const thread =
    planned === undefined
      ? null
      : {
          id: threadId,
          name: planned.thread.name,
          stage: planned.stage.name,
          batch: planned.batch.name,
          summary: planned.thread.summary?.text ?? null,
          details: planned.thread.details?.text ?? null,
        };
  return { stream: entry.id, id, thread, state: threadState(all), tasks };
}

export interface UpdatedTasks {
  stream: string;
  /** As they are now. */
  tasks: Task[];
}

/** Changes a task, or all of a thread. @throws IncrError `not_found`, `rule`, `busy` */
export async function updateTasksOf(
  app: StreamApp,
  name: string | undefined,
  id: string,
  update: TaskUpdate,
): Promise<UpdatedTasks> {
  const { entry, files } = openNamedStream(app, name);
  const records = await files.changeTogether((file) => {
    const { file: tasks, updated } = updateTasks(requireTasksFile(file), id, update, app.now().toISOString());
    return { tasks, answer: updated };
  });
  // Others may have the lock while we look
  return { stream: entry.id, tasks: viewTasks(app, { tasks: records }) };
}

/** Gives a thread to an agent, or to none. @throws IncrError `not_found` if there is no such agent */
export async function assignThread(
  app: StreamApp,
  name: string | undefined,
  thread: string,
  agent: string | null,
): Promise<UpdatedTasks> {
  if (agent !== null) {
    const known = (await app.streams.readAgents())?.agents.map((each) => each.name);
    if (known === undefined) {
      app.warn({ code: "no_agents", message: `there is no work/agents.yaml that could say what ${agent} is` });
    } else if (!known.includes(agent)) {
      throw new IncrError("not_found", `no agent "${agent}" in work/agents.yaml`, {
        hint: "work agents",
        data: { agent, agents: known },
      });
    }
  }
  return await updateTasksOf(app, name, thread, { agent });
}
