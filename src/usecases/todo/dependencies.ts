/** What depends on what. */
import { requireByPrefix } from "../../domain/id.ts";
import { dependencyIds, type Todo, type TodoStatus } from "../../domain/todo.ts";
import { addDependency, removeDependency } from "../../domain/todo/dependencies.ts";
import { dependencyTree, type TreeMark } from "../../domain/todo/graph.ts";
import { requireRepository, type App } from "../app.ts";
import { pickTodo, pickTodos, requireStill } from "./pick.ts";

export interface DependencyRequest {
  /** Id or prefix. */
  todo: string;
  /** Ids or prefixes. */
  dependsOn: readonly string[];
}

/** Lets a todo depend on others, on all that are named or on none. @throws IncrError `not_found`, `ambiguous`, `rule`, `cycle` */
export async function addDependencies(app: App, { todo: wanted, dependsOn }: DependencyRequest): Promise<Todo> {
  const { todo, targets } = await pickEnds(app, wanted, dependsOn);
  const now = app.now().toISOString();
  return await requireRepository(app).todos.update(
    ({ todos }) => {
      const changed = targets.reduce(
        (made, target) => addDependency(todos, made, target, now),
        requireStill(todos, todo),
      );
      return { change: { put: [changed], message: `dep add ${todo} ${targets.join(" ")}` }, result: changed };
    },
    { ids: [todo, ...targets], withDependencies: true },
  );
}

async function pickEnds(
  app: App,
  wanted: string,
  dependsOn: readonly string[],
): Promise<{ todo: string; targets: string[] }> {
  const todo = await pickTodo(app, wanted);
  const { todos } = await pickTodos(app, dependsOn);
  return { todo: todo.id, targets: todos.map(({ id }) => id) };
}

/** Takes dependencies back, also on todos that are gone. @throws IncrError `not_found`, `ambiguous` */
export async function removeDependencies(app: App, { todo: wanted, dependsOn }: DependencyRequest): Promise<Todo> {
  const { id } = await pickTodo(app, wanted);
  const now = app.now().toISOString();
  return await requireRepository(app).todos.update(
    ({ todos }) => {
      const todo = requireStill(todos, id);
      const ids = dependencyIds(todo).map((each) => [each, each] as const);
      const targets = [
        ...new Set(dependsOn.map((text) => requireByPrefix(ids, text, "dependency", `incr todo show ${id}`))),
      ];
      const changed = targets.reduce((made, target) => removeDependency(made, target, now), todo);
      return { change: { put: [changed], message: `dep remove ${id} ${targets.join(" ")}` }, result: changed };
    },
    { ids: [id] },
  );
}

export interface DependencyTree {
  /** Full id. */
  root: string;
  /** In depth-first order, the root first. */
  nodes: {
    id: string;
    /** 0 for the root. */
    depth: number;
    /** Null if there is no such todo, or its file cannot be read. */
    title: string | null;
    status: TodoStatus | null;
    /** Why what is under it is not shown: it was shown above, it closes a cycle, or it is missing. */
    mark: TreeMark | null;
  }[];
}

/** @param wanted id or prefix. @throws IncrError `not_found`, `ambiguous`, `corrupt` (the todo's own file) */
export async function showDependencyTree(app: App, wanted: string): Promise<DependencyTree> {
  const { todos, snapshot } = await pickTodos(app, [wanted], { withDependencies: true });
  const root = (todos[0] as Todo).id;
  const nodes = dependencyTree(snapshot.todos, root).map(({ id, depth, todo, mark }) => ({
    id,
    depth,
    title: todo?.title ?? null,
    status: todo?.status ?? null,
    mark: mark ?? null,
  }));
  return { root, nodes };
}
