import { finishTodos } from "../../../usecases/todo/status.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { finish } from "../todo.ts";
import { renderTodos, todosAnswer, type TodosAnswer } from "./answers.ts";

export const answer = todosAnswer;
export const render = renderTodos;

export async function run(ctx: Context, { args, flags }: Input<typeof finish>): Promise<TodosAnswer> {
  return { todos: await finishTodos(await settledApp(ctx), { todos: args.ids, force: flags.force }) };
}
