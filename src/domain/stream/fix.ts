/** What can be done about a thread that did not come to its end: told from its state alone. */
import type { ThreadState } from "./thread-state.ts";

/** `incomplete`: its last run ended well, and tasks are left all the same. */
export const FIX_STATUSES = [
  "completed",
  "running",
  "failed",
  "interrupted",
  "incomplete",
  "pending",
  "cancelled",
] as const;
export type FixStatus = (typeof FIX_STATUSES)[number];

export const FIX_ACTIONS = ["resume", "retry", "agent"] as const;
/** Go on in the same conversation; begin again with the same agent; begin again with another one. */
export type FixAction = (typeof FIX_ACTIONS)[number];

export interface Fixable {
  status: FixStatus;
  /** What can be done, the best first. */
  actions: FixAction[];
  /** Why nothing, or not everything, can be done. */
  note: string | null;
}

/** Finished threads are never run again; those that never ran are not broken. */
export function fixesOf({
  status,
  sessions,
  last,
  running,
}: Pick<ThreadState, "status" | "sessions" | "last" | "running">): Fixable {
  if (status === "completed")
    return { status: "completed", actions: [], note: "it is completed, and does not run again" };
  if (status === "cancelled") return { status: "cancelled", actions: [], note: "it is cancelled" };
  if (running !== null) return { status: "running", actions: [], note: "it runs now" };
  if (sessions.length === 0 || last === null)
    return { status: "pending", actions: [], note: "it has not been started yet" };
  const broken = last.status === "failed" || last.status === "interrupted" ? last.status : "incomplete";
  if (last.sessionId !== null) return { status: broken, actions: ["resume", "retry", "agent"], note: null };
  return {
    status: broken,
    actions: ["retry", "agent"],
    note: "its conversation was not captured, so it cannot be resumed",
  };
}

/** Whether it stands in the way of the rest. */
export function needsFix({ status }: Fixable): boolean {
  return status === "failed" || status === "interrupted" || status === "incomplete";
}
