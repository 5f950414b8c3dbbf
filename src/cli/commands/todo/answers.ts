/** Answers that several todo commands give, and how they are shown. */
import * as v from "valibot";
import { dependencyIds, TODO_STATUSES, todoSchema, type Todo, type TodoStatus } from "../../../domain/todo.ts";
import type { Context } from "../../context.ts";
import { plainLine } from "../../plain.ts";
import type { Style } from "../../style.ts";

export const todoAnswer = v.object({ todo: todoSchema });
export type TodoAnswer = v.InferOutput<typeof todoAnswer>;

export const todosAnswer = v.object({ todos: v.array(todoSchema) });
export type TodosAnswer = v.InferOutput<typeof todosAnswer>;

/** Null for another todo that is missing, or whose file cannot be read. */
export const otherStatus = v.nullable(v.picklist(TODO_STATUSES));

/** One line for each todo that was changed: what it is now. */
export function renderTodos({ todos }: TodosAnswer, { style }: Context): string {
  const width = Math.max(...todos.map(({ status }) => status.length));
  return todos.map((todo) => todoLine(todo, style, width)).join("\n");
}

/** One todo in a line. */
export function renderTodo({ todo }: TodoAnswer, { style }: Context): string {
  return todoLine(todo, style, 0);
}

function todoLine({ id, status, title }: Todo, style: Style, width: number): string {
  return `${style.cyan(id)}  ${paintStatus(status.padEnd(width), status, style)}  ${plainLine(title)}`;
}

/** Colours a text by the status that it stands for. */
export function paintStatus(text: string, status: TodoStatus, style: Style): string {
  switch (status) {
    case "in_progress":
    case "waiting":
      return style.yellow(text);
    case "done":
      return style.green(text);
    case "closed":
    case "tombstone":
    case "proposed":
      return style.dim(text);
    case "open":
      break;
  }
  return text;
}

/** What a todo waits for after that was changed. */
export function renderDependencies({ todo }: TodoAnswer, { style }: Context): string {
  const ids = dependencyIds(todo);
  const what = ids.length === 0 ? "depends on nothing" : `depends on ${ids.map((id) => style.cyan(id)).join(", ")}`;
  return `${style.cyan(todo.id)}  ${what}`;
}
