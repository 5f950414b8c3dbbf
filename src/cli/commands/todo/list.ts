import * as v from "valibot";
import { todoSchema } from "../../../domain/todo.ts";
import { listTodos, type ListedTodo, type TodoList } from "../../../usecases/todo/list.ts";
import { formatAge } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { paintId } from "../../id-prefix.ts";
import { settledApp } from "../../settled-app.ts";
import { renderTable, type Column } from "../../table.ts";
import type { list } from "../todo.ts";
import { paintStatus } from "./answers.ts";
import { priorityFlag } from "./input.ts";

export const answer: v.GenericSchema<TodoList> = v.object({
  todos: v.array(
    v.intersect([
      todoSchema,
      v.object({
        /** The shortest beginning of the id that no other todo's id has. */
        short_id: v.string(),
        /** Ids of the dependencies that are still to be done. */
        blocked_by: v.array(v.string()),
      }),
    ]),
  ),
});

export async function run(ctx: Context, { flags }: Input<typeof list>): Promise<TodoList> {
  const { status: statuses, type: types, all } = flags;
  const priority = priorityFlag(flags.priority);
  return await listTodos(await settledApp(ctx), { statuses, types, priority, all });
}

export function render({ todos }: TodoList, ctx: Context): string {
  if (todos.length === 0) return "no todos; `incr todo create '<title>'` makes one";
  return renderTodoTable(todos, ctx);
}

/** The table of todos, as `list` and `ready` print it. */
export function renderTodoTable(todos: readonly ListedTodo[], ctx: Context): string {
  const columns: Column<ListedTodo>[] = [
    {
      header: "ID",
      value: ({ id }) => id,
      paint: (text, { short_id }, style) => paintId(text, short_id.length, style),
    },
    { header: "PRI", value: ({ priority }) => String(priority), align: "right", paint: paintPriority },
    { header: "TYPE", value: ({ type }) => type },
    {
      header: "STATUS",
      value: ({ status }) => status,
      paint: (text, { status }, style) => paintStatus(text, status, style),
    },
    { header: "AGE", value: ({ created_at }) => formatAge(created_at, ctx.now()), align: "right" },
    { header: "TITLE", value: ({ title }) => title, flexible: true },
  ];
  if (todos.some((todo) => todo.blocked_by.length > 0)) {
    columns.splice(5, 0, { header: "WAITS FOR", value: ({ blocked_by }) => blockersText(blocked_by) });
  }
  return renderTable(todos, columns, { width: ctx.stdout.width, style: ctx.style });
}

function paintPriority(text: string, { priority }: ListedTodo, style: Context["style"]): string {
  return priority === 0 ? style.red(text) : priority === 1 ? style.yellow(text) : text;
}

function blockersText([first, ...more]: readonly string[]): string | undefined {
  return more.length === 0 ? first : `${first} +${more.length}`;
}
