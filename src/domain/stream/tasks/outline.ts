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
