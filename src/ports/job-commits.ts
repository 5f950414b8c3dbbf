/** What jobs need of git: trees of what agents leave, commits of them that are on no branch yet, and the step that puts one on its branch. */

export interface StandRequest {
  branch: string;
  /** Where the branch is to be. */
  commit: string;
  /** Where it was when we last looked. */
  from: string;
  staged?: string;
}

export interface Standing {
  /** Tree of the files as they would be committed. */
  tree: string;
  /** HEAD is on the branch at the commit, and the index holds that tree. */
  inPlace: boolean;
}

export interface Difference {
  /** The files, with how many lines of them have changed; the first ones of very many. */
  summary: string;
  /** All of it; null if it is longer than `DIFF_LIMIT`. */
  diff: string | null;
}

/** Bytes of a difference that somebody still reads in one piece. */
export const DIFF_LIMIT = 60_000;

export interface JobCommits {
  /**
   * What is in a worktree, in which `expected` is what should be there; nothing in it changes. Fast if it is.
   * @param copied as for `Worktrees.inspect`
   * @throws IncrError `unsafe` for what no commit can hold: nested repositories, unresolved conflicts, an unfinished rebase
   */
  look(
    path: string,
    expected: { branch: string; commit: string; tree: string },
    copied: readonly string[],
  ): Promise<Standing>;
  /** Tree of a commit. */
  treeOf(commit: string): Promise<string>;
  /** A commit that no branch has yet. */
  makeCommit(path: string, request: { tree: string; parent: string; message: string }): Promise<string>;
  /** Paths in which two trees differ, sorted. */
  listDifferences(from: string, to: string): Promise<string[]>;
  /**
   * Puts a branch at `commit` and lets HEAD and index of the worktree follow; the files stay as they are. Doing it again changes nothing. Commits that were made
   * on the branch since `from` give way: what they led to is in the files.
   * @param request.staged a tree that the index is to hold, in place of the commit's own
   * @throws IncrError `conflict` if the branch is gone, or does not continue `from` any more
   */
  standOn(path: string, request: StandRequest): Promise<void>;
  /** What people would be shown of the way from one commit to another. */
  showDifference(from: string, to: string): Promise<Difference>;
  /** What is in `tip` and not in `base`, the oldest first: `1a2b3c4d Subject`. */
  listCommits(base: string, tip: string): Promise<string[]>;
}
