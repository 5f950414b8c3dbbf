/** The todos that somebody works on, and those that could be begun. */
import { isResolved, type Todo } from "../../domain/todo.ts";
import { listCycles } from "../../domain/todo/graph.ts";
import { compareTodos, listReady } from "../../domain/todo/order.ts";
import type { TodoProblem } from "../../ports/todos.ts";
import { shortestUniquePrefixes } from "../../domain/id.ts";
import { requireRepository, type App } from "../app.ts";
import type { Records } from "./records.ts";

export interface TodoLine {
  id: string;
  /** The shortest beginning of the id that no other todo's id has. */
  short_id: string;
  title: string;
  priority: number;
  type: string;
  started_at: string;
  age_seconds: number;
  /** Who works on it; null if nobody is known to. */
  holder: { type: "session" | "job"; id: string } | null;
}

export interface TodoFacts {
  in_progress: TodoLine[];
  /** Ids that can be begun, the most urgent first. */
  ready: string[];
  total: number;
  titles: ReadonlyMap<string, string>;
  problems: readonly TodoProblem[];
  cycles: string[][];
}

/** Everything at once, since the todos are read in one go anyway. */
export async function readTodos(app: App, { sessions, jobs }: Records): Promise<TodoFacts> {
  const { todos, problems, ids } = await requireRepository(app).todos.load();
  const lengths = shortestUniquePrefixes(ids);
  const holders = new Map<string, TodoLine["holder"]>();
  for (const { todo_id, id } of jobs) holders.set(todo_id, { type: "job", id });
  for (const { status, todo_id, id } of sessions)
    if (status === "active") holders.set(todo_id, { type: "session", id });
  const started = [...todos.values()].filter(isStarted).toSorted(compareTodos);
  return {
    in_progress: started.map(({ id, title, priority, type, started_at }) => ({
      id,
      short_id: id.slice(0, lengths.get(id)),
      title,
      priority,
      type,
      started_at,
      age_seconds: secondsSince(started_at, app.now()),
      holder: holders.get(id) ?? null,
    })),
    ready: listReady(todos).map(({ id }) => id),
    total: [...todos.values()].filter((todo) => !isResolved(todo)).length,
    titles: new Map([...todos].map(([id, { title }]) => [id, title])),
    problems,
    cycles: listCycles(new Map([...todos].filter(([, todo]) => !isResolved(todo)))),
  };
}

/** Whole seconds; never negative, whatever another machine's clock said. */
export function secondsSince(time: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1000));
}

function isStarted(todo: Todo): todo is Extract<Todo, { status: "in_progress" }> {
  return todo.status === "in_progress";
}
