/** The verbs that change the status of todos. Several at once change together or not at all. */
import type { Todo } from "../../domain/todo.ts";
import { parseReason } from "../../domain/todo/input.ts";
import { closeTodo, deleteTodo, finishTodo, reopenTodo, startTodo } from "../../domain/todo/status.ts";
import type { App } from "../app.ts";
import { tellBlockers } from "./blockers.ts";
import { changeTodos } from "./change.ts";
import { pickTodos } from "./pick.ts";

export interface StatusRequest {
  /** Ids or prefixes. */
  todos: readonly string[];
  /** Change them even if somebody works on one of them. */
  force: boolean;
}

/** Says which dependencies are still to be done, and starts all the same: the person may know better. @throws IncrError as `changeTodos` */
export async function startTodos(app: App, request: StatusRequest): Promise<Todo[]> {
  const { todos, snapshot } = await pickTodos(app, request.todos, { withDependencies: true });
  const started = await changeStatus(app, request, todos, "start", startTodo);
  for (const { id } of todos) tellBlockers(app, snapshot.todos.get(id) as Todo, snapshot.todos);
  return started;
}

/** @throws IncrError as `changeTodos` */
export async function finishTodos(app: App, request: StatusRequest): Promise<Todo[]> {
  const { todos } = await pickTodos(app, request.todos);
  return await changeStatus(app, request, todos, "finish", finishTodo);
}

/** @throws IncrError as `changeTodos` */
export async function closeTodos(app: App, request: StatusRequest): Promise<Todo[]> {
  const { todos } = await pickTodos(app, request.todos);
  return await changeStatus(app, request, todos, "close", closeTodo);
}

/** @throws IncrError as `changeTodos` */
export async function reopenTodos(app: App, request: StatusRequest): Promise<Todo[]> {
  const { todos } = await pickTodos(app, request.todos);
  return await changeStatus(app, request, todos, "reopen", reopenTodo);
}

/** @throws IncrError as `changeTodos` */
export async function deleteTodos(app: App, request: StatusRequest & { reason?: string | undefined }): Promise<Todo[]> {
  const { todos } = await pickTodos(app, request.todos);
  const reason = parseReason(request.reason ?? "");
  return await changeStatus(app, request, todos, "delete", (todo, now) => deleteTodo(todo, { reason }, now));
}

async function changeStatus(
  app: App,
  { force }: StatusRequest,
  todos: readonly Todo[],
  verb: string,
  apply: (todo: Todo, now: string) => Todo,
): Promise<Todo[]> {
  return await changeTodos(app, { todos, verb, onlyIfFree: true, force }, apply);
}
