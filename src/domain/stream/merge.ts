/** What became of the batches of a stream: merged into its branch, or stopped by a conflict. Pure transitions on the stream's entry. */
import * as v from "valibot";
import { IncrError } from "../error.ts";
import { timeSchema } from "../schema.ts";
import type { ThreadState } from "./thread-state.ts";

const resolvingSchema = v.object({
  /** Workspace that stands in the middle of the merge. */
  workspace: v.string(),
  lease_id: v.string(),
  branch: v.string(),
  since: timeSchema,
});
export type Resolving = v.InferOutput<typeof resolvingSchema>;

const conflictSchema = v.object({
  status: v.literal("conflict"),
  at: timeSchema,
  /** The thread whose work does not fit. */
  thread: v.string(),
  /** The threads that it does not fit with; none where somebody else changed the stream's branch. */
  with: v.array(v.string()),
  files: v.array(v.string()),
  /** Commit of the stream's branch, and that of the thread, which were to be merged. */
  onto: v.string(),
  theirs: v.string(),
  /** Somebody is at it. */
  resolving: v.optional(resolvingSchema),
});
export type MergeConflict = v.InferOutput<typeof conflictSchema>;

/** By batch, such as `01.02`. */
export const mergeSchema = v.variant("status", [
  v.object({
    status: v.literal("merged"),
    at: timeSchema,
    /** Where the stream's branch stood then. */
    commit: v.string(),
    /** Whose work that is; others may have been added to the batch since. */
    threads: v.optional(v.array(v.string())),
  }),
  conflictSchema,
]);
export type Merge = v.InferOutput<typeof mergeSchema>;

/** The branch that a stream's results are merged into. */
export const streamBranchSchema = v.object({
  name: v.string(),
  /** Commit that the stream started from. */
  base: v.string(),
  /** Where we left it: it is made again from here if somebody deletes it. */
  tip: v.string(),
});
export type StreamBranch = v.InferOutput<typeof streamBranchSchema>;

/** The part of a stream's entry that is about merging. */
export interface Merging {
  branch?: StreamBranch | undefined;
  merges?: Record<string, Merge> | null | undefined;
  updated_at?: string | undefined;
}

/** The entry with its branch noted, unless one is. @param now ISO time */
export function noteBranch<E extends Merging>(entry: E, branch: StreamBranch, now: string): E {
  return entry.branch === undefined ? { ...entry, branch, updated_at: now } : entry;
}

/** The entry with the place to which its branch was moved. */
export function noteTip<E extends Merging>(entry: E, tip: string, now: string): E {
  const { branch } = entry;
  return branch === undefined || branch.tip === tip ? entry : { ...entry, branch: { ...branch, tip }, updated_at: now };
}

/** The entry with a batch merged. @param threads ids of those that it has in it now */
export function noteMerged<E extends Merging>(
  entry: E,
  batch: string,
  { commit, threads }: { commit: string; threads: string[] },
  now: string,
): E {
  return withMerge(noteTip(entry, commit, now), batch, { status: "merged", at: now, commit, threads }, now);
}

/** The entry with a conflict in a batch. One that is known already stays as it is, with whoever is at it. */
export function noteConflict<E extends Merging>(
  entry: E,
  batch: string,
  conflict: Omit<MergeConflict, "status" | "at" | "resolving">,
  now: string,
): E {
  const known = findConflict(entry, batch);
  const same = known?.thread === conflict.thread && known.theirs === conflict.theirs && known.onto === conflict.onto;
  if (same) return entry;
  const resolving = known?.thread === conflict.thread ? known.resolving : undefined;
  const merge: Merge = {
    status: "conflict",
    at: now,
    ...conflict,
    ...(resolving === undefined ? {} : { resolving }),
  };
  return withMerge(entry, batch, merge, now);
}

/** The entry with somebody at a conflict. @throws IncrError `rule` if there is none any more */
export function beginResolving<E extends Merging>(entry: E, batch: string, resolving: Resolving, now: string): E {
  return withMerge(entry, batch, { ...requireConflict(entry, batch), resolving }, now);
}

/** The entry with nobody at the conflict any more. */
export function endResolving<E extends Merging>(entry: E, batch: string, leaseId: string, now: string): E {
  const conflict = findConflict(entry, batch);
  if (conflict?.resolving?.lease_id !== leaseId) return entry;
  const { resolving: _ended, ...open } = conflict;
  return withMerge(entry, batch, open, now);
}

/** The entry without the conflict of a batch, which is as if nobody had tried to merge it: what is completed of it fits, and the rest comes later. */
export function dropConflict<E extends Merging>(entry: E, batch: string, now: string): E {
  if (findConflict(entry, batch) === null) return entry;
  const { [batch]: _gone, ...merges } = entry.merges ?? {};
  return { ...entry, merges, updated_at: now };
}

/** The conflict of a batch. */
export function findConflict({ merges }: Merging, batch: string): MergeConflict | null {
  const merge = merges?.[batch];
  return merge?.status === "conflict" ? merge : null;
}

/** All conflicts, in the order of their batches. */
export function listConflicts({ merges }: Merging): { batch: string; conflict: MergeConflict }[] {
  return Object.entries(merges ?? {})
    .flatMap(([batch, merge]) => (merge.status === "conflict" ? [{ batch, conflict: merge }] : []))
    .toSorted((a, b) => (a.batch < b.batch ? -1 : 1));
}

/**
 * Whether all that a batch is to bring is in the stream's branch: none of its threads was added, or has run again, since it was merged.
 * @param threads those that the batch has in the plan now
 */
export function isBatchMerged(
  { merges }: Merging,
  batch: string,
  threads: readonly { id: string; state: ThreadState }[],
): boolean {
  const merge = merges?.[batch];
  if (merge?.status !== "merged") return false;
  return threads.every(({ id, state: { status, last } }) => {
    if (status === "cancelled") return true;
    const isIn = status === "completed" && (merge.threads?.includes(id) ?? true);
    return isIn && !(Date.parse(last?.completedAt ?? "") > Date.parse(merge.at));
  });
}

/** @throws IncrError `rule` */
export function requireConflict(entry: Merging, batch: string): MergeConflict {
  const conflict = findConflict(entry, batch);
  if (conflict !== null) return conflict;
  throw new IncrError("rule", `no conflict of batch ${batch} waits to be resolved`, { hint: "work status" });
}

/** `a.txt, b.txt and 3 more` */
export function describeFiles(files: readonly string[]): string {
  const [shown, rest] = [files.slice(0, 5), files.length - 5];
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}

/** Who does not fit with whom, in words. */
export function describeConflict({ thread, with: others, files }: Pick<MergeConflict, "thread" | "with" | "files">) {
  return `thread ${thread} does not fit with ${describeOthers({ thread, with: others })}: ${describeFiles(files)}`;
}

/** A thread that has run again may not fit with what it did before. */
export function describeOthers({ thread, with: others }: Pick<MergeConflict, "thread" | "with">): string {
  if (others.length === 0) return "what somebody else put on the stream's branch";
  return others.map((other) => (other === thread ? "its own earlier work" : other)).join(" and ");
}

function withMerge<E extends Merging>(entry: E, batch: string, merge: Merge, now: string): E {
  return { ...entry, merges: { ...entry.merges, [batch]: merge }, updated_at: now };
}
