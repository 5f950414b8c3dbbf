/** How a thread stands, told from its tasks and the sessions on them. */
import type { SessionRecord, Task } from "./tasks/record.ts";

export const THREAD_STATUSES = [
  "pending",
  "in_progress",
  "completed",
  "blocked",
  "cancelled",
  "failed",
  "interrupted",
] as const;
export type ThreadStatus = (typeof THREAD_STATUSES)[number];

export interface ThreadState {
  status: ThreadStatus;
  tasks: { total: number; completed: number };
  /** Its runs, in the order of their starts. */
  sessions: SessionRecord[];
  last: SessionRecord | null;
  /** The run that goes on now. */
  running: SessionRecord | null;
  /** Whether an agent can go on in the last conversation. */
  resumable: boolean;
  agent: string | null;
}

/** @param tasks those of one thread */
export function threadState(tasks: readonly Task[]): ThreadState {
  const sessions = tasks
    .flatMap((task) => task.sessions)
    .toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const last = sessions.at(-1) ?? null;
  const running = sessions.findLast(({ status }) => status === "running") ?? null;
  const live = tasks.filter(({ status }) => status !== "cancelled");
  const completed = live.filter(({ status }) => status === "completed").length;
  const done = live.length > 0 && completed === live.length;
  const broken = last?.status === "failed" || last?.status === "interrupted";
  return {
    status: statusOf(tasks, live, done, broken ? last.status : null),
    tasks: { total: live.length, completed },
    sessions,
    last,
    running,
    resumable: broken && !done && last.sessionId !== null,
    agent: last?.agentName ?? tasks.find((task) => task.agent !== null)?.agent ?? null,
  };
}

function statusOf(
  tasks: readonly Task[],
  live: readonly Task[],
  done: boolean,
  broken: SessionRecord["status"] | null,
): ThreadStatus {
  if (done) return "completed";
  if (tasks.length > 0 && live.length === 0) return "cancelled";
  if (broken === "failed" || broken === "interrupted") return broken;
  if (live.some(({ status }) => status === "blocked")) return "blocked";
  if (live.some(({ status }) => status === "in_progress" || status === "completed")) return "in_progress";
  return "pending";
}
