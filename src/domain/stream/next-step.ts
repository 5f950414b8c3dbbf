/** What a stream waits for, and what is to be typed for it: told from its approvals, its merges and its threads. */
import { stageGate, type GateState } from "./approval.ts";
import { groupByBatch } from "./batches.ts";
import { fixesOf, needsFix } from "./fix.ts";
import type { StreamEntry } from "./index-record.ts";
import { isBatchMerged, listConflicts } from "./merge.ts";
import type { ThreadState } from "./thread-state.ts";

export const STREAM_STATES = [
  "planning",
  "tasks",
  "ready",
  "running",
  "blocked",
  "broken",
  "conflict",
  "review",
  "unmerged",
] as const;
/**
 * `planning` and `tasks` wait for that to be approved, `ready` for threads to be run or merged, `review` for the result of a stage to be accepted, `unmerged` for all of it
 * to be taken over; `blocked`, `broken` and `conflict` for somebody.
 */
export type StreamState = (typeof STREAM_STATES)[number];

export interface NextStep {
  state: StreamState;
  /** Without `--stream`. */
  command: string;
}

interface Standing {
  plan: GateState;
  tasks: GateState;
  /** In the order of the plan. */
  threads: readonly { id: string; state: ThreadState }[];
}

/** The most urgent thing; null once every thread is done and merged, and every stage accepted. */
export function nextStep(stream: StreamEntry, { plan, tasks, threads }: Standing): NextStep | null {
  const [conflict] = listConflicts(stream);
  if (conflict !== undefined)
    return {
      state: "conflict",
      command: `work fix --${conflict.conflict.resolving === undefined ? "merge" : "merged"}`,
    };
  if (threads.some(({ state }) => state.running !== null)) return { state: "running", command: "work status" };
  const [broken, ...more] = threads.filter(({ state }) => needsFix(fixesOf(state)));
  if (broken !== undefined)
    return { state: "broken", command: more.length === 0 ? `work fix --thread ${broken.id}` : "work fix" };
  const open = threads.find(({ state }) => !isThreadDone(state));
  const unaccepted = listStages(threads).find(
    (stage) => (open === undefined || stage < stageOf(open)) && stageGate(stream, stage).status !== "approved",
  );
  if (threads.length > 0 && open === undefined && unaccepted === undefined)
    return isGathered(stream, threads) ? null : { state: "ready", command: "work continue" };
  if (plan.status !== "approved") return { state: "planning", command: "work approve plan" };
  if (tasks.status !== "approved") return { state: "tasks", command: "work approve tasks" };
  if (unaccepted !== undefined) return { state: "review", command: `work approve stage ${unaccepted}` };
  if (open?.state.status === "blocked") return { state: "blocked", command: "work list --status blocked" };
  return { state: "ready", command: "work continue" };
}

/** Whether nothing of a thread is left to be done. */
export function isThreadDone({ status }: ThreadState): boolean {
  return status === "completed" || status === "cancelled";
}

/** Whether all that was done is on the stream's branch. Where no agent was ever started there is none. */
function isGathered(stream: StreamEntry, threads: Standing["threads"]): boolean {
  if (stream.branch === undefined) return true;
  return [...groupByBatch(threads)].every(([batch, own]) => isBatchMerged(stream, batch, own));
}

function listStages(threads: Standing["threads"]): number[] {
  return [...new Set(threads.map(stageOf))];
}

function stageOf({ id }: { id: string }): number {
  return Number(id.slice(0, 2));
}
