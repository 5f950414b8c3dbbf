import { expect, test } from "vitest";
import { createTodo } from "../../../src/domain/todo/create.ts";
import { updateTodo, type TodoChanges } from "../../../src/domain/todo/update.ts";
import { LATER, makeTodo, NOW } from "../../support/todo.ts";

test("a new todo is an open task of usual priority", () => {
  expect(createTodo({ id: "t", title: " Todo t " }, NOW)).toEqual(makeTodo("t"));
});

test("a new todo takes what is given", () => {
  const input = {
    id: "t",
    title: "x",
    description: "why\n",
    priority: 0,
    type: "bug",
    proposed: true,
    source: "mail",
  } as const;
  expect(createTodo(input, NOW)).toEqual(
    makeTodo("t", { title: "x", description: "why", priority: 0, type: "bug", status: "proposed", source: "mail" }),
  );
});

test.each<[TodoChanges, Record<string, unknown>]>([
  [{ title: "New" }, { title: "New" }],
  [
    { priority: 0, type: "bug" },
    { priority: 0, type: "bug" },
  ],
  [{ description: "text" }, { description: "text" }],
  [{ status: "waiting" }, { status: "waiting" }],
  [
    { status: "proposed", title: "New" },
    { status: "proposed", title: "New" },
  ],
])("%j is set", (changes, fields) => {
  expect(updateTodo(makeTodo("t"), changes, LATER)).toEqual(makeTodo("t", { ...fields, updated_at: LATER }));
});

test("an empty description removes it", () => {
  const changed = updateTodo(makeTodo("t", { description: "old" }), { description: " \n" }, LATER);
  expect(changed).toEqual(makeTodo("t", { updated_at: LATER }));
  expect("description" in changed).toBe(false);
});

test.each<TodoChanges>([
  {},
  { title: "Todo t" },
  { title: "  Todo t  ", priority: 2, type: "task", status: "open", description: "" },
])("%j changes nothing, not even the time", (changes) => {
  const todo = makeTodo("t");
  expect(updateTodo(todo, changes, LATER)).toBe(todo);
});

test.each([
  ["in_progress", "incr todo start t"],
  ["done", "incr todo finish t"],
  ["closed", "incr todo close t"],
  ["tombstone", "incr todo delete t"],
] as const)("the status %s has a verb of its own", (status, hint) => {
  expect(() => updateTodo(makeTodo("t"), { status }, LATER)).toThrow(expect.objectContaining({ code: "rule", hint }));
});

test("a done todo can be reworded, but not opened by a field; a deleted one is left alone", () => {
  const done = makeTodo("t", { status: "done", completed_at: NOW });
  expect(updateTodo(done, { title: "Better" }, LATER)).toMatchObject({
    title: "Better",
    status: "done",
    completed_at: NOW,
  });
  expect(() => updateTodo(done, { status: "open" }, LATER)).toThrow("todo t is done already");
  const deleted = makeTodo("t", { status: "tombstone", deleted_at: NOW });
  expect(() => updateTodo(deleted, { title: "x" }, LATER)).toThrow("todo t was deleted");
});

test("a clock that was set back does not move the last change back", () => {
  expect(updateTodo(makeTodo("t", { updated_at: LATER }), { title: "x" }, NOW).updated_at).toBe(LATER);
});
