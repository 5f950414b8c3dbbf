/** Keeping what is in a workspace before it is emptied, and emptying it. To be called under the repository lock. */
import { rescueRef } from "../../domain/branch.ts";
import { IncrError } from "../../domain/error.ts";
import type { Workspace } from "../../domain/records.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
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
  /** Refuse, rather than rescue, while a merge or rebase is unfinished. */
  strict?: boolean;
}

export interface Saved {
  /** The workspace's folder is gone, or is no worktree of this repository any more: there was nothing to look at. */
  missing: string | null;
  /** Commit that was made of uncommitted work. */
  commit: string | null;
  /** Tip of `branch` now; null if there is no such branch. */
  head: string | null;
  rescue: RescueInfo | null;
  /** Why a commit was asked for and a rescue was made. */
  notCommitted: string | null;
}

/** @throws IncrError `unsafe` if something can neither be committed nor rescued; `rule` (strict) while a merge or rebase is unfinished */
export async function saveWork(app: App, request: SaveRequest): Promise<Saved> {
  const { worktrees, config } = requireRepository(app);
  const { workspace, branch } = request;
  const copied = (await config()).workspace.copy;
  const found = await worktrees.inspect(workspace.path, copied);
  const saved: Saved = { missing: null, commit: null, head: null, rescue: null, notCommitted: null };
  if (found.kind === "worktree") {
    if (request.commitMessage !== undefined && branch !== undefined) {
      if (request.strict === true) requireFinished(workspace, found);
      const message = request.commitMessage;
      const outcome = await keeping(
        workspace,
        async () => await worktrees.commitAll(workspace.path, { branch, message }),
      );
      if (outcome.kind === "committed") saved.commit = outcome.commit;
      if (outcome.kind === "elsewhere" && found.changed.length > 0) saved.notCommitted = outcome.why;
      await app.step("save:committed");
    }
    const rescue = {
      ref: rescueRef(workspace.name, app.now(), app.randomText(4)),
      workspace: workspace.name,
      ...(request.session_id === undefined ? {} : { session_id: request.session_id }),
      ...(request.todo_id === undefined ? {} : { todo_id: request.todo_id }),
      reason: request.reason,
      known: request.base === undefined ? [] : [request.base],
    };
    saved.rescue = await keeping(workspace, async () => await worktrees.rescue(workspace.path, rescue));
    await app.step("save:rescued");
  } else {
    saved.missing = found.kind === "missing" ? "the folder is gone" : found.why;
  }
  saved.head = branch === undefined ? null : await worktrees.branchTip(branch);
  return saved;
}

/** A git that cannot write (a full disk, a read-only folder) means that work cannot be kept: nothing may be emptied then. */
async function keeping<T>(workspace: Workspace, keep: () => Promise<T>): Promise<T> {
  try {
    return await keep();
  } catch (error) {
    if (!(error instanceof IncrError) || error.code !== "git") throw error;
    throw new IncrError("unsafe", `the work in ${workspace.path} could not be kept: ${error.message}`, {
      hint: "make room or give access, then try again; nothing was removed",
      data: { ...error.data, path: workspace.path },
      cause: error,
    });
  }
}

export interface Emptied {
  branchRemoved: boolean;
  /** Why the workspace cannot be used again yet. */
  attention: string | null;
}

/** Empties a workspace whose work was saved, and removes a branch that holds nothing. */
export async function emptyWorkspace(
  app: App,
  request: Pick<SaveRequest, "workspace" | "branch" | "base">,
): Promise<Emptied> {
  const { worktrees, config } = requireRepository(app);
  const { workspace, branch, base } = request;
  let attention: string | null = null;
  const settings = (await config()).workspace;
  const found = await worktrees.inspect(workspace.path, settings.copy);
  if (found.kind === "worktree") {
    try {
      await worktrees.clean(workspace.path, { ignored: settings.cleanIgnored, copied: settings.copy });
      await worktrees.writeLeaseMark(workspace.path, null);
    } catch (error) {
      if (!(error instanceof IncrError) || error.code !== "unsafe") throw error;
      attention = error.message;
    }
  } else if (found.kind === "foreign") {
    attention = `${workspace.path} is not ours: ${found.why}`;
  }
  await app.step("empty:cleaned");
  const tip = branch === undefined ? null : await worktrees.branchTip(branch);
  const holdsNothing = branch !== undefined && base !== undefined && tip !== null && tip === base;
  const branchRemoved = holdsNothing && (await worktrees.deleteBranch(branch, tip));
  return { branchRemoved, attention };
}

function requireFinished(workspace: Workspace, found: { unmerged: string[]; operation: string | null }): void {
  const conflicts = found.unmerged.length;
  const unfinished = found.operation !== null && (found.operation !== "merge" || conflicts > 0);
  if (!unfinished && conflicts === 0) return;
  const what = found.operation === null ? "unresolved conflicts" : `an unfinished ${found.operation}`;
  throw new IncrError("rule", `${workspace.name} has ${what}${conflicts > 0 ? ` in ${conflicts} files` : ""}`, {
    hint: `finish it in ${workspace.path}, or end the attempt with \`incr session fail\`, which keeps everything`,
    data: { workspace: workspace.name, operation: found.operation, unmerged: found.unmerged },
  });
}
