import { IncrError } from "../error.ts";
import type { Todo, TodoStatus, TodoType } from "../todo.ts";
import { parseDescription, parseTitle } from "./input.ts";
import { requirePresent, setPlannedStatus } from "./status.ts";
import { touched } from "./touch.ts";

/** Fields to set; absent ones stay. */
export interface TodoChanges {
  title?: string;
  /** An empty one removes it. */
  description?: string;
  priority?: number;
  type?: TodoType;
  status?: TodoStatus;
}

/**
 * Sets fields. A change that changes nothing returns the very same record.
 * @param now ISO time. @throws IncrError `rule` (a deleted todo; a status that has a verb of its own), `invalid_input`
 */
export function updateTodo(todo: Todo, changes: TodoChanges, now: string): Todo {
  requirePresent(todo);
  const moved = changes.status === undefined ? todo : moveTodo(todo, changes.status, now);
  const fields = { ...moved };
  if (changes.title !== undefined) fields.title = parseTitle(changes.title);
  if (changes.priority !== undefined) fields.priority = changes.priority;
  if (changes.type !== undefined) fields.type = changes.type;
  if (changes.description !== undefined) {
    const description = parseDescription(changes.description);
    if (description === undefined) delete fields.description;
    else fields.description = description;
  }
  const same = (["title", "description", "priority", "type"] as const).every((key) => fields[key] === moved[key]);
  return same ? moved : { ...fields, ...touched(todo, now) };
}

const VERBS = { in_progress: "start", done: "finish", closed: "close", tombstone: "delete" } as const;

/** Statuses that mean an event are reached by the verb of that event, which has rules of its own. */
function moveTodo(todo: Todo, status: TodoStatus, now: string): Todo {
  if (status === todo.status) return todo;
  if (status === "open" || status === "proposed" || status === "waiting") return setPlannedStatus(todo, status, now);
  const verb = VERBS[status];
  throw new IncrError("rule", `the status ${status} is not set by hand`, {
    hint: `incr todo ${verb} ${todo.id}`,
    data: { todo_id: todo.id, status: todo.status, wanted: status },
  });
}
