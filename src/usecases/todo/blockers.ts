import type { Todo } from "../../domain/todo.ts";
import { listBlockers, type TodoMap } from "../../domain/todo/order.ts";
import type { App } from "../app.ts";

/** Says which dependencies of a todo that is being started are still to be done. @param todos at least what it depends on; the todo as it was before */
export function tellBlockers(app: App, todo: Todo, todos: TodoMap): void {
  const blockers = listBlockers(todos, todo);
  if (blockers.length === 0) return;
  app.notify({
    code: "blocked",
    message: `todo ${todo.id} depends on ${blockers.join(", ")}, still to be done`,
    data: { todo_id: todo.id, blocked_by: blockers },
  });
}
