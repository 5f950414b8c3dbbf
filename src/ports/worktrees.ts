/** What the use-cases need of git for one repository: worktrees, the commits and rescues made from them, branches. Never called inside a store transaction. */

/** What is in a worktree, as far as it matters for keeping and reusing it. Files of ours do not count. */
export interface WorktreeFacts {
  /** Commit that is checked out; null on a branch without commits. */
  head: string | null;
  /** Short name of the branch that is checked out, or null on a detached HEAD. */
  branch: string | null;
  /** Paths with changes: staged, unstaged or untracked and not ignored. */
  changed: string[];
  /** Paths with unresolved conflicts. */
  unmerged: string[];
  /** Repositories inside the worktree that are not submodules: git can neither commit nor clean them. */
  nested: string[];
  /** Submodules that hold something that exists nowhere else, with the reason. */
  submodules: string[];
  /** An unfinished `merge`, `rebase`, `cherry-pick`, `revert`, `am` or `bisect`. */
  operation: string | null;
  /** A git command is changing the index, or was killed while it did. */
  locked: boolean;
  /** How each of `changed` was, by its name in bytes read as latin1. Whoever keeps it keeps that; what is different when it is removed was not kept. */
  seen: ReadonlyMap<string, string>;
}

/** How a worktree was when what is in it was kept. */
export interface KeptState {
  head: string | null;
  seen: ReadonlyMap<string, string>;
}

/** What emptying a worktree came to. */
export interface Cleaning {
  /** What it was before; what is no worktree of this repository is left alone. */
  found: Inspection;
  /** Files that were written since the work was kept. They are where they were, and have to be kept before it is emptied again. */
  late: string[];
  /** Whether anything was removed. */
  touched: boolean;
}

/**
 * `missing`: the folder is gone. `foreign`: something stands there that is not a worktree of this repository. `broken`: it was one of some repository, which
 * is not where it was.
 */
export type Inspection =
  | { kind: "missing" }
  | { kind: "foreign"; why: string; broken: boolean }
  | ({ kind: "worktree" } & WorktreeFacts);

export interface RescueInfo {
  /** `refs/incr/rescue/ws-001/20260107T143000.123Z-k3xq` */
  ref: string;
  /** The ref without its prefix: what people type. */
  name: string;
  commit: string;
  /** Commit that was checked out; null if there was none. */
  head: string | null;
  branch: string | null;
  created_at: string;
  workspace: string;
  session_id: string | null;
  todo_id: string | null;
  /** Why it was made, in words. */
  reason: string;
  /** True once it was brought back. */
  restored: boolean;
}

export interface RescueRequest {
  ref: string;
  workspace: string;
  session_id?: string;
  todo_id?: string;
  reason: string;
  /** Commits that need no keeping although no branch reaches them: where the lease began. */
  known?: string[];
  /** As for `inspect`. */
  copied?: readonly string[];
}

export interface CommitRequest {
  message: string;
  /** Branch that gets the commit; HEAD must be on it, or be an unbroken continuation of it. */
  branch: string;
  /** As for `inspect`. */
  copied?: readonly string[];
}

/**
 * There was nothing to commit (`nothing`), a commit was made, or what is there does not belong on that branch (`elsewhere`). `loose`: something of it is on no other branch
 * either.
 */
export type CommitOutcome =
  | { kind: "nothing" }
  | { kind: "committed"; commit: string }
  | { kind: "elsewhere"; why: string; loose: boolean };

/** What stands in a worktree's private git directory about whose it is. */
export interface WorktreeMark {
  lease_id: string;
  session_id?: string;
}

/** Where a worktree is to stand: on a branch that is made there, on one that stands there, or on neither. */
export interface CheckoutTarget {
  commit: string;
  branch?: { name: string; create: boolean };
}

export interface BranchFacts {
  name: string;
  tip: string;
}

/** A branch against the base of the work. */
export interface BranchReport extends BranchFacts {
  /** When its last commit was made, ISO. */
  committed_at: string;
  /** Whether the base reaches its tip: it holds nothing that the base does not. */
  merged: boolean;
  /** Worktree that has it checked out. */
  worktree: string | null;
}

