import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TODO_STATUSES } from "../../src/domain/todo.ts";
import { decodeTodo, encodeTodo } from "../../src/todos/format.ts";
import { arbitraryFields, LATER, makeTodo, NOW } from "../support/todo.ts";

const ID = "k3j2h1g4";
const TODO = makeTodo(ID, { title: "Fix the login", dependsOn: ["m4n5", "p6q7"] });

function decode(text: string) {
  const outcome = decodeTodo(text, ID);
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.file;
}

test("a file looks like this", () => {
  expect(encodeTodo(TODO)).toBe(`{
  "id": "k3j2h1g4",
  "created_at": "2026-01-07T14:30:00.000Z",
  "source": null,

  "title": "Fix the login",

  "description": null,

  "priority": 2,

  "type": "task",

  "status": "open",
  "started_at": null,
  "completed_at": null,
  "closed_at": null,
  "deleted_at": null,
  "delete_reason": null,

  "dependencies": [
    {"todo_id":"k3j2h1g4","depends_on_id":"m4n5","created_at":"2026-01-07T14:30:00.000Z"},
    {"todo_id":"k3j2h1g4","depends_on_id":"p6q7","created_at":"2026-01-07T14:30:00.000Z"}
  ],

  "changed_at": {
    "title": "2026-01-07T14:30:00.000Z",

    "description": "2026-01-07T14:30:00.000Z",

    "priority": "2026-01-07T14:30:00.000Z",

    "type": "2026-01-07T14:30:00.000Z",

    "status": "2026-01-07T14:30:00.000Z",

    "dependencies": "2026-01-07T14:30:00.000Z"
  }
}
`);
});

test("what is written is read back, and written again the same", () => {
  const times = { started_at: NOW, completed_at: NOW, closed_at: NOW, deleted_at: LATER, delete_reason: "x\ny" };
  fc.assert(
    fc.property(arbitraryFields, fc.constantFrom(...TODO_STATUSES), fc.boolean(), (fields, status, busy) => {
      const more = { ...fields, status, source: "mail", ...times };
      const todo = makeTodo(ID, busy ? { ...more, dependsOn: ["a", "b"] } : more);
      const text = encodeTodo(todo);
      const file = decode(text);
      expect(file.todo).toEqual(todo);
      expect(encodeTodo(file.todo, file)).toBe(text);
    }),
  );
});

describe("a change", () => {
  const before = decode(encodeTodo(TODO));
  const lines = (text: string) => text.split("\n");
  const changed = (fields: Record<string, unknown>) => {
    const after = lines(encodeTodo(makeTodo(ID, { ...TODO, ...fields, updated_at: LATER }), before));
    return lines(encodeTodo(TODO)).flatMap((line, index) => (line === after[index] ? [] : [after[index]?.trim()]));
  };

  test("touches the lines of its field and of the field's time, and adds none", () => {
    expect(changed({ priority: 0 })).toEqual(['"priority": 0,', `"priority": "${LATER}",`]);
    expect(changed({ description: "a\nb" })).toEqual(['"description": "a\\nb",', `"description": "${LATER}",`]);
    expect(changed({ status: "in_progress", started_at: LATER })).toEqual([
      '"status": "in_progress",',
      `"started_at": "${LATER}",`,
      `"status": "${LATER}",`,
    ]);
  });

  test("is the last one of the todo", () => {
    const first = decode(encodeTodo(makeTodo(ID, { ...TODO, priority: 0, updated_at: LATER }), before));
    expect(first.todo.updated_at).toBe(LATER);
    const back = { ...first, todo: { ...first.todo } };
    expect(decode(encodeTodo(back.todo, first)).todo.updated_at).toBe(LATER);
  });

  test("keeps what this version does not know: keys, keys of dependencies, times of other fields", () => {
    const raw = JSON.parse(encodeTodo(TODO));
    raw.labels = ["ui", { nested: true }];
    raw.dependencies[0].kind = "blocks";
    raw.changed_at.labels = NOW;
    const file = decode(JSON.stringify(raw));
    const again = JSON.parse(encodeTodo({ ...file.todo, title: "New", updated_at: LATER }, file));
    expect(again).toEqual({ ...raw, title: "New", changed_at: { ...raw.changed_at, title: LATER } });
  });
});

test("a file written elsewhere in another shape is read", () => {
  const text = JSON.stringify({
    id: ID,
    title: "x",
    status: "done",
    priority: 0,
    type: "bug",
    created_at: "2026-01-07T15:30:00.123456789+01:00",
    updated_at: "2026-01-07T15:00:00Z",
    completed_at: "2026-01-07T15:00:00Z",
  });
  expect(decode(text).todo).toMatchObject({ status: "done", updated_at: "2026-01-07T15:00:00Z" });
});

test.each([
  ["", /^not JSON: /],
  ["{", /^not JSON: /],
  ["<<<<<<< ours", /^not JSON: /],
  ["null", /^not a JSON object$/],
  ["[]", /^not a JSON object$/],
  ['{"id":"k3j2h1g4"}', /^title: |^: |^status: /],
  [encodeTodo(TODO).replace('"priority": 2', '"priority": 9'), /^priority: /],
  [encodeTodo(TODO).replace('"status": "open"', '"status": "asleep"'), /^status: /],
  [encodeTodo(TODO).replace('"status": "open"', '"status": "in_progress"'), /^started_at: /],
  [encodeTodo(TODO).replace('"id": "k3j2h1g4"', '"id": "other"'), /^its id is "other"$/],
  [encodeTodo(TODO).replace(`"title": "${NOW}"`, '"title": "yesterday"'), /^changed_at.title: is not a time/],
])("%j cannot be read", (text, reason) => {
  const outcome = decodeTodo(text, ID);
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
});
