import { compareTimes } from "../time.ts";
import type { Todo } from "../todo.ts";

/** The `updated_at` of a change at `now` (ISO time): clocks of several machines differ, and a record's last change never moves back. */
export function touched(todo: Todo, now: string): { updated_at: string } {
  return { updated_at: compareTimes(todo.updated_at, now) > 0 ? todo.updated_at : now };
}
