/** What git knows of the work between two moments. */
import * as v from "valibot";

export const commitSchema = v.object({
  id: v.string(),
  subject: v.string(),
});

/** Commits that HEAD reaches at the end of a session and did not reach at its start, and the distinct files in them. */
export interface CommitCounts {
  /** Null where it could not be found out. */
  commits: number | null;
  files_changed: number | null;
  /** The newest of them first; at most `LISTED`. */
  commit_list: v.InferOutput<typeof commitSchema>[];
  /** At most `LISTED`, sorted. */
  files: string[];
}

/** How many commits and files a report names; the numbers count them all. */
export const LISTED = 200;

/** Without git there are no commits. */
export const NO_COMMITS: CommitCounts = { commits: 0, files_changed: 0, commit_list: [], files: [] };

export const UNKNOWN_COMMITS: CommitCounts = { commits: null, files_changed: null, commit_list: [], files: [] };

/** Paths with changes that are not committed, the journal's own files left out. A path may count as staged and as modified. */
export const workingTreeSchema = v.object({
  staged: v.number(),
  modified: v.number(),
  untracked: v.number(),
  conflicted: v.number(),
});
export type WorkingTree = v.InferOutput<typeof workingTreeSchema>;

/** `2 modified, 1 untracked`, or `clean`. */
export function describeWorkingTree(tree: WorkingTree): string {
  const parts = (["conflicted", "staged", "modified", "untracked"] as const)
    .filter((kind) => tree[kind] > 0)
    .map((kind) => `${tree[kind]} ${kind}`);
  return parts.length === 0 ? "clean" : parts.join(", ");
}

/** Whether nothing is uncommitted. */
export function isClean(tree: WorkingTree): boolean {
  return tree.conflicted + tree.staged + tree.modified + tree.untracked === 0;
}

/** `5 commits, 8 files changed`. */
export function describeCounts({
  commits,
  files_changed: files,
}: Pick<CommitCounts, "commits" | "files_changed">): string {
  if (commits === null || files === null) return "commits not known";
  if (commits === 0) return "no commits";
  return `${plural(commits, "commit")}, ${plural(files, "file")} changed`;
}

/** `1 note`, `2 notes`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
