/** Writing a run of a thread into `tasks.json`: one record for each run, on the thread's first task, and what the run means for the tasks. */
import { checkRecord } from "../../schema.ts";
import { canonicalPartId, isWithin } from "../id.ts";
import type { ThreadRun } from "../run.ts";
import { touched } from "./change.ts";
import { sessionRecordSchema, type SessionRecord, type TaskRecord, type TasksFile } from "./record.ts";

/**
 * The file with this run as it stands now, whether the file knew of it or not; the same file if that changes nothing. Tasks that are pending go on with the run;
 * at its end they are completed or pending again. Records that cannot be read stay where they are. @param now ISO time
 */
export function recordRun(file: TasksFile, run: ThreadRun, now: string): TasksFile {
  const own = file.tasks.filter((task) => isWithin(canonicalPartId(task.id), run.thread));
  const known = own.flatMap(sessionsOf).find((record) => record.runId === run.runId);
  const [first] = own;
  // What has ended is told once: whatever the tasks say since then was said by somebody who knew.
  if (first === undefined || (known !== undefined && known.status !== "running")) return file;
  const isLast = !own.flatMap(sessionsOf).some((one) => Date.parse(one.startedAt) > Date.parse(run.startedAt));
  const done = own.every(({ status }) => status === "completed" || status === "cancelled");
  const record = recordOf(run, done);
  const tasks = file.tasks.map((task) => {
    if (!own.includes(task)) return task;
    const holds = known === undefined ? task === first : sessionsOf(task).includes(known);
    const kept = holds ? withRecord(task, known, record, isLast) : task;
    const ended = isLast && known === undefined ? endOthers(kept, record, now) : kept;
    const before = typeof task["status"] === "string" ? task["status"] : "pending";
    const status = isLast ? statusAfter(before, known === undefined, record) : undefined;
    if (status === undefined || status === before) {
      return sameJson(ended, task) ? task : { ...ended, updated_at: now };
    }
    return { ...ended, status, updated_at: now };
  });
  return tasks.every((task, index) => task === file.tasks[index]) ? file : touched(file, now, tasks);
}

function recordOf(run: ThreadRun, done: boolean): SessionRecord {
  const { sessionId, runId, agentName, model, startedAt, end, interactive } = run;
  const about = { sessionId, runId, agentName, model, startedAt };
  if (end === null) return { ...about, status: "running" };
  // A person's exit says nothing of the work: only marked tasks do.
  const status = end.status === "completed" && interactive && !done ? "interrupted" : end.status;
  return {
    ...about,
    completedAt: end.at,
    status,
    ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
  };
}

/** What a task becomes by the beginning of a run, and by its end. */
function statusAfter(status: string, isNew: boolean, record: SessionRecord): string | undefined {
  if (record.status === "running") return isNew && status === "pending" ? "in_progress" : undefined;
  if (record.status === "completed") return /^(?:pending|in_progress)$/.test(status) ? "completed" : undefined;
  return status === "in_progress" ? "pending" : undefined;
}

function withRecord(
  task: TaskRecord,
  known: SessionRecord | undefined,
  record: SessionRecord,
  isLast: boolean,
): TaskRecord {
  const raw: unknown = task["sessions"];
  // What should be a list and is none may be all that is known of a run.
  const list: unknown[] = Array.isArray(raw) ? raw : raw === undefined || raw === null ? [] : [raw];
  const sessions =
    known === undefined ? [...list, record] : list.map((one) => (one === known ? { ...known, ...record } : one));
  const changed: TaskRecord = { ...task, sessions };
  if (!isLast) return changed;
  if (record.status === "running" && record.sessionId !== null) changed["currentSessionId"] = record.sessionId;
  else delete changed["currentSessionId"];
  return changed;
}

/** A thread has one run at a time: one that still says that it runs is told to have ended by what came after it. */
function endOthers(task: TaskRecord, record: SessionRecord, now: string): TaskRecord {
  const left = sessionsOf(task).filter((one) => one.status === "running" && one.runId !== record.runId);
  if (left.length === 0) return task;
  const sessions = (task["sessions"] as unknown[]).map((one) =>
    left.includes(one as SessionRecord)
      ? { ...(one as SessionRecord), status: "interrupted", completedAt: (one as SessionRecord).completedAt ?? now }
      : one,
  );
  return { ...task, sessions };
}

/** The records of a task that can be read. */
export function sessionsOf(task: TaskRecord): SessionRecord[] {
  const raw: unknown = task["sessions"];
  if (!Array.isArray(raw)) return [];
  return raw.filter((one): one is SessionRecord => checkRecord(sessionRecordSchema, one).ok);
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
