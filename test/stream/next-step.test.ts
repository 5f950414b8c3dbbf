/** What a stream waits for, the most urgent first. */
import { expect, test } from "vitest";
import type { GateState } from "../../src/domain/stream/approval.ts";
import type { StreamEntry } from "../../src/domain/stream/index-record.ts";
import type { MergeConflict } from "../../src/domain/stream/merge.ts";
import { nextStep } from "../../src/domain/stream/next-step.ts";
import { viewTask } from "../../src/domain/stream/tasks/record.ts";
import { threadState } from "../../src/domain/stream/thread-state.ts";

const AT = "2026-01-22T10:00:00.000Z";
const gate = (status: GateState["status"]): GateState => ({ status, by: null, at: null, reason: null });
const RUN = { agentName: "a", model: "m", startedAt: AT, sessionId: "s" };

/** `01.01.01 completed`, or `… running` and the like for the last run of one that is pending. */
function thread(text: string): { id: string; state: ReturnType<typeof threadState> } {
  const [id = "", status = ""] = text.split(" ");
  const isRun = ["running", "failed", "interrupted"].includes(status);
  const { task } = viewTask({
    id: `${id}.01`,
    status: isRun ? "pending" : status,
    sessions: isRun ? [{ ...RUN, status }] : [],
  });
  return { id, state: threadState([task]) };
}

const conflict: MergeConflict = {
  status: "conflict",
  at: AT,
  thread: "01.01.01",
  with: [],
  files: [],
  onto: "0",
  theirs: "1",
};
const branch = { name: "b", base: "0", tip: "1" };
const merged = { status: "merged" as const, at: AT, commit: "1", threads: ["01.01.01"] };
const resolving = { workspace: "ws-001", lease_id: "l", branch: "b", since: AT };

test.each<[string, Partial<StreamEntry>, string, GateState["status"], GateState["status"], [string, string] | null]>([
  ["a template", {}, "", "none", "none", ["planning", "work approve plan"]],
  ["an edited plan", {}, "01.01.01 pending", "changed", "changed", ["planning", "work approve plan"]],
  ["tasks to be written", {}, "", "approved", "none", ["tasks", "work approve tasks"]],
  ["nothing run", {}, "01.01.01 pending", "approved", "approved", ["ready", "work continue"]],
  ["one runs", {}, "01.01.01 running, 01.01.02 failed", "approved", "approved", ["running", "work status"]],
  ["one failed", {}, "01.01.01 failed", "approved", "approved", ["broken", "work fix --thread 01.01.01"]],
  ["two failed", {}, "01.01.01 failed, 01.01.02 interrupted", "approved", "approved", ["broken", "work fix"]],
  [
    "failed, and the plan was edited",
    {},
    "01.01.01 failed",
    "changed",
    "changed",
    ["broken", "work fix --thread 01.01.01"],
  ],
  ["blocked", {}, "01.01.01 blocked", "approved", "approved", ["blocked", "work list --status blocked"]],
  [
    "a conflict",
    { merges: { "01.01": conflict } },
    "01.01.01 completed",
    "approved",
    "approved",
    ["conflict", "work fix --merge"],
  ],
  [
    "at a conflict",
    { merges: { "01.01": { ...conflict, resolving } } },
    "01.01.01 running",
    "approved",
    "approved",
    ["conflict", "work fix --merged"],
  ],
  [
    "a stage done",
    {},
    "01.01.01 completed, 02.01.01 pending",
    "approved",
    "approved",
    ["review", "work approve stage 1"],
  ],
  [
    "the last stage done",
    { approval: { stages: { "01": { status: "approved" } } } },
    "01.01.01 completed, 02.01.01 cancelled",
    "approved",
    "approved",
    ["review", "work approve stage 2"],
  ],
  [
    "all done",
    { approval: { stages: { "1": { status: "approved" } } } },
    "01.01.01 completed",
    "approved",
    "approved",
    null,
  ],
  [
    "all done and merged",
    { approval: { stages: { "1": { status: "approved" } } }, branch, merges: { "01.01": merged } },
    "01.01.01 completed, 01.01.02 cancelled",
    "approved",
    "approved",
    null,
  ],
  [
    "all done, by hand at last",
    { approval: { stages: { "1": { status: "approved" } } }, branch, merges: { "01.01": merged } },
    "01.01.01 completed, 01.01.02 completed",
    "approved",
    "approved",
    ["ready", "work continue"],
  ],
  [
    "all done, and edited since",
    { approval: { stages: { "1": { status: "approved" } } } },
    "01.01.01 completed",
    "changed",
    "changed",
    null,
  ],
])("%s", (_name, entry, threads, plan, tasks, expected) => {
  const listed = threads === "" ? [] : threads.split(", ").map(thread);
  const next = nextStep({ id: "001-x", ...entry }, { plan: gate(plan), tasks: gate(tasks), threads: listed });
  expect(next === null ? null : [next.state, next.command]).toEqual(expected);
});
