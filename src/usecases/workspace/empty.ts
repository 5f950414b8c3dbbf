/** Emptying a workspace whose work was kept. To be called by whoever has begun a step on it, so that nobody else does. */
import type { Workspace } from "../../domain/records.ts";
import { IncrError } from "../../domain/error.ts";
import { requireRepository, type App } from "../app.ts";
import { asRefusal } from "./save.ts";

export interface EmptyRequest {
  workspace: Workspace;
  /** Removed if it holds nothing, that is if it still is at `base`. */
  branch?: string | undefined;
  base?: string | undefined;
  /** Nobody can be at work in it any more. */
  abandoned?: boolean;
}

export interface Emptied {
  branchRemoved: boolean;
  /** Why the workspace cannot be used again yet. */
  attention: string | null;
}

/** Never fails over what is in the workspace: the work is kept already, and a workspace that cannot be emptied is set aside. */
export async function emptyWorkspace(app: App, request: EmptyRequest): Promise<Emptied> {
  const { worktrees } = requireRepository(app);
  const { branch, base } = request;
  const attention = await empty(app, request);
  await app.step("empty:cleaned");
  const tip = branch === undefined ? null : await worktrees.branchTip(branch);
  const holdsNothing = branch !== undefined && base !== undefined && tip !== null && tip === base;
  const branchRemoved = holdsNothing && (await worktrees.deleteBranch(branch, tip));
  return { branchRemoved, attention };
}

async function empty(app: App, { workspace, abandoned }: EmptyRequest): Promise<string | null> {
  const { worktrees, config } = requireRepository(app);
  const { copy, cleanIgnored } = (await config()).workspace;
  const options = { ignored: cleanIgnored, copied: copy, abandoned: abandoned === true, free: true };
  try {
    const found = await worktrees.clean(workspace.path, options);
    if (found.kind === "missing") await worktrees.forget(workspace.path);
    return found.kind === "foreign" ? `${workspace.path} is not ours: ${found.why}` : null;
  } catch (error) {
    if (error instanceof IncrError && error.code === "unsafe") return error.message;
    const refused = asRefusal(error);
    if (refused === null) throw error;
    return `${workspace.path} could not be emptied: ${refused}`;
  }
}
