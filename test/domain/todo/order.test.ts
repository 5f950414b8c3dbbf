import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TODO_STATUSES } from "../../../src/domain/todo.ts";
import { compareTodos, listBlockers, listDependents, listReady } from "../../../src/domain/todo/order.ts";
import { LATER, makeTodo, NOW, todoMap } from "../../support/todo.ts";

test("the order is priority, then bug before task before feature, then age, then id", () => {
  const expected = [
    makeTodo("z", { priority: 0, type: "feature", created_at: LATER }),
    makeTodo("y", { priority: 1, type: "bug", created_at: LATER }),
    makeTodo("x", { priority: 1, type: "task", created_at: "2026-01-07T15:29:00+01:00" }),
    makeTodo("w", { priority: 1, type: "task" }),
    makeTodo("v", { priority: 1, type: "task", created_at: LATER }),
    makeTodo("a", { priority: 1, type: "feature" }),
    makeTodo("b", { priority: 1, type: "feature" }),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(expected, { minLength: expected.length }), (shuffled) => {
      expect(shuffled.toSorted(compareTodos)).toEqual(expected);
    }),
  );
});

describe("ready", () => {
  test.each(TODO_STATUSES.map((status) => [status, ["done", "closed", "tombstone"].includes(status)] as const))(
    "a dependency that is %s lets go: %s",
    (status, free) => {
      const times = { started_at: NOW, completed_at: NOW, closed_at: NOW, deleted_at: NOW };
      const todos = todoMap(makeTodo("a", { dependsOn: ["b"] }), makeTodo("b", { status, ...times }));
      expect(
        listReady(todos)
          .map(({ id }) => id)
          .includes("a"),
      ).toBe(free);
      expect(listBlockers(todos, todos.get("a")!)).toEqual(free ? [] : ["b"]);
    },
  );

  test("only open todos are", () => {
    const todos = todoMap(...TODO_STATUSES.map((status) => makeTodo(status, { status })));
    expect(listReady(todos).map(({ id }) => id)).toEqual(["open"]);
  });

  test("a dependency that cannot be found holds a todo up: unknown is not done", () => {
    const todos = todoMap(makeTodo("a", { dependsOn: ["gone"] }));
    expect(listReady(todos)).toEqual([]);
    expect(listBlockers(todos, todos.get("a")!)).toEqual(["gone"]);
  });

  test("what is done waits for nothing", () => {
    const done = makeTodo("a", { dependsOn: ["b"], status: "done", completed_at: NOW });
    expect(listBlockers(todoMap(done, makeTodo("b")), done)).toEqual([]);
  });
});

test("dependents come most urgent first", () => {
  const todos = todoMap(
    makeTodo("a"),
    makeTodo("b", { dependsOn: ["a"], priority: 3 }),
    makeTodo("c", { dependsOn: ["a"], priority: 1 }),
    makeTodo("d", { dependsOn: ["b"] }),
  );
  expect(listDependents(todos, "a").map(({ id }) => id)).toEqual(["c", "b"]);
});
