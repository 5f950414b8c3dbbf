/** The status changes of a todo. Every one keeps exactly the times that go with the new status (see the record). */
import { IncrError } from "../error.ts";
import { timesOf, type Todo, type TodoTimes } from "../todo.ts";
import { touched } from "./touch.ts";

type In<S extends Todo["status"]> = Extract<Todo, { status: S }>;

/** Whether a todo may be started, by its status alone: `open`, `proposed` and `waiting` may. @throws IncrError `rule` */
export function requireStartable(todo: Todo): void {
  switch (todo.status) {
    case "in_progress":
      throw refused(todo, "is in progress already", `incr todo reopen ${todo.id}, if nobody works on it`);
    case "done":
    case "closed":
      throw refused(todo, `is ${todo.status}`, `incr todo reopen ${todo.id}`);
    case "tombstone":
      throw deletedError(todo);
    case "open":
    case "proposed":
    case "waiting":
  }
}

/** @param now ISO time. @throws IncrError `rule` unless `open`, `proposed` or `waiting` */
export function startTodo(todo: Todo, now: string): In<"in_progress"> {
  requireStartable(todo);
  return { ...timeless(todo), ...touched(todo, now), status: "in_progress", started_at: now };
}

/** The work is done. From every status that is not an end. @param now ISO time. @throws IncrError `rule` */
export function finishTodo(todo: Todo, now: string): In<"done"> {
  requireUnresolved(todo);
  return { ...timeless(todo), ...started(todo), ...touched(todo, now), status: "done", completed_at: now };
}

/** It will not be done, or need not be any more. From every status that is not an end. @param now ISO time. @throws IncrError `rule` */
export function closeTodo(todo: Todo, now: string): In<"closed"> {
  requireUnresolved(todo);
  return { ...timeless(todo), ...started(todo), ...touched(todo, now), status: "closed", closed_at: now };
}

/** Back to `open`: undoes finish, close, delete, and also start, waiting and proposed. @param now ISO time. @throws IncrError `rule` if it is open */
export function reopenTodo(todo: Todo, now: string): Todo {
  if (todo.status === "open") throw refused(todo, "is open already", `incr session start ${todo.id}`);
  return { ...timeless(todo), ...touched(todo, now), status: "open" };
}

/** Accepts (`open`), puts off (`waiting`) or takes back (`proposed`) a todo that is not at an end. The same status again changes nothing. */
export function setPlannedStatus(todo: Todo, status: "open" | "proposed" | "waiting", now: string): Todo {
  requireUnresolved(todo);
  if (todo.status === status) return todo;
  const body = { ...timeless(todo), ...touched(todo, now) };
  return status === "waiting" ? { ...body, ...started(todo), status } : { ...body, status };
}

/**
 * Leaves a tombstone, with the times that it had: the id stays taken, dependents are free to go on, and `reopen` brings it back.
 * @param now ISO time. @throws IncrError `rule` if it is deleted already
 */
export function deleteTodo(todo: Todo, input: { reason?: string | undefined }, now: string): In<"tombstone"> {
  requirePresent(todo);
  const { completed_at, closed_at } = timesOf(todo);
  return {
    ...timeless(todo),
    ...started(todo),
    ...(completed_at === undefined ? {} : { completed_at }),
    ...(closed_at === undefined ? {} : { closed_at }),
    ...touched(todo, now),
    status: "tombstone",
    deleted_at: now,
    ...(input.reason === undefined ? {} : { delete_reason: input.reason }),
  };
}

/** @throws IncrError `rule` if the todo is deleted */
export function requirePresent(todo: Todo): void {
  if (todo.status === "tombstone") throw deletedError(todo);
}

function requireUnresolved(todo: Todo): void {
  requirePresent(todo);
  if (todo.status === "done" || todo.status === "closed") {
    throw refused(todo, `is ${todo.status} already`, `incr todo reopen ${todo.id}`);
  }
}

/** The record without its status and what belongs to it; unknown keys stay. */
function timeless(todo: Todo) {
  const { status, started_at, completed_at, closed_at, deleted_at, delete_reason, ...kept } = todo as Todo & TodoTimes;
  void [status, started_at, completed_at, closed_at, deleted_at, delete_reason];
  return kept;
}

function started(todo: Todo): { started_at?: string } {
  const { started_at } = timesOf(todo);
  return started_at === undefined ? {} : { started_at };
}

function deletedError(todo: Todo): IncrError {
  return refused(todo, "was deleted", `incr todo reopen ${todo.id}`);
}

function refused(todo: Todo, what: string, hint: string): IncrError {
  return new IncrError("rule", `todo ${todo.id} ${what}`, { hint, data: { todo_id: todo.id, status: todo.status } });
}
