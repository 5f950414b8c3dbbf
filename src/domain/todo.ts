/** Todos: units of wanted work. This file holds the record; the transitions stand beside it. */
import * as v from "valibot";
import { nameSchema, timeSchema } from "./schema.ts";

export const TODO_STATUSES = ["open", "proposed", "in_progress", "waiting", "done", "closed", "tombstone"] as const;
export const TODO_TYPES = ["task", "bug", "feature"] as const;

export const dependencySchema = v.object({
  todo_id: nameSchema,
  depends_on_id: nameSchema,
  created_at: timeSchema,
});
export type Dependency = v.InferOutput<typeof dependencySchema>;

export const todoSchema = v.object({
  id: nameSchema,
  title: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
  description: v.optional(v.string()),
  status: v.picklist(TODO_STATUSES),
  /** 0 critical … 4 backlog, 2 by default. */
  priority: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4)),
  type: v.picklist(TODO_TYPES),
  created_at: timeSchema,
  updated_at: timeSchema,
  started_at: v.optional(timeSchema),
  completed_at: v.optional(timeSchema),
  closed_at: v.optional(timeSchema),
  deleted_at: v.optional(timeSchema),
  delete_reason: v.optional(v.string()),
  source: v.optional(v.string()),
  /** What this todo depends on; kept in the todo's own file. */
  dependencies: v.optional(v.array(dependencySchema)),
});
export type Todo = v.InferOutput<typeof todoSchema>;
export type TodoStatus = Todo["status"];
