import { updateTodos } from "../../../usecases/todo/update.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { update } from "../todo.ts";
import { renderTodos, todosAnswer, type TodosAnswer } from "./answers.ts";
import { given, priorityFlag, textOrStdin } from "./input.ts";

export const answer = todosAnswer;
export const render = renderTodos;

export async function run(ctx: Context, { args, flags }: Input<typeof update>): Promise<TodosAnswer> {
  const { title, type, status, force } = flags;
  const description = await textOrStdin(ctx, flags.description);
  const changes = given({ title, description, type, status, priority: priorityFlag(flags.priority) });
  return { todos: await updateTodos(await settledApp(ctx), { todos: args.ids, changes, force }) };
}
