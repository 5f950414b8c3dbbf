/** What is wrong with a tasks.json: ids, threads, statuses, and the records of sessions. */
import { parsePartId } from "../id.ts";
import type { Plan } from "../plan/plan.ts";
import { listThreads } from "./outline.ts";
import { isTaskStatus, TASK_STATUSES, viewTask, type TasksFile } from "./record.ts";

export interface TaskProblem {
  severity: "error" | "warning";
  code: string;
  /** Id of the task. */
  task: string;
  message: string;
}

/** @param plan null where it cannot be read: then the threads are not compared */
export function checkTasks(file: TasksFile, plan: Plan | null): TaskProblem[] {
  const found: TaskProblem[] = [];
  const seen = new Set<string>();
  const threads = plan === null ? null : new Set(listThreads(plan).map(({ id }) => id));
  for (const record of file.tasks) {
    const { task, damaged } = viewTask(record);
    const say = (severity: TaskProblem["severity"], code: string, message: string) =>
      found.push({ severity, code, task: task.id, message });
    if (parsePartId(task.id)?.length !== 4)
      say("error", "bad_id", `"${task.id}" is not the id of a task such as 01.02.03.04`);
    else if (threads !== null && !threads.has(task.thread))
      say("error", "unknown_thread", `the plan has no thread ${task.thread}`);
    if (seen.has(task.id)) say("error", "duplicate_number", `task ${task.id} stands there twice`);
    seen.add(task.id);
    if (task.name === "") say("warning", "missing_name", "it has no name");
    if (!isTaskStatus(task.status))
      say("error", "bad_status", `"${task.status}" is none of ${TASK_STATUSES.join(", ")}`);
    for (const { problem } of damaged) say("error", "damaged_session", problem);
    const current = task.current_session_id;
    const session = task.sessions.find(({ sessionId }) => sessionId !== null && sessionId === current);
    if (current !== null && session === undefined)
      say("error", "unknown_session", `currentSessionId is ${current}, and no session has that id`);
    if (session !== undefined && session.status !== "running")
      say("warning", "ended_session", `currentSessionId is ${current}, and that session is ${session.status}`);
    for (const { status, completedAt, startedAt } of task.sessions) {
      if (status === "running" && completedAt !== undefined)
        say("warning", "ended_session", `the session of ${startedAt} is running, and has an end`);
      if (status !== "running" && completedAt === undefined)
        say("warning", "endless_session", `the session of ${startedAt} is ${status}, and has no end`);
    }
  }
  return found;
}
