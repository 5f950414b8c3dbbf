/** Looking at the todos of a repository. */
import { shortestUniquePrefixes } from "../../domain/id.ts";
import { isResolved, type Todo, type TodoStatus, type TodoType } from "../../domain/todo.ts";
import { listCycles } from "../../domain/todo/graph.ts";
import { compareTodos, listBlockers, listReady } from "../../domain/todo/order.ts";
import type { TodoSnapshot } from "../../ports/todos.ts";
import { requireRepository, type App } from "../app.ts";

export interface ListRequest {
  /** Only these; without any: all that are not done, closed or deleted. */
  statuses?: readonly TodoStatus[];
  types?: readonly TodoType[];
  /** This priority or more urgent. */
  priority?: number | undefined;
  /** Done, closed and deleted ones too. */
  all?: boolean;
}

export type ListedTodo = Todo & {
  /** The shortest beginning of the id that no other todo's id has. */
  short_id: string;
  /** Ids of the dependencies that are still to be done. */
  blocked_by: string[];
};

export interface TodoList {
  /** Most urgent first. */
  todos: ListedTodo[];
}

/** Tells of todos that cannot be read. */
export async function listTodos(
  app: App,
  { statuses = [], types = [], priority, all = false }: ListRequest,
): Promise<TodoList> {
  const snapshot = await loadTodos(app);
  const wanted = (todo: Todo): boolean =>
    (statuses.length > 0 ? statuses.includes(todo.status) : all || !isResolved(todo)) &&
    (types.length === 0 || types.includes(todo.type)) &&
    (priority === undefined || todo.priority <= priority);
  return listed(snapshot, [...snapshot.todos.values()].filter(wanted).toSorted(compareTodos));
}

/** Open todos that wait for nothing. Tells of todos that wait for each other, since they will never be among these. */
export async function listReadyTodos(app: App, { limit }: { limit?: number | undefined }): Promise<TodoList> {
  const snapshot = await loadTodos(app);
  tellCycles(app, snapshot);
  return listed(snapshot, listReady(snapshot.todos).slice(0, limit));
}

async function loadTodos(app: App): Promise<TodoSnapshot> {
  const snapshot = await requireRepository(app).todos.load();
  for (const problem of snapshot.problems) {
    app.notify({
      code: "todo_unreadable",
      message: `the file of todo ${problem.id} cannot be read and was left out: ${problem.reason}`,
      data: { ...problem },
    });
  }
  return snapshot;
}

function listed({ todos: all, ids }: TodoSnapshot, todos: readonly Todo[]): TodoList {
  const lengths = shortestUniquePrefixes(ids);
  return {
    todos: todos.map((todo) => {
      const more = { short_id: todo.id.slice(0, lengths.get(todo.id)), blocked_by: listBlockers(all, todo) };
      return Object.assign({}, todo, more);
    }),
  };
}

function tellCycles(app: App, { todos }: TodoSnapshot): void {
  for (const path of listCycles(new Map([...todos].filter(([, todo]) => !isResolved(todo))))) {
    app.notify({
      code: "dependency_cycle",
      message: `${path.join(" → ")} wait for each other; end that with: incr todo dep remove ${path[0]} ${path[1]}`,
      data: { path },
    });
  }
}
