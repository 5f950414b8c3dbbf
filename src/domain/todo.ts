/**
 * Todos: units of wanted work. This file holds the record; what can be done with it stands in the folder beside it.
 *
 * Which times a record carries follows from its status, and nothing else:
 *
 * | status           | started_at | completed_at | closed_at | deleted_at, delete_reason |
 * |------------------|------------|--------------|-----------|---------------------------|
 * | open, proposed   | –          | –            | –         | –                         |
 * | waiting          | if it was  | –            | –         | –                         |
 * | in_progress      | yes        | –            | –         | –                         |
 * | done             | if it was  | yes          | –         | –                         |
 * | closed           | if it was  | –            | yes       | –                         |
 * | tombstone        | as before  | as before    | as before | yes, the reason if given  |
 *
 * `started_at` is when the last start was: work that is put back (reopened) has none, since the sessions remember the attempts.
 */
import * as v from "valibot";
import { nameSchema, timeSchema } from "./schema.ts";

export const TODO_STATUSES = ["open", "proposed", "in_progress", "waiting", "done", "closed", "tombstone"] as const;
export const TODO_TYPES = ["task", "bug", "feature"] as const;

/** Counted in code points, so that a title in any script has the same room. */
export const TITLE_LIMIT = 500;
/** 0 is critical, 4 is the backlog. */
export const LOWEST_PRIORITY = 4;
export const DEFAULT_PRIORITY = 2;

export const dependencySchema = v.object({
  /** The todo that waits. */
  todo_id: nameSchema,
  /** The todo that has to be done first. */
  depends_on_id: nameSchema,
  created_at: timeSchema,
});
export type Dependency = v.InferOutput<typeof dependencySchema>;

const todoFields = {
  /** Eight characters of base32. */
  id: nameSchema,
  /** One line of 1 to 500 characters. */
  title: v.pipe(
    v.string(),
    v.minLength(1, "is empty"),
    v.check(
      (title) => title.length <= TITLE_LIMIT || Array.from(title).length <= TITLE_LIMIT,
      "has more than 500 characters",
    ),
  ),
  /** What is wanted, in as many lines as needed. */
  description: v.optional(v.string()),
  /** 0 critical … 4 backlog, 2 by default. */
  priority: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LOWEST_PRIORITY)),
  type: v.picklist(TODO_TYPES),
  created_at: timeSchema,
  /** Never earlier than it was before, even if the clock was set back. */
  updated_at: timeSchema,
  /** Where the todo came from, when another program made it. */
  source: v.optional(v.string()),
  /** What this todo depends on; kept in the todo's own file. */
  dependencies: v.optional(v.array(dependencySchema)),
};

const startedAt = {
  /** When it was last started. */
  started_at: v.optional(timeSchema),
};

export const todoSchema = v.variant("status", [
  v.object({ ...todoFields, status: v.picklist(["open", "proposed"]) }),
  v.object({ ...todoFields, ...startedAt, status: v.literal("waiting") }),
  v.object({ ...todoFields, status: v.literal("in_progress"), started_at: timeSchema }),
  v.object({ ...todoFields, ...startedAt, status: v.literal("done"), completed_at: timeSchema }),
  v.object({ ...todoFields, ...startedAt, status: v.literal("closed"), closed_at: timeSchema }),
  v.object({
    ...todoFields,
    ...startedAt,
    status: v.literal("tombstone"),
    /** When it was done. */
    completed_at: v.optional(timeSchema),
    /** When it was ended without being done. */
    closed_at: v.optional(timeSchema),
    deleted_at: timeSchema,
    delete_reason: v.optional(v.string()),
  }),
]);
export type Todo = v.InferOutput<typeof todoSchema>;
export type TodoStatus = Todo["status"];
export type TodoType = Todo["type"];

/** The times and the reason that a todo has; which ones follows from its status. */
export interface TodoTimes {
  started_at?: string;
  completed_at?: string;
  closed_at?: string;
  deleted_at?: string;
  delete_reason?: string;
}

/** The same todo, typed with every time that some status has. */
export function timesOf(todo: Todo): TodoTimes {
  return todo as Todo & TodoTimes;
}

/** Nothing waits for a todo of these any more. */
export function isResolved(todo: Todo): boolean {
  return todo.status === "done" || todo.status === "closed" || todo.status === "tombstone";
}

/** Ids of the todos that this one depends on, in the order in which they were added. */
export function dependencyIds(todo: Todo): string[] {
  return (todo.dependencies ?? []).map((dependency) => dependency.depends_on_id);
}
