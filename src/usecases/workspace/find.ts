/** Finding the workspace that somebody means. */
import { IncrError } from "../../domain/error.ts";
import { requireByPrefix } from "../../domain/id.ts";
import type { Workspace } from "../../domain/records.ts";
import { requireRepository, type App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";

/** The workspaces of this repository, by name. */
export async function listWorkspaces(app: App): Promise<Workspace[]> {
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const entries = await app.store.read(async (tx) => await tx.list("workspaces", { repo }));
  return entries.map(({ record }) => record).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * @param wanted a name, a prefix, or just its number (`3` for `ws-003`); without it the workspace that the caller stands in
 * @throws IncrError `not_found`, `ambiguous`, `usage`
 */
export async function requireWorkspace(app: App, wanted: string | undefined): Promise<Workspace> {
  const workspaces = await listWorkspaces(app);
  if (wanted === undefined) {
    const here = workspaces.find((one) => one.path === requireRepository(app).location.worktree);
    if (here !== undefined) return here;
    throw new IncrError("usage", "this folder is not a workspace, so a name is needed", {
      hint: "incr workspace list",
    });
  }
  const name = /^\d{1,3}$/.test(wanted) ? `ws-${wanted.padStart(3, "0")}` : wanted;
  return requireByPrefix(
    workspaces.map((one) => [one.name, one] as const),
    name,
    "workspace",
  );
}
