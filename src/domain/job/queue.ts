/** What `incr job do-all` takes next: the ready list, as it is at that moment. */
import type { Todo, TodoType } from "../todo.ts";
import { listBlockers, listReady, type TodoMap } from "../todo/order.ts";

/** Which todos are wanted. */
export interface Wish {
  /** This priority or more urgent. */
  priority?: number | undefined;
  /** Without any: all. */
  types: readonly TodoType[];
}

/** The next todos to begin with, most urgent first, at most `room`. @param tried ids of those that were begun already: nothing is tried twice */
export function chooseNext(todos: TodoMap, wish: Wish, tried: ReadonlySet<string>, room: number): Todo[] {
  return listReady(todos)
    .filter((todo) => isWanted(todo, wish) && !tried.has(todo.id))
    .slice(0, Math.max(0, room));
}

/** Todos that were wanted and wait for others that are not done, with the ids of these. */
export function listWaiting(
  todos: TodoMap,
  wish: Wish,
  tried: ReadonlySet<string>,
): { id: string; waits_for: string[] }[] {
  return [...todos.values()]
    .filter((todo) => todo.status === "open" && isWanted(todo, wish) && !tried.has(todo.id))
    .map((todo) => ({ id: todo.id, waits_for: listBlockers(todos, todo) }))
    .filter(({ waits_for }) => waits_for.length > 0);
}

function isWanted(todo: Todo, { priority, types }: Wish): boolean {
  const isUrgent = priority === undefined || todo.priority <= priority;
  return isUrgent && (types.length === 0 || types.includes(todo.type));
}
