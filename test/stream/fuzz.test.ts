/** tasks.json and index.json with anything in them: never a stack trace, and never a lost key. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runInside } from "../support/inside.ts";
import { openApproved, STREAM, type Desk } from "./desk.ts";

const AT = "2026-01-22T10:00:00.000Z";
const RUN = { sessionId: "ses_1", runId: "r1", agentName: "one", model: "p/m", startedAt: AT, status: "failed" };

const anything = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 1e99, "", "01.01.01.01", "9.9", AT, "running", [], {}, [null], [RUN], {
    x: 1,
  }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Puts something else in a place of a document, or takes it out. */
const change = fc.record({ at: fc.nat(), what: fc.constantFrom("put", "take", "add"), value: anything });
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function mutate(document: unknown, changes: readonly Change[]): unknown {
  const copy: unknown = structuredClone(document);
  for (const { at, what, value } of changes) {
    const places = listPlaces(copy);
    const [holder, key] = places[at % places.length] ?? [{}, "x"];
    const target = holder as Record<string, unknown>;
    // A copy, which cannot come to hold itself.
    const own: unknown = structuredClone(value);
    if (what === "put") target[key] = own;
    else if (what === "add") target[`${key}x`] = own;
    else if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete target[key];
  }
  return copy;
}

function listPlaces(value: unknown): [object, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[value, key] as [object, string], ...listPlaces(inner)]);
}

/** What a file may be cut or overwritten to. */
const torn = fc.record({
  at: fc.nat(),
  cut: fc.nat(60),
  put: fc.oneof(fc.constantFrom("", "}", '"', "\u0000", "\uFEFF"), fc.string()),
});

const READS = [["status"], ["status", "--sessions"], ["list"], ["validate"], ["tree"], ["read", "1.1.1"]];

function checkEnd(words: readonly string[], { code, stderr }: { code: number; stderr: string }, text: string): void {
  const told = `incr work ${words.join(" ")} ended with ${code}\n${stderr}\nof ${text}`;
  expect([0, 1, 2, 3, 6], told).toContain(code);
  expect(stderr, told).not.toMatch(/internal error|^ {4}at /m);
}

/** What stood at a place of `before` stands there still. */
function expectKept(before: unknown, after: unknown, path: string): void {
  if (/\.(?:status|updated_at|last_updated|sessions)$/.test(path)) return;
  if (typeof before !== "object" || before === null) return expect(after, path).toEqual(before);
  for (const [key, value] of Object.entries(before))
    expectKept(value, (after as Record<string, unknown>)?.[key], `${path}.${key}`);
}

async function look({ repo }: Desk, file: string, text: string): Promise<void> {
  writeFileSync(file, text);
  const place = { cwd: repo.root, env: repo.env };
  for (const words of READS) checkEnd(words, await runInside(["work", ...words], place), text);
  expect(readFileSync(file, "utf8")).toBe(text);
  const words = ["update", "--task", "1.1.1.1", "--status", "completed"];
  const result = await runInside(["work", ...words], place);
  checkEnd(words, result, text);
  const after = readFileSync(file, "utf8");
  if (result.code !== 0) expect(after).toBe(text);
  else expectKept(JSON.parse(text.replace(/^\uFEFF/, "")), JSON.parse(after), file.slice(-10));
}

test.each(["tasks.json", "index.json"])("%s", async (name) => {
  const desk = await openApproved();
  const file = join(desk.repo.root, "work", ...(name === "tasks.json" ? [STREAM, name] : [name]));
  const good = JSON.parse(readFileSync(file, "utf8"));
  if (name === "tasks.json") good.tasks[0].sessions = [RUN, { ...RUN, runId: "r2", status: "running" }];
  else {
    const conflict = { status: "conflict", at: AT, thread: "01.01.02", with: [], files: ["a"], onto: "0", theirs: "1" };
    good.streams[0].branch = { name: "b", base: "0", tip: "0" };
    good.streams[0].merges = { "01.01": conflict, "01.02": { status: "merged", at: AT, commit: "0" } };
  }
  const text = JSON.stringify(good, null, 2);
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      await look(desk, file, JSON.stringify(mutate(good, changes)));
    }),
    { numRuns: 60 },
  );
  await fc.assert(
    fc.asyncProperty(torn, async ({ at, cut, put }) => {
      const place = at % text.length;
      await look(desk, file, text.slice(0, place) + put + text.slice(place + cut));
    }),
    { numRuns: 25 },
  );
});
