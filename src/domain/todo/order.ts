/** The order in which todos are shown and taken, and what is ready to be taken. */
import { compareTimes } from "../time.ts";
import { dependencyIds, isResolved, type Todo, type TodoType } from "../todo.ts";

export type TodoMap = ReadonlyMap<string, Todo>;

const TYPE_RANK: Record<TodoType, number> = { bug: 0, task: 1, feature: 2 };

/** Most urgent first: priority, then bug before task before feature, then the oldest, then the id, so that no two are equal. */
export function compareTodos(a: Todo, b: Todo): number {
  return (
    a.priority - b.priority ||
    TYPE_RANK[a.type] - TYPE_RANK[b.type] ||
    compareTimes(a.created_at, b.created_at) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

/** Ids of the dependencies that hold a todo up; one that is at its end waits for nothing. A dependency that cannot be found (lost, or its file is damaged) holds it up too: unknown is not done. */
export function listBlockers(todos: TodoMap, todo: Todo): string[] {
  if (isResolved(todo)) return [];
  return dependencyIds(todo).filter((id) => {
    const dependency = todos.get(id);
    return dependency === undefined || !isResolved(dependency);
  });
}

/** Open todos that wait for nothing, most urgent first. */
export function listReady(todos: TodoMap): Todo[] {
  return [...todos.values()]
    .filter((todo) => todo.status === "open" && listBlockers(todos, todo).length === 0)
    .toSorted(compareTodos);
}

/** Todos that depend on this one, most urgent first. */
export function listDependents(todos: TodoMap, id: string): Todo[] {
  return [...todos.values()].filter((todo) => dependencyIds(todo).includes(id)).toSorted(compareTodos);
}
