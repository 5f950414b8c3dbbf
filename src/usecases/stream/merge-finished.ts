/** Bringing every batch that has come to its end into the stream's branch, in the order of the plan. */
import { isDone, outlineBatches, statesOf, type BatchOutline } from "../../domain/stream/batches.ts";
import { isBatchMerged } from "../../domain/stream/merge.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import { mergeBatch, type MergedBatch } from "./merge-batch.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { openNamedStream, requirePlan, viewTasks, type OpenStream } from "./streams.ts";
import { readToldTasks } from "./thread-runs.ts";

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

/** Batches whose threads are all completed, and have something that is not merged. */
async function listFinished(app: ThreadApp, stream: OpenStream): Promise<BatchOutline[]> {
  const file = await readToldTasks(app, stream);
  const tasks = groupByThread(file === null ? [] : viewTasks(app, file));
  const planned = listThreads(requirePlan(stream));
  return outlineBatches(planned, (thread) => threadState(tasks.get(thread) ?? []), new Set()).filter(
    (batch) => isDone(batch) && !isBatchMerged(stream.entry, batch.id, statesOf(batch)),
  );
}
