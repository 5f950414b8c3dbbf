/** Todos for tests, made in one line. */
import * as fc from "fast-check";
import { TODO_TYPES, type Todo } from "../../src/domain/todo.ts";

export const NOW = "2026-01-07T14:30:00.000Z";
export const LATER = "2026-01-08T09:00:00.000Z";

/** An open task of priority 2, with whatever else is given; `dependsOn` becomes its dependencies. */
export function makeTodo(
  id: string,
  { dependsOn = [], ...fields }: Record<string, unknown> & { dependsOn?: string[] } = {},
): Todo {
  const dependencies = dependsOn.map((target) => ({ todo_id: id, depends_on_id: target, created_at: NOW }));
  const todo: unknown = {
    id,
    title: `Todo ${id}`,
    status: "open",
    priority: 2,
    type: "task",
    created_at: NOW,
    updated_at: NOW,
    ...(dependencies.length === 0 ? {} : { dependencies }),
    ...fields,
  };
  return todo as Todo;
}

/** By id, as use-cases and domain functions take them. */
export function todoMap(...todos: Todo[]): Map<string, Todo> {
  return new Map(todos.map((todo) => [todo.id, todo]));
}

export const arbitraryTitle = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .map((text) => text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, "").trim())
  .filter((text) => text !== "");

export const arbitraryDescription = fc
  .string({ unit: "grapheme", maxLength: 200 })
  .map((text) => text.replaceAll(/\p{Cs}/gu, ""));

export const arbitraryFields = fc.record({
  title: arbitraryTitle,
  description: arbitraryDescription,
  priority: fc.integer({ min: 0, max: 4 }),
  type: fc.constantFrom(...TODO_TYPES),
});
