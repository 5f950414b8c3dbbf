import { expect, test } from "vitest";
import { requireTodoFree, type TodoHolder } from "../../../src/domain/todo/holder.ts";
import { makeTodo } from "../../support/todo.ts";

const NOW = "2026-01-07T14:30:00.000Z";
const SINCE = "2026-01-07T12:20:00.000Z";
const SESSION: TodoHolder = { type: "session", id: "ab12cd34", workspace: "ws-001", since: SINCE };

test.each<[TodoHolder, string, string]>([
  [SESSION, `todo k3j2h1g4 is held by session ab12cd34 in ws-001 since ${SINCE}`, "incr session done k3j2h1g4"],
  [
    { ...SESSION, lease_kind: "process" },
    `todo k3j2h1g4 is held by session ab12cd34 in ws-001 since ${SINCE}`,
    "incr wait ab12cd34",
  ],
  [
    { ...SESSION, lease_kind: "process", own: true },
    `todo k3j2h1g4 is held by session ab12cd34 in ws-001 since ${SINCE}`,
    "it is done when the command of this run ends with 0",
  ],
  [
    { type: "job", id: "jobjobjo", since: SINCE },
    `todo k3j2h1g4 is held by job jobjobjo since ${SINCE}`,
    "incr job show jobjobjo",
  ],
  [
    { type: "thread", id: "01.01.02", since: NOW },
    `todo k3j2h1g4 is held by thread 01.01.02 since ${NOW}`,
    "wait for it to end",
  ],
])("a todo that somebody works on is left to them: %j", (holder, message, wayOut) => {
  expect(() => requireTodoFree(makeTodo("k3j2h1g4"), holder, { force: false })).toThrow(
    expect.objectContaining({
      code: "held",
      exitCode: 4,
      message,
      hint: `${wayOut}, or --force to change the todo all the same`,
      data: { todo_id: "k3j2h1g4", holder },
    }),
  );
});

test("a free todo, or --force, passes", () => {
  expect(() => requireTodoFree(makeTodo("t"), undefined, { force: false })).not.toThrow();
  expect(() => requireTodoFree(makeTodo("t"), SESSION, { force: true })).not.toThrow();
});
