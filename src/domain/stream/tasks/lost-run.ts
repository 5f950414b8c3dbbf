/** Ending, in `tasks.json`, a run of which nobody will ever tell the end. */
import { touched } from "./change.ts";
import type { SessionRecord, TaskRecord, TasksFile } from "./record.ts";
import { sessionsOf } from "./run.ts";

/** The file with this run interrupted, unless it has ended by now; tasks that were in progress are pending again. @param now ISO time */
export function endLostRuns(file: TasksFile, lost: Pick<SessionRecord, "runId" | "startedAt">, now: string): TasksFile {
  const isLost = (one: SessionRecord) =>
    one.status === "running" && one.runId === lost.runId && one.startedAt === lost.startedAt;
  const holder = file.tasks.find((task) => sessionsOf(task).some(isLost));
  if (holder === undefined) return file;
  const thread = holder.id.slice(0, holder.id.lastIndexOf("."));
  const others = file.tasks
    .filter((task) => task.id.startsWith(`${thread}.`))
    .flatMap(sessionsOf)
    .filter((one) => one.status === "running" && !isLost(one));
  const tasks = file.tasks.map((task) => {
    if (!task.id.startsWith(`${thread}.`)) return task;
    const ended = task === holder ? endIn(task, isLost, now) : task;
    if (others.length > 0 || ended["status"] !== "in_progress") return ended;
    return { ...ended, status: "pending", updated_at: now };
  });
  return touched(file, now, tasks);
}

function endIn(task: TaskRecord, isLost: (one: SessionRecord) => boolean, now: string): TaskRecord {
  const lost = sessionsOf(task).filter(isLost);
  const sessions = (task["sessions"] as unknown[]).map((one) =>
    lost.includes(one as SessionRecord) ? { ...(one as SessionRecord), status: "interrupted", completedAt: now } : one,
  );
  const ended: TaskRecord = { ...task, sessions, updated_at: now };
  if (lost.some(({ sessionId }) => sessionId === task["currentSessionId"])) delete ended["currentSessionId"];
  return ended;
}
