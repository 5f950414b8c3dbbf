/** Changes to tasks.json. The first of them also brings a file of an older version up to date; no key that is not known here is lost. */
import { IncrError } from "../../error.ts";
import { canonicalPartId, isWithin } from "../id.ts";
import type { TaskRecord, TasksFile, TaskStatus } from "./record.ts";

export interface TaskUpdate {
  status?: TaskStatus | undefined;
  report?: string | undefined;
  breadcrumb?: string | undefined;
  /** Null takes the agent away. */
  agent?: string | null | undefined;
}

/** A file without tasks. */
export function emptyTasksFile(streamId: string): TasksFile {
  return { version: "1.0.0", stream_id: streamId, tasks: [] };
}

/** The tasks with that id, or in that thread, batch or stage. @throws IncrError `not_found` */
export function requireTasks(file: TasksFile, id: string): TaskRecord[] {
  const found = file.tasks.filter((task) => isWithin(canonicalPartId(task.id), id));
  if (found.length > 0) return found;
  throw new IncrError("not_found", `there is no task ${id.split(".").length === 4 ? id : `in ${id}`}`, {
    hint: "work list",
    data: { id },
  });
}

/** The file with these tasks changed, and they as they are then. @param now ISO time @throws IncrError `not_found` */
export function updateTasks(
  file: TasksFile,
  id: string,
  update: TaskUpdate,
  now: string,
): { file: TasksFile; updated: TaskRecord[] } {
  const wanted = new Set(requireTasks(file, id));
  const updated: TaskRecord[] = [];
  const tasks = file.tasks.map((task) => {
    if (!wanted.has(task)) return task;
    const changed = migrate(updateTask(task, update, now));
    updated.push(changed);
    return changed;
  });
  return { file: touched(file, now, tasks), updated };
}

function updateTask(task: TaskRecord, { status, report, breadcrumb, agent }: TaskUpdate, now: string): TaskRecord {
  const changed: TaskRecord = {
    ...task,
    ...(status === undefined ? {} : { status }),
    ...(report === undefined ? {} : { report }),
    ...(breadcrumb === undefined ? {} : { breadcrumb }),
    ...(typeof agent === "string" ? { assigned_agent: agent } : {}),
    updated_at: now,
  };
  if (agent === null) delete changed["assigned_agent"];
  return changed;
}

/** A task as the approved list of tasks has it. */
export interface ApprovedTask {
  id: string;
  name: string;
  stageName: string;
  batchName: string;
  threadName: string;
  status: TaskStatus;
  agent: string | null;
  report: string | null;
}

export interface MergedTasks {
  file: TasksFile;
  added: string[];
  /** Ids of tasks that stood in the file and stand in the list no more. */
  dropped: string[];
}

/**
 * The file as the approved list has it, matched by id: status, report and sessions stay, names and agents are those of the list.
 * @throws IncrError `unsafe` if a task with sessions would be dropped
 */
export function mergeTasks(file: TasksFile, approved: readonly ApprovedTask[], now: string): MergedTasks {
  const old = new Map(file.tasks.map((task) => [canonicalPartId(task.id), task]));
  const ids = new Set(approved.map(({ id }) => id));
  const dropped = [...old.keys()].filter((id) => !ids.has(id));
  const needed = dropped.filter((id) => hasSessions(old.get(id)));
  if (needed.length > 0) {
    throw new IncrError("unsafe", `TASKS.md lacks ${needed.join(", ")}, on which agents have worked`, {
      hint: `put it back into TASKS.md, with its thread in PLAN.md; - [-] Task ${needed[0]}: <text> means that it is cancelled`,
      data: { tasks: needed },
    });
  }
  const tasks = approved.map((task) => mergeTask(old.get(task.id), task, now));
  const added = approved.filter(({ id }) => !old.has(id)).map(({ id }) => id);
  const same = added.length === 0 && dropped.length === 0 && JSON.stringify(tasks) === JSON.stringify(file.tasks);
  return { file: same ? file : touched(file, now, tasks), added, dropped };
}

function mergeTask(old: TaskRecord | undefined, task: ApprovedTask, now: string): TaskRecord {
  const names = {
    name: task.name,
    stage_name: task.stageName,
    batch_name: task.batchName,
    thread_name: task.threadName,
  };
  const agent = task.agent === null ? {} : { assigned_agent: task.agent };
  if (old === undefined) {
    const report = task.report === null ? {} : { report: task.report };
    return {
      id: task.id,
      ...names,
      status: task.status,
      created_at: now,
      updated_at: now,
      ...agent,
      ...report,
      sessions: [],
    };
  }
  const merged = { ...old, id: task.id, ...names, ...agent };
  return JSON.stringify(merged) === JSON.stringify(old) ? old : { ...merged, updated_at: now };
}

function hasSessions(task: TaskRecord | undefined): boolean {
  const sessions: unknown = task?.["sessions"];
  // What is there and no list is damaged, and may be all that is known of a run
  return sessions !== undefined && sessions !== null && (!Array.isArray(sessions) || sessions.length > 0);
}

/** The file with these tasks. Older files have no `sessions`: they get them with the first change. @param now ISO time */
export function touched(file: TasksFile, now: string, tasks: TaskRecord[]): TasksFile {
  return { ...file, last_updated: now, tasks: tasks.map(migrate) };
}

function migrate(task: TaskRecord): TaskRecord {
  return "sessions" in task ? task : { ...task, sessions: [] };
}
