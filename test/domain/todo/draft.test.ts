import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TODO_STATUSES } from "../../../src/domain/todo.ts";
import { draftFields, mergeDraft, parseDraft, printDraft, rebaseDraft } from "../../../src/domain/todo/draft.ts";
import { arbitraryFields, makeTodo } from "../../support/todo.ts";

const TODO = makeTodo("k3j2h1g4", {
  title: "Fix the login",
  description: "It fails.\n\n---\n# not a comment",
  type: "bug",
});

test("a draft looks like this", () => {
  expect(printDraft(draftFields(TODO), { id: TODO.id, version: "8ed01ee5" })).toBe(`---
title: Fix the login
type: bug
priority: 2
status: open
# type: task, bug, feature; priority: 0 (critical) to 4 (backlog); status: open, proposed, waiting
# everything under the next line of dashes is the description
# todo k3j2h1g4
# version 8ed01ee5
---

It fails.

---
# not a comment
`);
});

test("an untouched draft comes back as it was, whatever stands in it", () => {
  fc.assert(
    fc.property(arbitraryFields, fc.constantFrom(...TODO_STATUSES), (fields, status) => {
      const todo = makeTodo("t", { ...fields, status });
      const wanted = draftFields(todo);
      const parsed = parseDraft(printDraft(wanted, { id: "t", version: "abc" }));
      const planned = ["open", "proposed", "waiting"].includes(status);
      const { status: _, ...rest } = wanted;
      expect(parsed).toEqual({ fields: planned ? wanted : rest, version: "abc" });
      expect(mergeDraft(wanted, parsed.fields, todo)).toEqual({});
    }),
  );
});

describe("what an editor leaves", () => {
  test("may have other line ends, a byte order mark, blank lines and fields in any order", () => {
    const text = "\uFEFF\r\n---  \r\n\r\npriority:p1\r\ntitle:   New one  \r\n---\r\nText\r\n\r\nmore\r\n\r\n";
    expect(parseDraft(text)).toEqual({
      fields: { title: "New one", priority: 1, description: "Text\n\nmore" },
      version: null,
    });
  });

  test("keeps a description that begins with blank lines or spaces", () => {
    expect(parseDraft("---\n---\n\n\n  code\n").fields.description).toBe("\n  code");
  });

  test.each([
    ["", "the first line is not ---"],
    ["title: x\n", "the first line is not ---"],
    ["---\ntitle: x\n", "there is no second line of dashes, which ends the fields"],
    ["---\njust text\n---\n", 'line 2 is not of the form "field: value"'],
    ["---\ntitle: x\nowner: me\n---\n", "line 3 has an unknown field, owner"],
    ["---\ntype: bug\ntype: task\n---\n", "line 3 gives the type a second time"],
  ])("%j is refused", (text, why) => {
    expect(() => parseDraft(text)).toThrow(
      expect.objectContaining({ code: "invalid_input", message: `the draft cannot be read: ${why}` }),
    );
  });

  test.each([
    ["---\npriority: urgent\n---\n", '"urgent" is not a priority'],
    ["---\ntype: chore\n---\n", '"chore" is not a type'],
    ["---\ntitle:\n---\n", "the title is empty"],
  ])("%j is refused like a flag", (text, message) => {
    expect(() => parseDraft(text)).toThrow(message);
  });
});

describe("a change by somebody else meanwhile", () => {
  const base = draftFields(TODO);

  test("of another field stands beside ours", () => {
    const theirs = makeTodo(TODO.id, { ...TODO, priority: 0 });
    expect(mergeDraft(base, { ...base, title: "Ours" }, theirs)).toEqual({ title: "Ours" });
  });

  test("of the same field to the same value is no conflict", () => {
    expect(mergeDraft(base, { ...base, priority: 0 }, makeTodo(TODO.id, { ...TODO, priority: 0 }))).toEqual({
      priority: 0,
    });
  });

  test("of the same field to another value is a conflict that names both", () => {
    const theirs = makeTodo(TODO.id, { ...TODO, title: "Theirs", priority: 0 });
    expect(() => mergeDraft(base, { ...base, title: "Ours", priority: 1 }, theirs)).toThrow(
      expect.objectContaining({
        code: "conflict",
        message: "somebody changed the title and the priority of todo k3j2h1g4 meanwhile",
        data: {
          todo_id: "k3j2h1g4",
          conflicts: { title: { now: "Theirs", wanted: "Ours" }, priority: { now: 0, wanted: 1 } },
        },
      }),
    );
  });

  test("of the status counts even if the draft had no line for it", () => {
    const working = makeTodo("t", { status: "in_progress", started_at: TODO.created_at });
    const done = makeTodo("t", { status: "done", completed_at: TODO.created_at });
    expect(() => mergeDraft(draftFields(working), { status: "waiting" }, done)).toThrow("somebody changed the status");
  });
});

test("a draft that met a conflict is brought up to date: ours where we changed, theirs elsewhere, and a note where both did", () => {
  const base = draftFields(TODO);
  const theirs = makeTodo(TODO.id, { ...TODO, title: "Theirs", priority: 0, description: "New" });
  const { fields, notes } = rebaseDraft(base, { ...base, title: "Ours", type: "task", description: "Mine" }, theirs);
  expect(fields).toEqual({ title: "Ours", description: "Mine", priority: 0, type: "task", status: "open" });
  expect(notes).toEqual([
    "somebody changed the title meanwhile, to: Theirs",
    "somebody changed the description meanwhile: incr todo show k3j2h1g4",
  ]);
  const parsed = parseDraft(printDraft(fields, { notes, version: "abc" }));
  expect(parsed).toEqual({ fields, version: "abc" });
  expect(mergeDraft(draftFields(theirs), parsed.fields, theirs)).toEqual({
    title: "Ours",
    type: "task",
    description: "Mine",
  });
});