/** A worktree as git has it in its list. */
export interface RegisteredWorktree {
  path: string;
  head: string | null;
  branch: string | null;
  /** Its folder is gone, or does not lead back here. */
  prunable: boolean;
}

/** What a merge would give: the tree, or the files that do not fit. */
export type MergeResult = { kind: "clean"; tree: string } | { kind: "conflict"; files: string[] };

/** What one commit brought into a line of history; for a merge, against its first parent. */
export interface LineChange {
  message: string;
  files: string[];
}

export interface Worktrees {
  /**
   * Runs `work` alone among all processes that change this repository's list of worktrees or remove branches; the lock lies in the common git directory.
   * What needs it below takes it by itself; whoever holds it may ask for it again.
   */
  lock<T>(work: () => Promise<T>): Promise<T>;

  /** Full object id of the commit that `rev` names, or null. @param worktree whose HEAD it may be about; default: the main checkout */
  resolveCommit(rev: string, worktree?: string): Promise<string | null>;
  /** What is checked out in a folder of a worktree: branch (null when detached) and commit (null on a branch without commits). */
  readHead(path: string): Promise<{ branch: string | null; commit: string | null }>;
  /** Commit of the main checkout's HEAD, or null while the repository has no commit. */
  headCommit(): Promise<string | null>;
  /** A commit without files, the same in every repository: what work starts from before there is a first commit. */
  emptyCommit(): Promise<string>;

  /** @param copied paths that were copied into the worktree from the main checkout: unchanged ones do not count as changes */
  inspect(path: string, copied?: readonly string[]): Promise<Inspection>;
  /** Makes a worktree without files at a commit, detached or on a branch. A folder that was deleted by hand is registered anew. */
  add(path: string, target: CheckoutTarget): Promise<void>;
  /** Gives a worktree that was added its files. Until then it counts as missing. Takes as long as the files take, and is in nobody's way. */
  fill(path: string): Promise<void>;
  /** Mends the links between repository and worktrees after either was moved. */
  repair(paths: string[]): Promise<void>;
  /** All but the main checkout. */
  listRegistered(): Promise<RegisteredWorktree[]>;
  /**
   * Registers a folder anew that was a worktree of this repository and of which git knows nothing any more; its files are changes against `commit` then.
   * False if it never was one: nothing is changed.
   */
  adopt(path: string, commit: string): Promise<boolean>;
  /**
   * Unregisters the worktree and deletes its folder, with whatever is in it: save first.
   * @param kept how it was then, looked at without copied files; absent if it never was anybody's
   * @throws IncrError `unsafe` if something was written since; everything is where it was then
   */
  destroy(path: string, kept?: KeptState): Promise<void>;
  /** Unregisters a worktree whose folder is gone. */
  forget(path: string): Promise<void>;

  /** Keeps everything in the worktree that no branch reaches under `request.ref`; null if there is nothing. @throws IncrError `unsafe` */
  rescue(path: string, facts: WorktreeFacts, request: RescueRequest): Promise<RescueInfo | null>;
  /** Keeps a branch at `tip` that is going to be made anew. */
  rescueBranch(name: string, tip: string, request: RescueRequest): Promise<RescueInfo>;
  /** The same for a worktree whose folder was deleted by hand: commits and staged content that git still has of it. */
  rescueDeleted(path: string, request: RescueRequest): Promise<RescueInfo | null>;
  /** Commits everything that is not ignored. @throws IncrError `unsafe` */
  commitAll(path: string, facts: WorktreeFacts, request: CommitRequest): Promise<CommitOutcome>;
  /**
   * Throws away what is not committed and was kept, detaches HEAD, and checks that nothing is left. What somebody wrote since stays.
   * @param kept how it was when it was kept
   * @param options `abandoned`: nobody can be at work in it, so locks that a killed git left are removed too. `free`: nobody holds it any more, so the mark
   * goes first, and it is noted where HEAD stands: that commit needs no keeping any more, whatever becomes of its branch
   * @throws IncrError `unsafe`
   */
  clean(
    path: string,
    kept: KeptState,
    options?: { ignored?: boolean; copied?: readonly string[]; abandoned?: boolean; free?: boolean },
  ): Promise<Cleaning>;
  /** Puts back what a process that died while it emptied the worktree had moved out of it. To be called before it is looked into to be kept. @throws IncrError `unsafe` */
  putBack(path: string): Promise<void>;
  /**
   * After a move: removes what was ignored before and is not any more.
   * @param since ISO time before which the worktree was looked into
   * @returns files that were written since; they stay
   * @throws IncrError `unsafe`
   */
  sweep(path: string, since: string): Promise<string[]>;
  /** Moves a clean worktree to `commit`: detached, or on a new branch, or on an existing one that stands there. */
  checkout(path: string, target: CheckoutTarget): Promise<void>;
  /** Brings a rescue's files and index back into a clean worktree that stands at the rescue's head. */
  restore(path: string, rescue: RescueInfo): Promise<void>;

