import { DEFAULT_PRIORITY, type Todo, type TodoType } from "../todo.ts";
import { parseDescription, parseTitle } from "./input.ts";

export interface NewTodo {
  /** Eight characters that no other todo has. */
  id: string;
  title: string;
  description?: string;
  /** 0 critical … 4 backlog; default 2. */
  priority?: number;
  /** Default `task`. */
  type?: TodoType;
  /** An idea that somebody has yet to agree to; it is not ready for work. */
  proposed?: boolean;
  source?: string;
}

/** Dependencies are added afterwards (`addDependency`). @param now ISO time. @throws IncrError `invalid_input` */
export function createTodo(input: NewTodo, now: string): Todo {
  const description = parseDescription(input.description ?? "");
  return {
    id: input.id,
    title: parseTitle(input.title),
    ...(description === undefined ? {} : { description }),
    status: input.proposed === true ? "proposed" : "open",
    priority: input.priority ?? DEFAULT_PRIORITY,
    type: input.type ?? "task",
    created_at: now,
    updated_at: now,
    ...(input.source === undefined ? {} : { source: input.source }),
  };
}
