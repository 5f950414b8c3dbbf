/** The threads of a plan in their order, as lists of tasks need them. */
import { formatPartId } from "../id.ts";
import type { Batch, Plan, Stage, Thread } from "../plan/plan.ts";

export interface PlannedThread {
  /** `01.02.03` */
  id: string;
  stage: Stage;
  batch: Batch;
  thread: Thread;
}

/** Every thread of a plan, in the order of the plan. */
export function listThreads(plan: Plan): PlannedThread[] {
  return plan.stages.flatMap((stage) =>
    stage.batches.flatMap((batch) =>
      batch.threads.map((thread) => ({
        id: formatPartId([stage.number, batch.number, thread.number]),
        stage,
        batch,
        thread,
      })),
    ),
  );
}

/** Tasks by the id of their thread, each in the order that they have. */
export function groupByThread<T extends { thread: string }>(tasks: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const task of tasks) {
    const group = groups.get(task.thread);
    if (group === undefined) groups.set(task.thread, [task]);
    else group.push(task);
  }
  return groups;
}
