import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Todo } from "../../../src/domain/todo.ts";
import { addDependency, removeDependency } from "../../../src/domain/todo/dependencies.ts";
import { dependencyTree, findDependencyPath, listCycles } from "../../../src/domain/todo/graph.ts";
import { LATER, makeTodo, NOW, todoMap } from "../../support/todo.ts";

describe("adding a dependency", () => {
  const todos = todoMap(
    makeTodo("a", { dependsOn: ["b"] }),
    makeTodo("b", { dependsOn: ["c"] }),
    makeTodo("c"),
    makeTodo("d"),
    makeTodo("dead", { status: "tombstone", deleted_at: NOW }),
    makeTodo("old", { status: "done", completed_at: NOW, dependsOn: ["a"] }),
  );
  const add = (from: string, to: string) => addDependency(todos, todos.get(from)!, to, LATER);

  test("writes it down", () => {
    expect(add("a", "d")).toEqual({
      ...todos.get("a"),
      updated_at: LATER,
      dependencies: [...todos.get("a")!.dependencies!, { todo_id: "a", depends_on_id: "d", created_at: LATER }],
    });
  });

  test("that is there already changes nothing", () => {
    expect(add("a", "b")).toBe(todos.get("a"));
  });

  test.each([
    ["c", "a", "cycle", "todo c cannot depend on a, which waits for it: c → a → b → c", ["c", "a", "b", "c"]],
    ["b", "a", "cycle", "todo b cannot depend on a, which waits for it: b → a → b", ["b", "a", "b"]],
    ["a", "a", "cycle", "todo a cannot depend on itself", ["a", "a"]],
    ["a", "old", "cycle", "todo a cannot depend on old, which waits for it: a → old → a", ["a", "old", "a"]],
  ])("%s → %s is refused with the path", (from, to, code, message, path) => {
    expect(() => add(from, to)).toThrow(
      expect.objectContaining({ code, message, data: { todo_id: from, depends_on_id: to, path } }),
    );
  });

  test("on what is missing or deleted is refused, and so is one of a deleted todo", () => {
    expect(() => add("a", "x")).toThrow(expect.objectContaining({ code: "not_found", message: "there is no todo x" }));
    expect(() => add("a", "dead")).toThrow(expect.objectContaining({ code: "rule", hint: "incr todo reopen dead" }));
    expect(() => add("dead", "a")).toThrow(expect.objectContaining({ code: "rule", message: "todo dead was deleted" }));
  });
});

test("removing the last dependency leaves no trace; removing what is not there is an error", () => {
  const todo = makeTodo("a", { dependsOn: ["b", "c"] });
  const less = removeDependency(todo, "b", LATER);
  expect(less.dependencies).toEqual([todo.dependencies![1]]);
  expect(removeDependency(less, "c", LATER)).toEqual(makeTodo("a", { updated_at: LATER }));
  expect(() => removeDependency(todo, "x", LATER)).toThrow(expect.objectContaining({ code: "not_found" }));
});

/** A few todos with any dependencies among them, cycles and missing ones included, as a merge could leave them. */
const arbitraryGraph = fc
  .array(fc.uniqueArray(fc.integer({ min: 0, max: 8 }), { maxLength: 4 }), { minLength: 1, maxLength: 8 })
  .map((all) =>
    todoMap(
      ...all.map((targets, index) => makeTodo(`t${index}`, { dependsOn: targets.map((target) => `t${target}`) })),
    ),
  );

/** By brute force: whether one can come back to `id`. */
function isInCycle(todos: ReadonlyMap<string, Todo>, id: string): boolean {
  return (todos.get(id)?.dependencies ?? []).some(
    ({ depends_on_id }) => findDependencyPath(todos, depends_on_id, id) !== null,
  );
}

