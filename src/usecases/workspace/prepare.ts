/** Bringing a reserved workspace to where its work starts. Whatever somebody left in it is kept first. */
import { rescueRef } from "../../domain/branch.ts";
import type { AcquiredWorkspace } from "../../domain/records.ts";
import { IncrError } from "../../domain/error.ts";
import { requireRepository, type App } from "../app.ts";

/** Where a worktree has to stand. */
export interface Destination {
  commit: string;
  branch?: { name: string; create: boolean };
}

export type Preparation = { kind: "ready"; created: boolean } | { kind: "unusable"; why: string };

/** To be called under the repository lock. */
export async function prepareWorktree(
  app: App,
  workspace: AcquiredWorkspace,
  leaseId: string,
  destination: Destination,
): Promise<Preparation> {
  const { worktrees } = requireRepository(app);
  const found = await inspectRepaired(app, workspace.path);
  if (found.kind === "foreign") return { kind: "unusable", why: `${workspace.path} is not ours: ${found.why}` };
  if (found.kind === "worktree") {
    const dirty = found.branch !== null || found.changed.length > 0 || found.operation !== null;
    try {
      await keepLeftovers(app, workspace);
      if (dirty) await worktrees.clean(workspace.path);
    } catch (error) {
      if (error instanceof IncrError && error.code === "unsafe") return { kind: "unusable", why: error.message };
      throw error;
    }
  } else {
    await worktrees.add(workspace.path, destination.commit);
  }
  await app.step("prepare:clean");
  await worktrees.checkout(workspace.path, destination);
  await worktrees.writeLeaseMark(workspace.path, leaseId);
  return { kind: "ready", created: found.kind === "missing" };
}

/** A worktree whose links broke (the repository or the data folder was moved) is mended by git. */
async function inspectRepaired(app: App, path: string) {
  const { worktrees } = requireRepository(app);
  const found = await worktrees.inspect(path);
  if (found.kind !== "foreign") return found;
  await worktrees.repair([path]);
  return await worktrees.inspect(path);
}

async function keepLeftovers(app: App, workspace: AcquiredWorkspace): Promise<void> {
  const { worktrees } = requireRepository(app);
  const rescue = await worktrees.rescue(workspace.path, {
    ref: rescueRef(workspace.name, app.now(), app.randomText(4)),
    workspace: workspace.name,
    reason: "found in a free workspace",
  });
  if (rescue === null) return;
  app.notify({
    code: "rescued",
    message: `${workspace.name} was free and held work; it is kept as rescue ${rescue.name}`,
    data: { workspace: workspace.name, rescue: rescue.ref },
  });
}
