/** A merge as it is told and as it is answered. */
import type * as v from "valibot";
import type { MergeConflict } from "../../../domain/stream/merge.ts";
import type { MergedBatch } from "../../../usecases/stream/merge-batch.ts";
import type { conflictSchema } from "./answers.ts";
import type { mergedSchema } from "./fix-answers.ts";

type Conflict = v.InferOutput<typeof conflictSchema>;
export type Merged = v.InferOutput<typeof mergedSchema>;

/** A conflict as it is answered. */
export function answerConflict(batch: string, { thread, with: others, files, resolving }: MergeConflict): Conflict {
  return { batch, thread, with: others, files, workspace: resolving?.workspace ?? null };
}

/** A merge as it is answered. */
export function answerMerged({ conflict, ...merge }: MergedBatch): Merged {
  return { ...merge, conflict: conflict === null ? null : answerConflict(merge.batch, conflict) };
}

/** `batch 01.01 is merged into incr/stream/001-login/base: 01.01.01, 01.01.02`, and what comes after the last one. */
export function mergedLines({
  batch,
  branch,
  merged,
  takeover,
}: Pick<Merged, "batch" | "branch" | "takeover"> & { merged: readonly string[] }): string[] {
  const line =
    merged.length === 0
      ? `batch ${batch} brought nothing new to ${branch}`
      : `batch ${batch} is merged into ${branch}: ${merged.join(", ")}`;
  return [line, ...(takeover === null ? [] : [`all batches are merged; take them over with: ${takeover}`])];
}

/** Those of a merge that may have stopped at a conflict, which is told by itself. */
export function endLines(merge: Merged): string[] {
  if (merge.conflict !== null) return [];
  return mergedLines({ ...merge, merged: merge.merged.map(({ thread }) => thread) });
}
