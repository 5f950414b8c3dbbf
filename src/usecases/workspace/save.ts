/** Keeping what is in a workspace before it is emptied. To be called by whoever has begun a step on it, so that nobody else does. */
import { rescueRef } from "../../domain/branch.ts";
import { count } from "../../domain/count.ts";
import { IncrError } from "../../domain/error.ts";
import type { Workspace } from "../../domain/records.ts";
import type { CommitOutcome, KeptState, RescueInfo, WorktreeFacts } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";

export interface SaveRequest {
  workspace: Workspace;
  session_id?: string | undefined;
  todo_id?: string | undefined;
  /** The branch that the work belongs to. */
  branch?: string | undefined;
  /** Where the lease began: a commit that needs no keeping. */
  base?: string | undefined;
  /** Why there may be work to keep, in words: it becomes the first line of the rescue's message. */
  reason: string;
  /** Commit uncommitted work on `branch` with this message; without it everything goes to a rescue. */
  commitMessage?: string;
  /** Refuse where the person has to decide: an unfinished merge or rebase, work that is not on `branch`, a git that is at work. */
  strict?: boolean;
  /** ISO time since when a step that was cut off may have made the same rescue already, and was not able to say so. */
  since?: string;
}

/** A place that is not the tip of the session's branch. */
export interface Stand {
  commit: string;
  branch: string | null;
}

export interface Saved {
  /** The workspace's folder is gone, or is no worktree of this repository any more: there was nothing to look at. */
  missing: string | null;
  /** Commit that was made of uncommitted work. */
  commit: string | null;
  /** Tip of `branch` now; null if there is no such branch. */
  head: string | null;
  rescue: RescueInfo | null;
  /** Why work was not committed on `branch` although that was asked for. */
  notCommitted: string | null;
  /** Where HEAD stood, if elsewhere than at the tip of `branch`. */
  stood: Stand | null;
  /** How the workspace was when it was kept: what is different later was not. */
  state: KeptState;
}

/** Of a workspace in which nothing was looked at: whatever is in it was not kept. */
export const NOTHING_SEEN: KeptState = { head: null, seen: new Map() };

/** @throws IncrError `unsafe` if something can neither be committed nor rescued; `rule` (strict) where the person has to decide */
export async function saveWork(app: App, request: SaveRequest): Promise<Saved> {
  const { worktrees, config } = requireRepository(app);
  const { workspace, branch } = request;
  const copied = (await config()).workspace.copy;
  await worktrees.putBack(workspace.path);
  const found = await worktrees.inspect(workspace.path, copied);
  const nothing = { missing: null, commit: null, head: null, rescue: null, notCommitted: null, stood: null };
  const saved: Saved = { ...nothing, state: NOTHING_SEEN };
  if (found.kind === "worktree") {
    if (request.strict === true) requireUnlocked(workspace, found);
    const outcome = await commitWork(app, request, found, copied);
    if (outcome.kind === "committed") saved.commit = outcome.commit;
    if (outcome.kind === "elsewhere" && outcome.loose) saved.notCommitted = outcome.why;
    await app.step("save:committed");
    // What was committed is on the branch, all of it.
    if (outcome.kind === "elsewhere") {
      const rescue = { ...(await rescueRequest(app, request)), copied };
      saved.rescue = await keeping(workspace, async () => await worktrees.rescue(workspace.path, found, rescue));
      if (saved.rescue !== null && request.since !== undefined)
        saved.rescue = await withoutDouble(app, saved.rescue, request.since);
    }
    saved.state = { head: saved.commit ?? found.head, seen: found.seen };
    await app.step("save:rescued");
    saved.head = branch === undefined ? null : await worktrees.branchTip(branch);
    saved.stood = outcome.kind === "elsewhere" ? standOf(found, branch, saved.head) : null;
    return saved;
  }
  if (found.kind === "missing") {
    saved.missing = "the folder is gone";
    const rescue = await rescueRequest(app, request);
    saved.rescue = await keeping(workspace, async () => await worktrees.rescueDeleted(workspace.path, rescue));
  } else {
    saved.missing = found.why;
  }
  saved.head = branch === undefined ? null : await worktrees.branchTip(branch);
  return saved;
}

