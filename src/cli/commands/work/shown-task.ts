import type { Task } from "../../../domain/stream/tasks/record.ts";

/** A task as the answers have it. */
export function shownTask({ currentSessionId, updatedAt, ...task }: Task) {
  return { ...task, current_session_id: currentSessionId, updated_at: updatedAt };
}
