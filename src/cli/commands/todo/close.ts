import { closeTodos } from "../../../usecases/todo/status.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { close } from "../todo.ts";
import { renderTodos, todosAnswer, type TodosAnswer } from "./answers.ts";

export const answer = todosAnswer;
export const render = renderTodos;

export async function run(ctx: Context, { args, flags }: Input<typeof close>): Promise<TodosAnswer> {
  return { todos: await closeTodos(await settledApp(ctx), { todos: args.ids, force: flags.force }) };
}
