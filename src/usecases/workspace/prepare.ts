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
  const since = app.now().toISOString();
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
  try {
    await moveTo(app, workspace, destination, { found, since });
  } catch (error) {
    if (error instanceof IncrError && error.code === "unsafe") return { kind: "unusable", why: error.message };
    throw error;
  }
  return { kind: "ready", created: false };
}

/** How often something may be written to a free workspace while it is prepared. */
const ATTEMPTS = 4;

/** @throws IncrError `unsafe` if what is in it can neither be kept nor removed */
async function moveTo(
  app: App,
  workspace: AcquiredWorkspace,
  destination: Destination,
  first: { found: WorktreeFacts; since: string },
): Promise<void> {
  const { worktrees } = requireRepository(app);
  const { path } = workspace;
  let { found, since } = first;
  let target = destination;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const dirty = found.branch !== null || found.changed.length > 0 || found.operation !== null || found.locked;
    await keepLeftovers(app, workspace, found);
    // Nobody holds it and nobody stands in it.
    const cleaning = dirty ? await worktrees.clean(path, found, { abandoned: true }) : null;
    await app.step("prepare:clean");
    let refusal: IncrError | null = null;
    if (cleaning === null || cleaning.late.length === 0) {
      try {
        await worktrees.checkout(path, target);
        const late = found.head === destination.commit ? [] : await worktrees.sweep(path, since);
        if (late.length === 0) return;
        if (target.branch !== undefined)
          target = { commit: target.commit, branch: { name: target.branch.name, create: false } };
      } catch (error) {
        // git does not go over what was written since.
        if (!(error instanceof IncrError) || error.code !== "git" || attempt === ATTEMPTS) throw error;
        refusal = error;
      }
    }
    since = app.now().toISOString();
    const again = await worktrees.inspect(path);
    if (refusal !== null && (again.kind !== "worktree" || again.changed.length === 0)) throw refusal;
    if (again.kind !== "worktree") break;
    found = again;
  }
  throw new IncrError("unsafe", `somebody writes to ${workspace.name}, which is free`, {
    hint: `end what writes to ${path}`,
    data: { workspace: workspace.name, path },
  });
}

/** A worktree whose links broke (the repository or the data folder was moved) is mended by git, which would take over any folder that stands there. */
async function inspectRepaired(app: App, path: string) {
  const { worktrees } = requireRepository(app);
  await worktrees.putBack(path);
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
