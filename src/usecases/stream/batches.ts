import { outlineBatches, type BatchOutline } from "../../domain/stream/batches.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import { requirePlan, requireTasksFile, viewTasks, type OpenStream } from "./streams.ts";

/** The batches of the plan, in its order, as `tasks.json` has them. @param running ids of the threads that have a run which has not ended */
export function readBatches(stream: OpenStream, running: ReadonlySet<string> = new Set()): BatchOutline[] {
  const tasks = groupByThread(viewTasks({ warn: () => {} }, requireTasksFile(stream.files.readTasks())));
  return outlineBatches(listThreads(requirePlan(stream)), (thread) => threadState(tasks.get(thread) ?? []), running);
}
