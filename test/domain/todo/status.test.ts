import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IncrError } from "../../../src/domain/error.ts";
import { checkRecord } from "../../../src/domain/schema.ts";
import { timesOf, TODO_STATUSES, todoSchema, type Todo, type TodoStatus } from "../../../src/domain/todo.ts";
import {
  closeTodo,
  deleteTodo,
  finishTodo,
  reopenTodo,
  setPlannedStatus,
  startTodo,
} from "../../../src/domain/todo/status.ts";
import { updateTodo } from "../../../src/domain/todo/update.ts";
import { LATER, makeTodo, NOW } from "../../support/todo.ts";

const STARTED = "2026-01-07T15:00:00.000Z";
const ENDED = "2026-01-07T16:00:00.000Z";

/** A todo of each status, as the verbs make it; those that can have been started were. */
const SAMPLES: Record<TodoStatus, Todo> = {
  open: makeTodo("t"),
  proposed: makeTodo("t", { status: "proposed" }),
  waiting: makeTodo("t", { status: "waiting", started_at: STARTED }),
  in_progress: makeTodo("t", { status: "in_progress", started_at: STARTED }),
  done: makeTodo("t", { status: "done", started_at: STARTED, completed_at: ENDED }),
  closed: makeTodo("t", { status: "closed", started_at: STARTED, closed_at: ENDED }),
  tombstone: makeTodo("t", { status: "tombstone", completed_at: ENDED, deleted_at: ENDED, delete_reason: "no" }),
};

const VERBS: Record<string, (todo: Todo, now: string) => Todo> = {
  start: startTodo,
  finish: finishTodo,
  close: closeTodo,
  reopen: reopenTodo,
  delete: (todo, now) => deleteTodo(todo, { reason: "because" }, now),
  open: (todo, now) => setPlannedStatus(todo, "open", now),
  propose: (todo, now) => setPlannedStatus(todo, "proposed", now),
  wait: (todo, now) => setPlannedStatus(todo, "waiting", now),
};

/** What becomes of each status under each verb; `-` is refused. The order of columns is that of TODO_STATUSES. */
const TABLE: Record<string, string> = {
  //         open         proposed     in_progress  waiting      done   closed  tombstone
  start: "   in_progress  in_progress  -            in_progress  -      -       -",
  finish: "  done         done         done         done         -      -       -",
  close: "   closed       closed       closed       closed       -      -       -",
  reopen: "  -            open         open         open         open   open    open",
  delete: "  tombstone    tombstone    tombstone    tombstone    tombstone tombstone -",
  open: "    open         open         open         open         -      -       -",
  propose: " proposed     proposed     proposed     proposed     -      -       -",
  wait: "    waiting      waiting      waiting      waiting      -      -       -",
};

const CASES = Object.entries(TABLE).flatMap(([verb, row]) =>
  row
    .trim()
    .split(/\s+/)
    .map((to, index) => [verb, TODO_STATUSES[index] as TodoStatus, to] as const),
);

