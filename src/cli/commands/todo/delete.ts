import { deleteTodos } from "../../../usecases/todo/status.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { remove } from "../todo.ts";
import { renderTodos, todosAnswer, type TodosAnswer } from "./answers.ts";

export const answer = todosAnswer;
export const render = renderTodos;

export async function run(ctx: Context, { args, flags }: Input<typeof remove>): Promise<TodosAnswer> {
  const { force, reason } = flags;
  return { todos: await deleteTodos(await settledApp(ctx), { todos: args.ids, force, reason }) };
}
