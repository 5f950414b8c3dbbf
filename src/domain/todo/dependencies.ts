/** What waits for what. Cycles are refused when they are made; they can still come in by a merge, so nothing here relies on their absence. */
import { IncrError } from "../error.ts";
import { dependencyIds, type Todo } from "../todo.ts";
import { findDependencyPath } from "./graph.ts";
import type { TodoMap } from "./order.ts";
import { requirePresent } from "./status.ts";
import { touched } from "./touch.ts";

/**
 * Lets a todo wait for another one. The same dependency again returns the very same record.
 * @param todos at least the two and everything that `dependsOnId` depends on. @param now ISO time
 * @throws IncrError `not_found`, `rule` (one of the two is deleted), `cycle` with the path that it would close
 */
export function addDependency(todos: TodoMap, todo: Todo, dependsOnId: string, now: string): Todo {
  requirePresent(todo);
  if (dependencyIds(todo).includes(dependsOnId)) return todo;
  const target = dependsOnId === todo.id ? todo : todos.get(dependsOnId);
  if (target === undefined) {
    throw new IncrError("not_found", `there is no todo ${dependsOnId}`, { hint: "incr todo list --all" });
  }
  if (target.status === "tombstone") {
    throw new IncrError("rule", `todo ${todo.id} cannot depend on ${target.id}, which was deleted`, {
      hint: `incr todo reopen ${target.id}`,
      data: { todo_id: todo.id, depends_on_id: target.id },
    });
  }
  const back = findDependencyPath(todos, dependsOnId, todo.id);
  if (back !== null) throw cycleError([todo.id, ...back]);
  const dependency = { todo_id: todo.id, depends_on_id: dependsOnId, created_at: now };
  return { ...todo, ...touched(todo, now), dependencies: [...(todo.dependencies ?? []), dependency] };
}

/** @param now ISO time. @throws IncrError `not_found` if it does not depend on it */
export function removeDependency(todo: Todo, dependsOnId: string, now: string): Todo {
  const dependencies = todo.dependencies ?? [];
  const kept = dependencies.filter((dependency) => dependency.depends_on_id !== dependsOnId);
  if (kept.length === dependencies.length) {
    throw new IncrError("not_found", `todo ${todo.id} does not depend on ${dependsOnId}`, {
      hint: `incr todo dep tree ${todo.id}`,
      data: { todo_id: todo.id, depends_on_id: dependsOnId },
    });
  }
  const { dependencies: before, ...rest } = todo;
  void before;
  return { ...rest, ...touched(todo, now), ...(kept.length === 0 ? {} : { dependencies: kept }) };
}

/** @param path from the todo back to itself */
function cycleError(path: string[]): IncrError {
  const [todo, target] = path as [string, string];
  const message =
    path.length === 2
      ? `todo ${todo} cannot depend on itself`
      : `todo ${todo} cannot depend on ${target}, which waits for it: ${path.join(" → ")}`;
  return new IncrError("cycle", message, {
    hint: path.length === 2 ? "name another todo" : `incr todo dep tree ${target}`,
    data: { todo_id: todo, depends_on_id: target, path },
  });
}