  listRescues(): Promise<RescueInfo[]>;
  /** Marks a rescue as brought back. */
  markRestored(rescue: RescueInfo): Promise<void>;
  /** Forgets a rescue, if it still is what it was. */
  dropRescue(rescue: RescueInfo): Promise<void>;
  /** Whether everything in a rescue is in another one of the same commit too. */
  isCoveredBy(rescue: RescueInfo, other: RescueInfo): Promise<boolean>;
  /** Files of a rescue against the commit it was made on, for people. */
  describeRescue(rescue: RescueInfo, options: { patch: boolean; color: boolean }): Promise<string>;

  /** Branches whose name starts with `prefix`, such as `incr/`. */
  listBranches(prefix: string): Promise<BranchFacts[]>;
  /** The same against `base`, the newest commit first. Squash merges do not count as merged here: see `isMerged`. */
  reportBranches(prefix: string, base: string): Promise<BranchReport[]>;
  /** Tip of a branch, or null. */
  branchTip(name: string): Promise<string | null>;
  /** Locks of git on refs of this repository, by their absolute paths, and since when they are there. */
  listRefLocks(): Promise<{ path: string; since: Date }[]>;
  /** The worktree that has a branch checked out, or null. */
  findCheckout(name: string): Promise<string | null>;
  /** Deletes a branch if it still stands at `tip`. False if it does not, or is checked out somewhere. */
  deleteBranch(name: string, tip: string): Promise<boolean>;
  /** Puts a branch at a commit where none is. */
  createBranch(name: string, commit: string): Promise<void>;
  /** Number of commits in `tip` that are not in `base`. */
  countCommits(base: string, tip: string): Promise<number>;
  /** Whether `ancestor` is reachable from `tip`. */
  isAncestor(ancestor: string, tip: string): Promise<boolean>;
  /** Whether everything on `tip` is in `target` already: by ancestry, or because its whole change was squashed or rebased into it. */
  isMerged(tip: string, target: string): Promise<boolean>;

  /** Merges two commits without any checkout. Nothing but objects is written. */
  mergeTrees(ours: string, theirs: string): Promise<MergeResult>;
  /** A commit of a tree. */
  commitTree(tree: string, parents: readonly string[], message: string): Promise<string>;
  /** Moves a branch, if it still stands at `from`. @param why for its reflog @returns whether it did */
  moveBranch(name: string, to: string, from: string, why: string): Promise<boolean>;
  /** The commits of `tip`'s own line since it left `other`, newest first. */
  listChanges(other: string, tip: string): Promise<LineChange[]>;
  /** Those of these files in a worktree that have marks of conflicts in them. */
  listMarked(path: string, files: readonly string[]): Promise<string[]>;
  /** Begins a merge in a clean worktree and leaves it unfinished, whether it conflicts or not. Whoever commits it is offered `message`. */
  beginMerge(path: string, theirs: string, message: string): Promise<void>;

  /**
   * Copies files of the main checkout into a worktree; tracked files there are left alone, and so are those in `keep`. Returns what was copied.
   * @throws IncrError `config` for a name that leads out of the repository
   */
  copyFiles(
    path: string,
    names: readonly string[],
    keep?: readonly string[],
  ): Promise<{ copied: string[]; skipped: { name: string; why: string }[] }>;
  /** For which lease a worktree was prepared and not emptied since. */
  readMark(path: string): Promise<WorktreeMark | null>;
  writeMark(path: string, mark: WorktreeMark): Promise<void>;
  /** Where HEAD stood when the worktree became free. */
  readFreeHead(path: string): Promise<string | null>;
}
