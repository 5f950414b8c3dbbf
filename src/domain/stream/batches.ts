/** The batches of a plan as they stand: which of their threads are to be run, and which are in the way. */
import { formatPartId } from "./id.ts";
import type { PlannedThread } from "./tasks/outline.ts";
import type { ThreadState } from "./thread-state.ts";

/** `fresh`: it has never run. `running`: somebody runs it. `broken`: it has run, or is blocked, and is not done. */
export type ThreadStanding = "done" | "running" | "fresh" | "broken";

export interface BatchThread {
  planned: PlannedThread;
  state: ThreadState;
  standing: ThreadStanding;
}

export interface BatchOutline {
  /** `01.02` */
  id: string;
  stage: number;
  batch: number;
  threads: BatchThread[];
}

/** @param running ids of the threads that have a run which has not ended */
export function outlineBatches(
  threads: readonly PlannedThread[],
  stateOf: (thread: string) => ThreadState,
  running: ReadonlySet<string>,
): BatchOutline[] {
  const batches = new Map<string, BatchOutline>();
  for (const planned of threads) {
    const { stage, batch } = planned;
    const id = formatPartId([stage.number, batch.number]);
    const outline = batches.get(id) ?? { id, stage: stage.number, batch: batch.number, threads: [] };
    const state = stateOf(planned.id);
    outline.threads.push({ planned, state, standing: standingOf(state, running.has(planned.id)) });
    batches.set(id, outline);
  }
  return [...batches.values()];
}

function standingOf({ status, sessions }: ThreadState, running: boolean): ThreadStanding {
  if (running) return "running";
  if (status === "completed" || status === "cancelled") return "done";
  return sessions.length > 0 || status === "blocked" ? "broken" : "fresh";
}

/**
 * The first batch in front of this one that is not done; null if there is none. Of an earlier stage whose result was accepted nothing is waited for any more.
 * @param batches in the order of the plan
 */
export function findUndoneBefore(
  batches: readonly BatchOutline[],
  id: string,
  isAccepted: (stage: number) => boolean,
): BatchOutline | null {
  const own = batches.find((one) => one.id === id);
  const before = own === undefined ? [] : batches.slice(0, batches.indexOf(own));
  return before.find((one) => !isDone(one) && (one.stage === own?.stage || !isAccepted(one.stage))) ?? null;
}

/** How its threads stand. */
export function statesOf({ threads }: BatchOutline): { id: string; state: ThreadState }[] {
  return threads.map(({ planned: { id }, state }) => ({ id, state }));
}

/** Threads by the ids of their batches, such as `01.02`, in the order of the plan. */
export function groupByBatch<T extends { id: string }>(threads: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thread of threads) {
    const batch = thread.id.slice(0, thread.id.lastIndexOf("."));
    const group = groups.get(batch);
    if (group === undefined) groups.set(batch, [thread]);
    else group.push(thread);
  }
  return groups;
}

/** Whether it waits for somebody before it can be started: there is nothing to be fixed about it. */
export function isBlocked({ standing, state }: BatchThread): boolean {
  return standing === "broken" && state.sessions.length === 0;
}

/** What has to be typed for threads that did not come to their end. */
export function unblockCommand(threads: readonly BatchThread[]): string | null {
  const broken = threads.filter(({ standing }) => standing === "broken");
  if (broken.length === 0) return null;
  return broken.every(isBlocked) ? "work list --status blocked" : "work fix";
}

/** Whether every thread of it is done. */
export function isDone({ threads }: BatchOutline): boolean {
  return threads.every(({ standing }) => standing === "done");
}
