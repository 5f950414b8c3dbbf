import { editTodo } from "../../../usecases/todo/edit.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { editorDrafts } from "../../editor.ts";
import { settledApp } from "../../settled-app.ts";
import type { edit } from "../todo.ts";
import { renderTodo, todoAnswer, type TodoAnswer } from "./answers.ts";

export const answer = todoAnswer;
export const render = renderTodo;

export async function run(ctx: Context, { args, flags }: Input<typeof edit>): Promise<TodoAnswer> {
  const drafts = editorDrafts(ctx, "incr todo update --title … --description …");
  const { draft, force } = flags;
  return { todo: await editTodo(await settledApp(ctx), drafts, { todo: args.id, draft, force }) };
}
