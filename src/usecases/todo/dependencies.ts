/** What depends on what. */
import { requireByPrefix } from "../../domain/id.ts";
import { dependencyIds, type Todo } from "../../domain/todo.ts";
import { addDependency, removeDependency } from "../../domain/todo/dependencies.ts";
import { dependencyTree, type TreeNode } from "../../domain/todo/graph.ts";
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
      const targets = [...new Set(dependsOn.map((text) => requireByPrefix(ids, text, "dependency")))];
      const changed = targets.reduce((made, target) => removeDependency(made, target, now), todo);
      return { change: { put: [changed], message: `dep remove ${id} ${targets.join(" ")}` }, result: changed };
    },
    { ids: [id] },
  );
}

/** What a todo depends on, as lines in depth-first order. @throws IncrError `not_found`, `ambiguous`, `corrupt` (the todo's own file) */
export async function showDependencyTree(
  app: App,
  wanted: string,
): Promise<{ root: string; nodes: TreeNode[]; ids: readonly string[] }> {
  const { todos, snapshot } = await pickTodos(app, [wanted], { withDependencies: true });
  const root = (todos[0] as Todo).id;
  return { root, nodes: dependencyTree(snapshot.todos, root), ids: snapshot.ids };
}
