import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { COLLECTIONS, type CollectionName } from "../../src/domain/records.ts";
import { surelyFits } from "../../src/domain/fits.ts";
import { todoSchema } from "../../src/domain/todo.ts";

const time = "2026-01-07T14:30:00.000Z";
const process = { host: "h", boot_id: "b", pid: 1, started_at: "1" };
const lease = {
  lease_id: "l",
  kind: "process",
  holder: { type: "session", id: "s" },
  acquired_at: time,
  intent: { action: "acquire", since: time, process, outcome: { any: [1] } },
  process,
  port: 1,
};
const review = { outcome: "ACCEPT", comments: "c", reviewed_at: time };
const common = { id: "i", repo: "r", created_at: time, started_at: time, updated_at: time };

/** A full record of each collection, and of each status. */
const examples: [CollectionName, object][] = [
  ["repos", { source_path: "/x", uid: "u" }],
  ["workspaces", { ...common, name: "n", path: "/p", status: "available", provisioned: true }],
  [
    "workspaces",
    { ...common, name: "n", path: "/p", status: "acquired", acquired_by_pid: 1, acquired_at: time, lease },
  ],
  ["sessions", { ...common, todo_id: "t", workspace_name: "w", status: "active", topic: "x" }],
  ["sessions", { ...common, todo_id: "t", workspace_name: "w", status: "completed", completed_at: time, exit_code: 0 }],
  [
    "sessions",
    { ...common, todo_id: "t", workspace_name: "w", status: "failed", completed_at: time, reason: "signal" },
  ],
  ["opencode_sessions", { ...common, status: "killed", completed_at: time, exit_code: 137 }],
  [
    "jobs",
    {
      ...common,
      todo_id: "t",
      stage: "testing",
      status: "active",
      opencode_sessions: [{ purpose: "p", id: "i" }],
      changes: [
        {
          change_id: "c",
          created_at: time,
          commits: [{ commit_id: "d", created_at: time, tests_passed: null, review }],
        },
        { change_id: "e", created_at: time, commits: null },
      ],
      project_review: null,
    },
  ],
];

describe("a quick look", () => {
  test.each(examples)("knows good records of %s: %j", (collection, record) => {
    expect(v.is(COLLECTIONS[collection], record)).toBe(true);
    expect(surelyFits(COLLECTIONS[collection], record)).toBe(true);
    expect(surelyFits(COLLECTIONS[collection], { ...record, unknown: { key: 1 } })).toBe(true);
  });

  test("never lets anything pass that the schema refuses", () => {
    const junk = fc.oneof(
      fc.constantFrom<unknown>(null, "", "x", time, "active", "completed", 0, 1.5, NaN, true, [], {}, [null], [{}]),
      fc.constant(undefined),
    );
    const damage = fc.tuple(
      fc.constantFrom(...examples),
      fc.array(fc.tuple(fc.nat(), junk, fc.boolean()), { maxLength: 3 }),
    );
    let passed = 0;
    fc.assert(
      fc.property(damage, ([[collection, record], steps]) => {
        const damaged: unknown = structuredClone(record);
        for (const [where, value, remove] of steps) breakAt(damaged, where, structuredClone(value), remove);
        if (!surelyFits(COLLECTIONS[collection], damaged)) return;
        passed += 1;
        expect(v.is(COLLECTIONS[collection], damaged)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(passed).toBeGreaterThan(500);
  });

  test("looks at the keys of a record, too", () => {
    const paths = v.record(
      v.pipe(
        v.string(),
        v.check((path) => !path.includes("..")),
      ),
      v.string(),
    );
    expect(surelyFits(paths, { "a/b": "x" })).toBe(true);
    expect(surelyFits(paths, { "a/b": "x", "../b": "x" })).toBe(false);
    expect(surelyFits(v.record(v.picklist(["a"]), v.string()), { b: "x" })).toBe(false);
  });

  test("leaves to the schema what it does not know", () => {
    expect(surelyFits(v.pipe(v.string(), v.email()), "a@example.com")).toBe(false);
    expect(surelyFits(v.bigint(), 1n)).toBe(false);
    // Ranges are checked there
    const todo = { id: "i", title: "t", status: "open", priority: 2, type: "task", created_at: time, updated_at: time };
    expect(v.is(todoSchema, todo)).toBe(true);
    expect(surelyFits(todoSchema, todo)).toBe(false);
  });
});

/** Changes or removes one of the values within `root`, the one that `where` happens to hit. */
function breakAt(root: unknown, where: number, value: unknown, remove: boolean): void {
  const places: [Record<string, unknown>, string][] = [];
  const collect = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    for (const [key, inner] of Object.entries(part)) {
      places.push([part as Record<string, unknown>, key]);
      collect(inner);
    }
  };
  collect(root);
  const place = places[where % places.length];
  if (place === undefined) return;
  if (remove && Array.isArray(place[0])) place[0].splice(Number(place[1]), 1);
  else if (remove) delete place[0][place[1]];
  else place[0][place[1]] = value;
}