describe("status changes", () => {
  test.each(CASES)("%s of %s: %s", (verb, from, to) => {
    const apply = () => (VERBS[verb] as (todo: Todo, now: string) => Todo)(SAMPLES[from], LATER);
    if (to === "-") {
      expect(apply).toThrow(expect.objectContaining({ code: "rule", data: { todo_id: "t", status: from } }));
      return;
    }
    const changed = apply();
    expect(changed.status).toBe(to);
    expect(changed.updated_at).toBe(from === to ? NOW : LATER);
  });

  test("each keeps exactly the times that go with it", () => {
    expect(startTodo(SAMPLES.waiting, LATER)).toEqual(
      makeTodo("t", { status: "in_progress", started_at: LATER, updated_at: LATER }),
    );
    expect(finishTodo(SAMPLES.open, LATER)).toEqual(
      makeTodo("t", { status: "done", completed_at: LATER, updated_at: LATER }),
    );
    expect(finishTodo(SAMPLES.in_progress, LATER)).toEqual(
      makeTodo("t", { status: "done", started_at: STARTED, completed_at: LATER, updated_at: LATER }),
    );
    expect(closeTodo(SAMPLES.in_progress, LATER)).toEqual(
      makeTodo("t", { status: "closed", started_at: STARTED, closed_at: LATER, updated_at: LATER }),
    );
    expect(setPlannedStatus(SAMPLES.in_progress, "waiting", LATER)).toEqual(
      makeTodo("t", { status: "waiting", started_at: STARTED, updated_at: LATER }),
    );
    expect(deleteTodo(SAMPLES.done, { reason: "no" }, LATER)).toEqual(
      makeTodo("t", {
        status: "tombstone",
        started_at: STARTED,
        completed_at: ENDED,
        deleted_at: LATER,
        delete_reason: "no",
        updated_at: LATER,
      }),
    );
    for (const todo of [SAMPLES.done, SAMPLES.closed, SAMPLES.tombstone, SAMPLES.in_progress]) {
      expect(reopenTodo(todo, LATER)).toEqual(makeTodo("t", { updated_at: LATER }));
    }
  });

  test("what this version does not know survives", () => {
    const todo = makeTodo("t", { labels: ["ui"], source: "import" });
    expect(reopenTodo(finishTodo(startTodo(todo, LATER), LATER), LATER)).toMatchObject({
      labels: ["ui"],
      source: "import",
    });
  });

  test("a refusal says what to do", () => {
    expect(() => startTodo(SAMPLES.in_progress, LATER)).toThrow(
      expect.objectContaining({
        message: "todo t is in progress already",
        hint: "incr todo reopen t, if nobody works on it",
      }),
    );
    expect(() => finishTodo(SAMPLES.tombstone, LATER)).toThrow(
      expect.objectContaining({ message: "todo t was deleted", hint: "incr todo reopen t" }),
    );
  });
});

/** The table in the record's documentation. */
function checkTimes(todo: Todo): void {
  const { started_at, completed_at, closed_at, deleted_at, delete_reason } = timesOf(todo);
  const { status } = todo;
  if (status === "open" || status === "proposed") expect(started_at).toBeUndefined();
  if (status === "in_progress") expect(started_at).toBeDefined();
  if (status === "done") expect(completed_at).toBeDefined();
  else if (status !== "tombstone") expect(completed_at).toBeUndefined();
  if (status === "closed") expect(closed_at).toBeDefined();
  else if (status !== "tombstone") expect(closed_at).toBeUndefined();
  expect(deleted_at === undefined).toBe(status !== "tombstone");
  if (status !== "tombstone") expect(delete_reason).toBeUndefined();
}

describe("any sequence of changes", () => {
  const step = fc.record({
    verb: fc.constantFrom(...Object.keys(VERBS), "retitle"),
    // Clocks of several machines: time may jump back.
    at: fc.date({ min: new Date("2026-01-01"), max: new Date("2026-12-31"), noInvalidDate: true }),
  });

  test("keeps the record valid, its times those of its status, and its last change last", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let todo = makeTodo("t");
        for (const [index, { verb, at }] of steps.entries()) {
          const before = todo;
          const apply = VERBS[verb] ?? ((one: Todo, now: string) => updateTodo(one, { title: `Title ${index}` }, now));
          try {
            todo = apply(todo, at.toISOString());
          } catch (error) {
            expect(error).toBeInstanceOf(IncrError);
            expect(todo).toBe(before);
            continue;
          }
          expect(checkRecord(todoSchema, todo)).toMatchObject({ ok: true });
          checkTimes(todo);
          expect(Date.parse(todo.updated_at)).toBeGreaterThanOrEqual(Date.parse(before.updated_at));
          expect(todo.created_at).toBe(NOW);
        }
      }),
    );
  });
});
