/** Bringing a reserved workspace to where its work starts. Whatever somebody left in it is kept first. */
import { rescueRef } from "../../domain/branch.ts";
import type { AcquiredWorkspace } from "../../domain/records.ts";
import { IncrError } from "../../domain/error.ts";
import type { CheckoutTarget, RescueInfo, WorktreeFacts } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";

/** Where a worktree has to stand. */
export type Destination = CheckoutTarget;

export type Preparation = { kind: "ready"; created: boolean } | { kind: "unusable"; why: string };

/** To be called by whoever has reserved the workspace. */
export async function prepareWorktree(
  app: App,
  workspace: AcquiredWorkspace,
  destination: Destination,
): Promise<Preparation> {
  const { worktrees } = requireRepository(app);
  const { path } = workspace;
  const found = await inspectRepaired(app, path);
  if (found.kind === "foreign") return { kind: "unusable", why: `${path} is not ours: ${found.why}` };
  if (found.kind === "missing") {
    await keepDeleted(app, workspace);
    await worktrees.add(path, destination);
    await app.step("prepare:added");
    try {
      await worktrees.fill(path);
    } catch (error) {
      // Perhaps the disk is full: what undoes the start needs a little room.
      await worktrees.destroy(path);
      throw error;
    }
    return { kind: "ready", created: true };
  }
  const dirty = found.branch !== null || found.changed.length > 0 || found.operation !== null || found.locked;
  try {
    await keepLeftovers(app, workspace, found);
    // Nobody holds it and nobody stands in it.
    if (dirty) await worktrees.clean(path, { abandoned: true });
    await app.step("prepare:clean");
    await worktrees.checkout(path, destination);
    if (found.head !== destination.commit) await worktrees.sweep(path);
  } catch (error) {
    if (error instanceof IncrError && error.code === "unsafe") return { kind: "unusable", why: error.message };
    throw error;
  }
  return { kind: "ready", created: false };
}

/** A worktree whose links broke (the repository or the data folder was moved) is mended by git, which would take over any folder that stands there. */
async function inspectRepaired(app: App, path: string) {
  const { worktrees } = requireRepository(app);
  const found = await worktrees.inspect(path);
  if (found.kind !== "foreign" || !found.broken) return found;
  await worktrees.repair([path]);
  return await worktrees.inspect(path);
}

async function keepLeftovers(app: App, workspace: AcquiredWorkspace, found: WorktreeFacts): Promise<void> {
  const { worktrees } = requireRepository(app);
  const free = await worktrees.readFreeHead(workspace.path);
  const rescue = await worktrees.rescue(workspace.path, found, {
    ...leftovers(app, workspace, "found in a free workspace"),
    known: free === null ? [] : [free],
  });
  tell(app, workspace, rescue);
}

async function keepDeleted(app: App, workspace: AcquiredWorkspace): Promise<void> {
  const request = leftovers(app, workspace, "was staged in a workspace whose folder was deleted");
  tell(app, workspace, await requireRepository(app).worktrees.rescueDeleted(workspace.path, request));
}

function leftovers(app: App, workspace: AcquiredWorkspace, reason: string) {
  return { ref: rescueRef(workspace.name, app.now(), app.randomText(4)), workspace: workspace.name, reason };
}

function tell(app: App, workspace: AcquiredWorkspace, rescue: RescueInfo | null): void {
  if (rescue === null) return;
  app.notify({
    code: "rescued",
    message: `${workspace.name} was free and held work; it is kept as rescue ${rescue.name}`,
    data: { workspace: workspace.name, rescue: rescue.ref },
  });
}
