import { listReadyTodos, type TodoList } from "../../../usecases/todo/list.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { ready } from "../todo.ts";
import { renderTodoTable } from "./list.ts";

export { answer } from "./list.ts";

export async function run(ctx: Context, { flags }: Input<typeof ready>): Promise<TodoList> {
  return await listReadyTodos(await settledApp(ctx), { limit: flags.limit });
}

export function render({ todos }: TodoList, ctx: Context): string {
  if (todos.length === 0) return "nothing is ready; `incr todo list` shows what waits, and for what";
  return renderTodoTable(todos, ctx);
}
