/** The threads of a plan in their order, as lists of tasks need them. */
import { IncrError } from "../../error.ts";
import { canonicalPartId, formatPartId } from "../id.ts";
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

/** The thread with that id or name. @throws IncrError `not_found`, `ambiguous` */
export function requireThread(plan: Plan, text: string): PlannedThread {
  const threads = listThreads(plan);
  const wanted = text.trim();
  const id = canonicalPartId(wanted);
  const found = threads.filter((one) => one.id === id);
  const named = threads.filter(({ thread }) => thread.name.toLowerCase() === wanted.toLowerCase());
  const fitting = found.length > 0 ? found : named;
  const [first] = fitting;
  if (first === undefined) {
    throw new IncrError("not_found", `there is no thread "${text}"`, { hint: "work tree", data: { id: text } });
  }
  if (fitting.length === 1) return first;
  const candidates = fitting.map((one) => one.id);
  throw new IncrError("ambiguous", `"${text}" means more than one thread: ${candidates.join(", ")}`, {
    hint: `say which: --thread ${candidates[0]}`,
    data: { id: text, candidates },
  });
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
