/** Finding the todos that somebody means. */
import { IncrError } from "../../domain/error.ts";
import { requireByPrefix } from "../../domain/id.ts";
import type { Todo } from "../../domain/todo.ts";
import type { TodoSnapshot } from "../../ports/todos.ts";
import { requireRepository, type App } from "../app.ts";

export interface Picked {
  /** Each once, in the order in which they were named. */
  todos: Todo[];
  /** Holds at least these, and under `withDependencies` all that they depend on. */
  snapshot: TodoSnapshot;
}

/**
 * @param wanted ids or prefixes of ids
 * @throws IncrError `not_found`, `ambiguous`, `corrupt` (the file of one of them)
 */
export async function pickTodos(
  app: App,
  wanted: readonly string[],
  options: { withDependencies?: boolean } = {},
): Promise<Picked> {
  const { todos } = requireRepository(app);
  const snapshot = await todos.load({ prefixes: wanted, ...options });
  const ids = new Set(wanted.map((text) => requireId(snapshot, text)));
  const found: Todo[] = [];
  for (const id of ids) {
    const todo = snapshot.todos.get(id) ?? (await todos.find(id));
    if (todo === undefined) throw goneError(id);
    found.push(todo);
  }
  return { todos: found, snapshot };
}

/** One todo. @throws as `pickTodos` */
export async function pickTodo(app: App, wanted: string): Promise<Todo> {
  const { todos } = await pickTodos(app, [wanted]);
  return todos[0] as Todo;
}

/** The full id that a prefix stands for. @throws IncrError `not_found`, `ambiguous` */
export function requireId(snapshot: TodoSnapshot, wanted: string): string {
  return requireByPrefix(
    snapshot.ids.map((id) => [id, id] as const),
    wanted,
    "todo",
  );
}

/** The todo of a full id that was there before. @throws IncrError `not_found` */
export function requireStill(todos: ReadonlyMap<string, Todo>, id: string): Todo {
  const todo = todos.get(id);
  if (todo === undefined) throw goneError(id);
  return todo;
}

function goneError(id: string): IncrError {
  return new IncrError("not_found", `todo ${id} is gone`, { hint: "incr todo list --all" });
}
