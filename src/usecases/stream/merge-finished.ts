/** Bringing every batch that has come to its end into the stream's branch, in the order of the plan. */
import { formatPartId } from "../../domain/stream/id.ts";
import { isBatchMerged } from "../../domain/stream/merge.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import { threadState, type ThreadState } from "../../domain/stream/thread-state.ts";
import { mergeBatch, type MergedBatch } from "./merge-batch.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { openNamedStream, requirePlan, viewTasks, type OpenStream } from "./streams.ts";
import { readToldTasks } from "./thread-runs.ts";

interface FinishedBatch {
  id: string;
  stage: number;
  batch: number;
}

/**
 * Stops at the first conflict, which is the last of the result then.
 * @param before only those in front of this batch, such as `01.02`
 * @throws what `mergeBatch` throws
 */
export async function mergeFinished(app: ThreadApp, stream: OpenStream, before?: string): Promise<MergedBatch[]> {
  const merged: MergedBatch[] = [];
  for (const batch of await listFinished(app, openNamedStream(app, stream.entry.id))) {
    if (before !== undefined && batch.id >= before) break;
    const result = await mergeBatch(app, stream, batch);
    merged.push(result);
    if (result.conflict !== null) break;
  }
  return merged;
}

/** Batches whose threads are all completed and that are not merged, or in which a thread has run since. */
async function listFinished(app: ThreadApp, stream: OpenStream): Promise<FinishedBatch[]> {
  const file = await readToldTasks(app, stream);
  const tasks = groupByThread(file === null ? [] : viewTasks(app, file));
  const batches = new Map<string, FinishedBatch & { threads: ThreadState[] }>();
  for (const { id: thread, stage, batch } of listThreads(requirePlan(stream))) {
    const id = formatPartId([stage.number, batch.number]);
    const known = batches.get(id) ?? { id, stage: stage.number, batch: batch.number, threads: [] };
    known.threads.push(threadState(tasks.get(thread) ?? []));
    batches.set(id, known);
  }
  const { merges } = stream.entry;
  return [...batches.values()].filter(({ id, threads }) => {
    if (!threads.every(({ status }) => status === "completed" || status === "cancelled")) return false;
    const merge = merges?.[id];
    if (!isBatchMerged(stream.entry, id) || merge === undefined) return true;
    return threads.some(({ last }) => Date.parse(last?.completedAt ?? "") > Date.parse(merge.at));
  });
}
