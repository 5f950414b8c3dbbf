import { removeDependencies } from "../../../usecases/todo/dependencies.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { depRemove } from "../todo.ts";
import { renderDependencies, todoAnswer, type TodoAnswer } from "./answers.ts";

export const answer = todoAnswer;
export const render = renderDependencies;

export async function run(ctx: Context, { args }: Input<typeof depRemove>): Promise<TodoAnswer> {
  return { todo: await removeDependencies(await settledApp(ctx), { todo: args.id, dependsOn: args.dependsOn }) };
}
