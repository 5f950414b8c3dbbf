/** Walks over the dependencies. None of them recurses: a chain may be as long as there are todos. */
import { dependencyIds, type Todo } from "../todo.ts";
import { compareTodos, type TodoMap } from "./order.ts";

/** A shortest way along dependencies, both ends included; null if there is none. `from` to itself is `[from]`. */
export function findDependencyPath(todos: TodoMap, from: string, to: string): string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const queue = [from];
  for (const id of queue) {
    if (id === to) return pathTo(id, cameFrom);
    for (const next of idsOf(todos, id)) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, id);
      queue.push(next);
    }
  }
  return null;
}

function pathTo(end: string, cameFrom: ReadonlyMap<string, string | null>): string[] {
  const path: string[] = [];
  for (let id: string | null = end; id !== null; id = cameFrom.get(id) ?? null) path.push(id);
  return path.toReversed();
}

/**
 * Why a node of a tree is not followed: `repeated`, it was shown above with all that is under it; `cycle`, it stands above itself; `missing`, there is
 * nothing to follow.
 */
export const TREE_MARKS = ["repeated", "cycle", "missing"] as const;
export type TreeMark = (typeof TREE_MARKS)[number];

/** One line of a dependency tree. */
export interface TreeNode {
  id: string;
  /** 0 for the root. */
  depth: number;
  /** Absent if there is no such todo, or its file is damaged. */
  todo?: Todo;
  mark?: TreeMark;
}

/** What a todo depends on, directly or not, as lines in depth-first order, most urgent first. Every todo is followed once. */
export function dependencyTree(todos: TodoMap, rootId: string): TreeNode[] {
  const nodes: TreeNode[] = [];
  const followed = new Set<string>();
  const above: string[] = [];
  const pending: { id: string; depth: number }[] = [{ id: rootId, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { id, depth } = next;
    above.length = depth;
    const todo = todos.get(id);
    const node: TreeNode = { id, depth, ...(todo === undefined ? {} : { todo }) };
    nodes.push(node);
    if (todo === undefined) node.mark = "missing";
    else if (followed.has(id)) node.mark = above.includes(id) ? "cycle" : "repeated";
    else {
      followed.add(id);
      above.push(id);
      const children = [...new Set(dependencyIds(todo))].toSorted((a, b) => compareIds(todos, a, b));
      pending.push(...children.toReversed().map((child) => ({ id: child, depth: depth + 1 })));
    }
    // A repeated todo without dependencies has nothing that was left out.
    if (node.mark === "repeated" && todo !== undefined && dependencyIds(todo).length === 0) delete node.mark;
  }
  return nodes;
}

function compareIds(todos: TodoMap, a: string, b: string): number {
  const [first, second] = [todos.get(a), todos.get(b)];
  if (first !== undefined && second !== undefined) return compareTodos(first, second);
  return first === undefined ? (second === undefined ? (a < b ? -1 : 1) : 1) : -1;
}

/**
 * Cycles among the todos, each from its smallest id back to that id (`a, b, a`), at least one for every knot of todos that wait for each other. They cannot
 * be made here, but a merge of two people's work can make one.
 */
export function listCycles(todos: TodoMap): string[][] {
  return knots(todos)
    .map((knot) => {
      const start = [...knot].toSorted()[0] as string;
      const within = new Map([...knot].map((id) => [id, todos.get(id) as Todo]));
      const ways = idsOf(within, start).map((next) => findDependencyPath(within, next, start) ?? []);
      const shortest = ways.filter((way) => way.length > 0).toSorted((a, b) => a.length - b.length)[0] ?? [];
      return [start].concat(shortest);
    })
    .toSorted((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1));
}

/** Strongly connected components that hold a cycle (Tarjan's algorithm with its own stack). */
function knots(todos: TodoMap): Set<string>[] {
  const found: Set<string>[] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  for (const root of todos.keys()) {
    if (index.has(root)) continue;
    const work: { id: string; next: string[] }[] = [];
    const enter = (id: string) => {
      index.set(id, index.size);
      low.set(id, index.get(id) as number);
      stack.push(id);
      onStack.add(id);
      work.push({ id, next: idsOf(todos, id).filter((dependency) => todos.has(dependency)) });
    };
    const lower = (id: string, value: number) => low.set(id, Math.min(low.get(id) as number, value));
    enter(root);
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const { id, next } = frame;
      const dependency = next.pop();
      if (dependency !== undefined) {
        if (!index.has(dependency)) enter(dependency);
        else if (onStack.has(dependency)) lower(id, index.get(dependency) as number);
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) lower(parent.id, low.get(id) as number);
      if (low.get(id) !== index.get(id)) continue;
      const members = stack.splice(stack.lastIndexOf(id));
      for (const member of members) onStack.delete(member);
      if (members.length > 1 || idsOf(todos, id).includes(id)) found.push(new Set(members));
    }
  }
  return found;
}

function idsOf(todos: TodoMap, id: string): string[] {
  const todo = todos.get(id);
  return todo === undefined ? [] : dependencyIds(todo);
}
