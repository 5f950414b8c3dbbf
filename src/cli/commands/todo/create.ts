import { IncrError } from "../../../domain/error.ts";
import { createTodo } from "../../../usecases/todo/create.ts";
import { createTodoInEditor } from "../../../usecases/todo/edit.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import { settledApp } from "../../settled-app.ts";
import type { create } from "../todo.ts";
import { todoAnswer, type TodoAnswer } from "./answers.ts";
import { given, priorityFlag, textOrStdin } from "./input.ts";

export const answer = todoAnswer;

export async function run(ctx: Context, { args, flags }: Input<typeof create>): Promise<TodoAnswer> {
  const { type, proposed, dependsOn, draft } = flags;
  const description = await textOrStdin(ctx, flags.description);
  const request = { ...given({ description, type, priority: priorityFlag(flags.priority) }), proposed, dependsOn };
  const app = await settledApp(ctx);
  const { title } = args;
  let todo;
  if (flags.edit || draft !== undefined) {
    const { editorDrafts } = await import("../../editor.ts");
    todo = await createTodoInEditor(app, editorDrafts(ctx, "<title> and --description"), { ...request, title, draft });
  } else if (title === undefined) {
    throw new IncrError("usage", "missing <title>", {
      hint: "incr todo create '<title>', or --edit to write it in $EDITOR",
    });
  } else {
    todo = await createTodo(app, { ...request, title });
  }
  ctx.notify({ code: "todo_created", message: `created ${todo.id}: ${todo.title}`, data: { todo_id: todo.id } });
  return { todo };
}

export function render({ todo }: TodoAnswer): RawText {
  return raw(`${todo.id}\n`);
}
