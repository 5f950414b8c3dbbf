import { shortestUniquePrefixes } from "../../domain/id.ts";
import { dependencyIds, type Todo, type TodoStatus } from "../../domain/todo.ts";
import type { TodoHolder } from "../../domain/todo/holder.ts";
import { listBlockers, listDependents } from "../../domain/todo/order.ts";
import { requireRepository, type App } from "../app.ts";
import { findHolders } from "./change.ts";
import { requireId, requireStill } from "./pick.ts";

/** Another todo, as far as one wants to know. */
export interface Neighbour {
  id: string;
  /** Null if there is no such todo, or its file cannot be read. */
  title: string | null;
  status: TodoStatus | null;
}

export interface ShownTodo {
  todo: Todo;
  /** The shortest beginning of the id that no other todo's id has. */
  short_id: string;
  dependencies: Neighbour[];
  /** Todos that depend on this one, most urgent first. */
  dependents: Neighbour[];
  /** Ids of the dependencies that are still to be done. */
  blocked_by: string[];
  /** Whether it can be taken now: open, and waiting for nothing. */
  ready: boolean;
  /** Who works on it now. */
  holder: TodoHolder | null;
}

/** @param wanted id or prefix. @throws IncrError `not_found`, `ambiguous`, `corrupt` */
export async function showTodo(app: App, wanted: string): Promise<ShownTodo> {
  const { todos } = requireRepository(app);
  const snapshot = await todos.load();
  const id = requireId(snapshot, wanted);
  // The port says what is wrong with a file that could not be read.
  if (!snapshot.todos.has(id)) await todos.find(id);
  const todo = requireStill(snapshot.todos, id);
  const neighbour = (other: string): Neighbour => {
    const found = snapshot.todos.get(other);
    return { id: other, title: found?.title ?? null, status: found?.status ?? null };
  };
  const blockers = listBlockers(snapshot.todos, todo);
  const holders = await findHolders(app, [id]);
  return {
    todo,
    short_id: id.slice(0, shortestUniquePrefixes(snapshot.ids).get(id)),
    dependencies: dependencyIds(todo).map(neighbour),
    dependents: listDependents(snapshot.todos, id).map((dependent) => neighbour(dependent.id)),
    blocked_by: blockers,
    ready: todo.status === "open" && blockers.length === 0,
    holder: holders.get(id) ?? null,
  };
}
