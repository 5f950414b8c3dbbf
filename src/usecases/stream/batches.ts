import { outlineBatches, type BatchOutline } from "../../domain/stream/batches.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import type { App } from "../app.ts";
import { requirePlan, requireTasksFile, viewTasks, type OpenStream } from "./streams.ts";
import { readToldTasks } from "./thread-runs.ts";

/**
 * The batches of the plan, in its order, with all that is known of the runs of their threads.
 * @param running ids of the threads that have a run which has not ended
 */
export async function readBatches(
  app: App,
  stream: OpenStream,
  running: ReadonlySet<string> = new Set(),
): Promise<BatchOutline[]> {
  const file = requireTasksFile(await readToldTasks(app, stream));
  const tasks = groupByThread(viewTasks({ warn: () => {} }, file));
  return outlineBatches(listThreads(requirePlan(stream)), (thread) => threadState(tasks.get(thread) ?? []), running);
}
