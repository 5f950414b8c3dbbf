import { IncrError } from "../../domain/error.ts";
import type { Todo } from "../../domain/todo.ts";
import { updateTodo, type TodoChanges } from "../../domain/todo/update.ts";
import type { App } from "../app.ts";
import { changeTodos } from "./change.ts";
import { pickTodos } from "./pick.ts";

export interface UpdateRequest {
  /** Ids or prefixes. */
  todos: readonly string[];
  changes: TodoChanges;
  force: boolean;
}

/** Sets fields of one or more todos. A new status needs todos that nobody works on. @throws IncrError `usage` if there is nothing to set; as `changeTodos` */
export async function updateTodos(app: App, { todos: wanted, changes, force }: UpdateRequest): Promise<Todo[]> {
  if (Object.keys(changes).length === 0) {
    throw new IncrError("usage", "nothing to change was given", { hint: `incr todo edit ${wanted[0] ?? "<id>"}` });
  }
  const { todos } = await pickTodos(app, wanted);
  const request = { todos, verb: "update", onlyIfFree: changes.status !== undefined, force };
  return await changeTodos(app, request, (todo, now) => updateTodo(todo, changes, now));
}