describe("dependencies that are only made by adding", () => {
  test("never hold a cycle", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (pairs) => {
        const todos = todoMap(...Array.from({ length: 6 }, (_, index) => makeTodo(`t${index}`)));
        for (const [from, to] of pairs) {
          try {
            todos.set(`t${from}`, addDependency(todos, todos.get(`t${from}`)!, `t${to}`, LATER));
          } catch (error) {
            expect(error).toMatchObject({ code: "cycle" });
          }
        }
        expect(listCycles(todos)).toEqual([]);
      }),
    );
  });
});

describe("cycles that came in by a merge", () => {
  test("are found, with the shortest way around from the smallest id", () => {
    const todos = todoMap(
      makeTodo("a", { dependsOn: ["b", "x"] }),
      makeTodo("b", { dependsOn: ["c", "a"] }),
      makeTodo("c", { dependsOn: ["a"] }),
      makeTodo("self", { dependsOn: ["self"] }),
      makeTodo("x", { dependsOn: ["y"] }),
      makeTodo("y"),
    );
    expect(listCycles(todos)).toEqual([
      ["a", "b", "a"],
      ["self", "self"],
    ]);
  });

  test("are real, and every todo that can come back to itself hangs on one of them", () => {
    fc.assert(
      fc.property(arbitraryGraph, (todos) => {
        const cycles = listCycles(todos);
        for (const path of cycles) {
          expect(path[0]).toBe(path.at(-1));
          for (const [index, id] of path.slice(0, -1).entries()) {
            expect(todos.get(id)!.dependencies!.map(({ depends_on_id }) => depends_on_id)).toContain(path[index + 1]);
          }
        }
        for (const id of todos.keys()) {
          const knotted = cycles.some(
            ([start]) =>
              findDependencyPath(todos, id, start!) !== null && findDependencyPath(todos, start!, id) !== null,
          );
          expect(knotted).toBe(isInCycle(todos, id));
        }
      }),
    );
  });

  test("in a chain of 20 000 todos are found without running out of stack", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => makeTodo(`t${index}`, { dependsOn: [`t${index + 1}`] }));
    const todos = todoMap(...chain, makeTodo("t20000", { dependsOn: ["t0"] }));
    expect(listCycles(todos)[0]).toHaveLength(20_002);
    expect(dependencyTree(todos, "t0").at(-1)).toMatchObject({ id: "t0", depth: 20_001, mark: "cycle" });
  });
});

describe("a dependency tree", () => {
  test("follows every todo once and marks the others", () => {
    const todos = todoMap(
      makeTodo("top", { dependsOn: ["left", "right", "lost"] }),
      makeTodo("left", { dependsOn: ["base"], priority: 1 }),
      makeTodo("right", { dependsOn: ["base", "leaf", "top"] }),
      makeTodo("base", { dependsOn: ["leaf"] }),
      makeTodo("leaf"),
    );
    const lines = dependencyTree(todos, "top").map(
      ({ id, depth, mark }) => `${"  ".repeat(depth)}${id}${mark === undefined ? "" : ` ${mark}`}`,
    );
    expect(lines).toEqual([
      "top",
      "  left",
      "    base",
      "      leaf",
      "  right",
      "    base repeated",
      "    leaf",
      "    top cycle",
      "  lost missing",
    ]);
  });

  test("of any graph ends, and holds everything that can be reached", () => {
    fc.assert(
      fc.property(arbitraryGraph, (todos) => {
        const nodes = dependencyTree(todos, "t0");
        const reachable = ["t0"];
        for (const id of reachable) {
          for (const { depends_on_id } of todos.get(id)?.dependencies ?? []) {
            if (!reachable.includes(depends_on_id)) reachable.push(depends_on_id);
          }
        }
        expect(new Set(nodes.map(({ id }) => id))).toEqual(new Set(reachable));
        expect(nodes.some(({ mark }) => mark === "cycle")).toBe(reachable.some((id) => isInCycle(todos, id)));
        for (const { id, mark } of nodes) expect(mark === "missing").toBe(!todos.has(id));
      }),
    );
  });
});
