/** What can be done about a thread that did not come to its end: told from its state alone. */
import type { ThreadState } from "./thread-state.ts";

/** `incomplete`: its last run ended well, and tasks are left all the same. `blocked`: it has never run, and is not to be run yet. */
export const FIX_STATUSES = [
  "completed",
  "running",
  "failed",
  "interrupted",
  "incomplete",
  "pending",
  "blocked",
  "cancelled",
] as const;
export type FixStatus = (typeof FIX_STATUSES)[number];

/** `resume`: go on in the same conversation. `retry`: begin again, with the same agent. `agent`: begin again with another one. */
export const FIX_ACTIONS = ["resume", "retry", "agent"] as const;
export type FixAction = (typeof FIX_ACTIONS)[number];

export interface Fixable {
  status: FixStatus;
  /** What can be done, the best first. */
  actions: FixAction[];
  /** Why nothing, or not everything, can be done. */
  note: string | null;
}

/** What is known of the last run beside its record in `tasks.json`. */
export interface LastRun {
  /** Whether it is one of ours: those of other programs are known by their records alone. */
  known: boolean;
  /** Whether it goes on now. A record that says so may be all that is left of a run that died elsewhere. */
  active: boolean;
  /** The agent does not know the conversation any more. */
  stale: boolean;
}

/** Finished threads are never run again; those that never ran are not broken. What is known of the last run is by default what the records say. */
export function fixesOf(
  { status, last, running }: Pick<ThreadState, "status" | "last" | "running">,
  { known, active, stale }: LastRun = { known: true, active: running !== null, stale: false },
): Fixable {
  const none = (to: FixStatus, note: string): Fixable => ({ status: to, actions: [], note });
  if (active) return none("running", "it runs now");
  if (status === "completed") return none("completed", "it is completed, and does not run again");
  if (status === "cancelled") return none("cancelled", "it is cancelled");
  if (last === null && status === "blocked") return none("blocked", "it is blocked, and has not been started yet");
  if (last === null) return none("pending", "it has not been started yet");
  const broken = last.status === "completed" ? "incomplete" : last.status === "failed" ? "failed" : "interrupted";
  const obstacle = !known
    ? "it was run by another program, whose conversation cannot be resumed"
    : last.sessionId === null
      ? "its conversation was not captured, so it cannot be resumed"
      : stale
        ? "its agent does not know the conversation any more, so it cannot be resumed"
        : null;
  const begin: FixAction[] = ["retry", "agent"];
  return { status: broken, actions: obstacle === null ? ["resume", ...begin] : begin, note: obstacle };
}

/** Whether it stands in the way of the rest. */
export function needsFix({ status }: Pick<Fixable, "status">): boolean {
  return status === "failed" || status === "interrupted" || status === "incomplete";
}
