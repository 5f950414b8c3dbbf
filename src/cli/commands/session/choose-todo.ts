import { IncrError } from "../../../domain/error.ts";
import type { App } from "../../../usecases/app.ts";
import { listReadyTodos } from "../../../usecases/todo/list.ts";
import type { Context } from "../../context.ts";

/** What to work on: the id or the title that was given; on a terminal, one of the ready todos. @throws IncrError `usage`, `needs_answer` */
export async function chooseTodo(
  ctx: Context,
  app: App,
  id: string | undefined,
  title: string | undefined,
): Promise<{ todo: string } | { title: string }> {
  if (id !== undefined && title !== undefined) {
    throw new IncrError("usage", "give the id of a todo or --title, not both", { hint: "leave one of them out" });
  }
  if (title !== undefined) return { title };
  if (id !== undefined) return { todo: id };
  if (!ctx.interactive) {
    throw new IncrError("needs_answer", "say which todo: give its id, or --title for a new one", {
      hint: "incr todo ready",
    });
  }
  const { todos } = await listReadyTodos(app, { limit: 20 });
  if (todos.length === 0) {
    throw new IncrError("not_found", "no todo is ready", { hint: "incr todo create '<title>'" });
  }
  const { select } = await import("../../prompt.ts");
  const options = todos.map((todo) => ({ value: todo.id, label: `${todo.id}  ${todo.title}` }));
  return { todo: await select(ctx, { message: "What to work on?", flag: "the id of a todo", options }) };
}
