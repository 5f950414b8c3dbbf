/** What can be done about threads, and what is noted of merges: decided without git or agents. */
import { describe, expect, test } from "vitest";
import { mergeBranch, streamBranch, threadBranch } from "../../src/domain/stream/branch.ts";
import { fixesOf, needsFix } from "../../src/domain/stream/fix.ts";
import {
  beginResolving,
  describeConflict,
  endResolving,
  findConflict,
  isBatchMerged,
  listConflicts,
  noteBranch,
  noteConflict,
  noteMerged,
  noteTip,
  type Merging,
} from "../../src/domain/stream/merge.ts";
import type { SessionRecord } from "../../src/domain/stream/tasks/record.ts";
import type { ThreadStatus } from "../../src/domain/stream/thread-state.ts";

const NOW = "2026-01-22T10:00:00.000Z";
const LATER = "2026-01-22T11:00:00.000Z";

const last = (status: SessionRecord["status"], sessionId: string | null = "ses_1"): SessionRecord => ({
  sessionId,
  agentName: "one",
  model: "p/m",
  startedAt: NOW,
  status,
});
const ALL = ["resume", "retry", "agent"];
const AGAIN = ["retry", "agent"];

test.each<[string, ThreadStatus, SessionRecord | null, object, string, string[]]>([
  ["never ran", "pending", null, {}, "pending", []],
  ["tasks are blocked, never ran", "blocked", null, {}, "blocked", []],
  ["failed", "failed", last("failed"), {}, "failed", ALL],
  ["was cut off", "interrupted", last("interrupted"), {}, "interrupted", ALL],
  ["ended well, with a task that is blocked", "blocked", last("completed"), {}, "incomplete", ALL],
  ["ended well, and was set back by hand", "pending", last("completed"), {}, "incomplete", ALL],
  ["failed before its conversation was known", "failed", last("failed", null), {}, "failed", AGAIN],
  ["is not known to its agent any more", "failed", last("failed"), { stale: true }, "failed", AGAIN],
  ["was run by another program", "failed", last("failed"), { known: false }, "failed", AGAIN],
  ["says that it runs, and nobody runs it", "in_progress", last("running"), {}, "interrupted", ALL],
  ["runs", "in_progress", last("running"), { active: true }, "running", []],
  ["runs, although all is done", "completed", last("running"), { active: true }, "running", []],
  ["is done, though its last run failed", "completed", last("failed"), {}, "completed", []],
  ["is cancelled", "cancelled", last("failed"), {}, "cancelled", []],
])("a thread that %s", (_what, status, run, more, expected, actions) => {
  const fix = fixesOf({ status, last: run, running: null }, { known: true, active: false, stale: false, ...more });
  expect(fix).toMatchObject({ status: expected, actions });
  expect(needsFix(fix)).toBe(actions.length > 0);
  // Whatever cannot be done is explained.
  if (actions.length < 3) expect(fix.note).toBeTypeOf("string");
});

describe("merges", () => {
  const conflict = { thread: "01.01.02", with: ["01.01.01"], files: ["a"], onto: "c1", theirs: "c2" };
  const resolving = { workspace: "ws-001", lease_id: "L1", branch: "b", since: NOW };
  const start = { id: "001-x", branch: { name: "b", base: "c0", tip: "c0" }, other: true };

  test("a conflict is kept with whoever is at it, until the batch is merged", () => {
    const found = noteConflict(start, "01.01", conflict, NOW);
    expect(found).toMatchObject({ other: true, updated_at: NOW, merges: { "01.01": { status: "conflict", at: NOW } } });
    const begun = beginResolving(found, "01.01", resolving, NOW);
    expect(noteConflict(begun, "01.01", conflict, LATER)).toBe(begun);
    // The branch was moved: the same thread, another conflict.
    expect(findConflict(noteConflict(begun, "01.01", { ...conflict, onto: "c9" }, LATER), "01.01")).toMatchObject({
      onto: "c9",
      resolving,
    });
    expect(
      findConflict(noteConflict(begun, "01.01", { ...conflict, thread: "01.01.03" }, LATER), "01.01"),
    ).not.toHaveProperty("resolving");
    expect(endResolving(begun, "01.01", "L2", LATER)).toBe(begun);
    expect(findConflict(endResolving(begun, "01.01", "L1", LATER), "01.01")).not.toHaveProperty("resolving");
    const merged = noteMerged(begun, "01.01", { commit: "c3", threads: ["01.01.01"] }, LATER);
    expect(merged).toMatchObject({
      branch: { tip: "c3", base: "c0" },
      merges: { "01.01": { status: "merged", commit: "c3" } },
    });
    expect([isBatchMerged(merged, "01.01", []), isBatchMerged(merged, "01.02", []), listConflicts(merged)]).toEqual([
      true,
      false,
      [],
    ]);
    expect(() => beginResolving(merged, "01.01", resolving, LATER)).toThrow(
      "no conflict of batch 01.01 waits to be resolved",
    );
  });

  test("the branch is noted once, and followed", () => {
    const entry: Merging & { id: string } = { id: "001-x" };
    const noted = noteBranch(entry, { name: "b", base: "c0", tip: "c0" }, NOW);
    expect(noteBranch(noted, { name: "b", base: "c5", tip: "c5" }, LATER)).toBe(noted);
    expect(noteTip(noted, "c0", LATER)).toBe(noted);
    expect(noteTip(noted, "c1", LATER)).toMatchObject({ branch: { base: "c0", tip: "c1" }, updated_at: LATER });
    expect(noteTip(entry, "c1", LATER)).toBe(entry);
  });

  test("a conflict is told in words", () => {
    expect(
      describeConflict({
        thread: "01.01.03",
        with: ["01.01.01", "01.01.02"],
        files: ["1", "2", "3", "4", "5", "6", "7"],
      }),
    ).toBe("thread 01.01.03 does not fit with 01.01.01 and 01.01.02: 1, 2, 3, 4, 5 and 2 more");
    expect(describeConflict({ thread: "01.01.03", with: ["01.01.03", "01.02.01"], files: ["a"] })).toBe(
      "thread 01.01.03 does not fit with its own earlier work and 01.02.01: a",
    );
  });
});

test("branches have names that git takes, whatever a stream is called", () => {
  expect(streamBranch("001-login")).toBe("incr/stream/001-login/base");
  expect(threadBranch("001-login", "01.02.03")).toBe("incr/stream/001-login/t-01.02.03");
  expect(mergeBranch("001-login", "01.02.03")).toBe("incr/stream/001-login/merge-01.02.03");
  expect(streamBranch("002 a:b..c~.lock")).toBe("incr/stream/002-a-b.c-/base");
});