async function commitWork(
  app: App,
  request: SaveRequest,
  found: WorktreeFacts,
  copied: readonly string[],
): Promise<CommitOutcome> {
  const { workspace, branch, commitMessage: message, strict } = request;
  if (message === undefined || branch === undefined)
    return { kind: "elsewhere", why: "it was not asked for", loose: false };
  if (strict === true) requireFinished(workspace, found);
  const { worktrees } = requireRepository(app);
  const outcome = await keeping(
    workspace,
    async () => await worktrees.commitAll(workspace.path, found, { branch, message, copied }),
  );
  if (strict === true && outcome.kind === "elsewhere" && outcome.loose) throw notThere(workspace, branch, outcome.why);
  return outcome;
}

/** What an older rescue holds already needs no second one: somebody may have noted the name of the first. */
async function withoutDouble(app: App, rescue: RescueInfo, since: string): Promise<RescueInfo> {
  const { worktrees } = requireRepository(app);
  // The times of commits are whole seconds.
  const from = Math.floor(Date.parse(since) / 1000) * 1000;
  for (const other of await worktrees.listRescues()) {
    const candidate = other.workspace === rescue.workspace && other.ref !== rescue.ref && !other.restored;
    if (!candidate || Date.parse(other.created_at) < from || !(await worktrees.isCoveredBy(rescue, other))) continue;
    await worktrees.dropRescue(rescue);
    return other;
  }
  return rescue;
}

async function rescueRequest(app: App, { workspace, session_id: given, todo_id, base, reason }: SaveRequest) {
  // A workspace that was set aside still says whose work is in it.
  const session_id = given ?? (await requireRepository(app).worktrees.readMark(workspace.path))?.session_id;
  return {
    ref: rescueRef(workspace.name, app.now(), app.randomText(4)),
    workspace: workspace.name,
    ...(session_id === undefined ? {} : { session_id }),
    ...(todo_id === undefined ? {} : { todo_id }),
    reason,
    known: base === undefined ? [] : [base],
  };
}

function standOf(found: WorktreeFacts, branch: string | undefined, tip: string | null): Stand | null {
  if (found.head === null || (found.branch === branch && found.head === tip)) return null;
  return { commit: found.head, branch: found.branch };
}

/** A git that cannot write (a full disk, a read-only folder) means that work cannot be kept: nothing may be emptied then. */
async function keeping<T>(workspace: Workspace, keep: () => Promise<T>): Promise<T> {
  try {
    return await keep();
  } catch (error) {
    const cannot = asRefusal(error);
    if (cannot === null) throw error;
    throw new IncrError("unsafe", `the work in ${workspace.path} could not be kept: ${cannot}`, {
      hint: "make room or give access, then try again; nothing was removed",
      data: { ...(error instanceof IncrError ? error.data : {}), path: workspace.path },
      cause: error,
    });
  }
}

/** What git or the system refused, in words; null for any other failure. */
export function asRefusal(error: unknown): string | null {
  if (error instanceof IncrError) return error.code === "git" || error.code === "io" ? error.message : null;
  if (error instanceof Error && "syscall" in error) return error.message;
  return null;
}

function requireUnlocked(workspace: Workspace, found: WorktreeFacts): void {
  if (!found.locked) return;
  throw new IncrError("unsafe", `a git command is at work in ${workspace.path}, or was killed there`, {
    hint: 'wait for it to end; if there is none: rm "$(git rev-parse --git-path index.lock)" in that folder',
    data: { path: workspace.path },
  });
}

function requireFinished(workspace: Workspace, found: WorktreeFacts): void {
  const conflicts = found.unmerged.length;
  const unfinished = found.operation !== null && (found.operation !== "merge" || conflicts > 0);
  if (!unfinished && conflicts === 0) return;
  const what = found.operation === null ? "unresolved conflicts" : `an unfinished ${found.operation}`;
  const files = count(conflicts, "file");
  throw new IncrError("rule", `${workspace.name} has ${what}${conflicts > 0 ? ` with conflicts in ${files}` : ""}`, {
    hint: `finish it in ${workspace.path}, or end the attempt with \`incr session fail\`, which keeps everything`,
    data: { workspace: workspace.name, operation: found.operation, unmerged: found.unmerged },
  });
}

function notThere(workspace: Workspace, branch: string, why: string): IncrError {
  return new IncrError("rule", `the work in ${workspace.name} is not on ${branch}: ${why}`, {
    hint: `commit it in ${workspace.path} to a branch of its own, or end the attempt with \`incr session fail\`, which keeps everything`,
    data: { workspace: workspace.name, branch },
  });
}
