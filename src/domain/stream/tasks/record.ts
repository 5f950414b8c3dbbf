/** `tasks.json`: the tasks of a workstream with the agents' sessions on them. Many versions of it exist that all say 1.0.0; they are told apart by what is there. */
import * as v from "valibot";
import { checkRecord, timeSchema, type SchemaIssue } from "../../schema.ts";
import { canonicalPartId, parentId } from "../id.ts";

export const TASK_STATUSES = ["pending", "in_progress", "completed", "blocked", "cancelled"] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const SESSION_STATUSES = ["running", "completed", "failed", "interrupted"] as const;

/** One run of a thread by an agent. */
export const sessionRecordSchema = v.object({
  /** The agent's own id of the conversation; null until it is known, never made up. */
  sessionId: v.nullable(v.string()),
  /** Our id of the run. */
  runId: v.optional(v.string()),
  agentName: v.string(),
  model: v.string(),
  startedAt: timeSchema,
  completedAt: v.optional(timeSchema),
  status: v.picklist(SESSION_STATUSES),
  exitCode: v.optional(v.number()),
});
export type SessionRecord = v.InferOutput<typeof sessionRecordSchema>;

/** What every version has; the rest is looked at key by key, so that one odd value does not hide a whole file. */
const taskSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1, "is empty")),
});

const tasksFileSchema = v.object({
  version: v.optional(v.union([v.string(), v.number()])),
  stream_id: v.optional(v.string()),
  last_updated: v.optional(v.string()),
  tasks: v.array(taskSchema),
});

export type TaskRecord = v.InferOutput<typeof taskSchema> & Record<string, unknown>;
export type TasksFile = Omit<v.InferOutput<typeof tasksFileSchema>, "tasks"> & { tasks: TaskRecord[] };

/** The schema of a whole file as we write it, for the reference. */
export const writtenTasksSchema = v.object({
  version: v.string(),
  stream_id: v.string(),
  last_updated: timeSchema,
  tasks: v.array(
    v.object({
      /** `01.02.03.04`: stage, batch, thread, task. */
      id: v.string(),
      name: v.string(),
      stage_name: v.string(),
      batch_name: v.string(),
      thread_name: v.string(),
      status: v.picklist(TASK_STATUSES),
      created_at: timeSchema,
      updated_at: timeSchema,
      /** Name of an agent in `work/agents.yaml`. */
      assigned_agent: v.optional(v.string()),
      /** Where the agent was when it stopped. */
      breadcrumb: v.optional(v.string()),
      /** What was done, in words. */
      report: v.optional(v.string()),
      github_issue: v.optional(v.unknown()),
      /** The runs of the thread, on its first task; empty on the others. */
      sessions: v.optional(v.array(sessionRecordSchema)),
      /** `sessionId` of the run that goes on now, as soon as it is known. */
      currentSessionId: v.optional(v.string()),
    }),
  ),
});

/** The file in parsed JSON, as it is: reading changes nothing. */
export function readTasksFile(raw: unknown): { ok: true; value: TasksFile } | { ok: false; issue: SchemaIssue } {
  return checkRecord(tasksFileSchema, raw);
}

/** A task as all versions agree on it. */
export interface Task {
  /** As it is printed, zero-padded. */
  id: string;
  thread: string;
  name: string;
  status: string;
  agent: string | null;
  report: string | null;
  breadcrumb: string | null;
  sessions: SessionRecord[];
  current_session_id: string | null;
  updated_at: string | null;
}

/** A record about an agent's session that cannot be understood; it is left alone. */
export interface DamagedSession {
  task: string;
  problem: string;
}

const NONE: DamagedSession[] = [];

/** What a task says, with the records that cannot be read set aside. */
export function viewTask(record: TaskRecord): { task: Task; damaged: DamagedSession[] } {
  const id = canonicalPartId(record.id);
  const { sessions, damaged } = readSessions(record);
  const task = {
    id,
    thread: parentId(id),
    name: textAt(record, "name") ?? "",
    status: textAt(record, "status") ?? "pending",
    agent: textAt(record, "assigned_agent"),
    report: textAt(record, "report"),
    breadcrumb: textAt(record, "breadcrumb"),
    sessions,
    current_session_id: textAt(record, "currentSessionId"),
    updated_at: textAt(record, "updated_at"),
  };
  return { task, damaged: damaged.length === 0 ? NONE : damaged.map((problem) => ({ task: id, problem })) };
}

function readSessions(record: TaskRecord): { sessions: SessionRecord[]; damaged: string[] } {
  const raw: unknown = record["sessions"];
  if (raw === undefined || raw === null || (Array.isArray(raw) && raw.length === 0))
    return { sessions: [], damaged: [] };
  if (!Array.isArray(raw)) return { sessions: [], damaged: ["sessions is not a list"] };
  const sessions: SessionRecord[] = [];
  const damaged: string[] = [];
  for (const [index, each] of raw.entries()) {
    const read = checkRecord(sessionRecordSchema, each);
    if (read.ok) sessions.push(read.value);
    else
      damaged.push(`sessions[${index}]${read.issue.path === "" ? "" : `.${read.issue.path}`}: ${read.issue.message}`);
  }
  return { sessions, damaged };
}

function textAt(record: TaskRecord, key: string): string | null {
  const value = record[key];
  return typeof value === "string" && value !== "" ? value : null;
}

/** Whether a status is one of those that tasks have. */
export function isTaskStatus(text: string): text is TaskStatus {
  return (TASK_STATUSES as readonly string[]).includes(text);
}
