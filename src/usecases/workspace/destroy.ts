/** Removing workspaces from the pool and the disk. What is in them is kept first; held ones stay. */
import { rescueRef } from "../../domain/branch.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type Workspace } from "../../domain/records.ts";
import { heldError, leaseOf, releaseWorkspace, reserveWorkspace } from "../../domain/workspace.ts";
import type { KeptState, RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { newIntent, newLease } from "../lease.ts";
import { listWorkspaces, requireWorkspace } from "./find.ts";
import { NOTHING_SEEN } from "./save.ts";

export interface DestroyRequest {
  names: readonly string[];
  all?: boolean;
}

export interface Destroyed {
  destroyed: { name: string; path: string; rescue: string | null }[];
  /** Left alone, with the reason: `unsafe` ones are free, and were to go. */
  kept: { name: string; path: string; code: "held" | "unsafe"; why: string }[];
}

/** With names: all of them or, if one is held, none. With `all`: every one that is free. @throws IncrError `held`, `usage`, `not_found` */
export async function destroyWorkspaces(app: App, request: DestroyRequest): Promise<Destroyed> {
  const result: Destroyed = { destroyed: [], kept: [] };
  for (const workspace of await choose(app, request)) {
    try {
      result.destroyed.push(await destroyOne(app, workspace));
    } catch (error) {
      const kept = request.all === true ? keptBy(error) : null;
      if (kept === null) {
        tellRemoved(app, result);
        throw error;
      }
      result.kept.push({ name: workspace.name, path: workspace.path, ...kept });
    }
  }
  return result;
}

/** Why one is left alone; null if that is no reason to go on with the others. */
function keptBy(error: unknown): { code: "held" | "unsafe"; why: string } | null {
  if (!(error instanceof IncrError)) return null;
  const { code, message: why } = error;
  return code === "held" || code === "unsafe" ? { code, why } : null;
}

/** Those that were removed before one was refused, which is all that the answer says then. */
function tellRemoved(app: App, { destroyed }: Destroyed): void {
  for (const { name, rescue } of destroyed) {
    const kept = rescue === null ? "" : `; what was in it is kept as rescue ${rescue}`;
    app.notify({ code: "destroyed", message: `${name} is removed${kept}`, data: { workspace: name, rescue } });
  }
}

/** What was asked for with `all` and not done: a free one that stays, or that nothing went since all are held. Null if all is well. */
export function findRefusal({ destroyed, kept }: Destroyed): IncrError | null {
  const hint = "incr workspace list";
  const refused = kept.filter(({ code }) => code === "unsafe").map(({ name }) => name);
  if (refused.length > 0) {
    const message = `${refused.join(", ")} could not be removed, though nobody holds ${refused.length === 1 ? "it" : "them"}`;
    return new IncrError("unsafe", message, { hint, data: { workspaces: refused } });
  }
  if (destroyed.length > 0 || kept.length === 0) return null;
  const held = kept.map(({ name }) => name);
  return new IncrError("held", `nothing was removed: ${held.join(", ")} ${held.length === 1 ? "is" : "are"} held`, {
    hint,
    data: { workspaces: held },
  });
}

async function choose(app: App, request: DestroyRequest): Promise<Workspace[]> {
  if (request.all === true) {
    if (request.names.length === 0) return await listWorkspaces(app);
    throw new IncrError("usage", "give names or --all, not both");
  }
  if (request.names.length === 0) {
    throw new IncrError("usage", "say which workspaces, or --all", { hint: "incr workspace list" });
  }
  const chosen = new Map<string, Workspace>();
  for (const name of request.names) {
    const workspace = await requireWorkspace(app, name);
    if (workspace.status === "acquired") throw heldError(workspace);
    chosen.set(workspace.name, workspace);
  }
  return [...chosen.values()];
}

async function destroyOne(app: App, workspace: Workspace): Promise<Destroyed["destroyed"][number]> {
  const { worktrees, location } = requireRepository(app);
  // Whoever works in a held one stands in it, and that is not why it stays.
  if (workspace.status === "acquired") throw heldError(workspace);
  if (location.worktree === workspace.path) {
    throw new IncrError("unsafe", `you stand in ${workspace.name}; a folder is not removed from under a shell`, {
      hint: `cd ${location.root}`,
    });
  }
  const occupants = app.processes.findOccupants(workspace.path);
  if (occupants.length > 0) {
    const who = occupants.map(({ pid, command }) => `${pid} ${command}`).join(", ");
    throw new IncrError("unsafe", `${workspace.name} is in use by other processes: ${who}`, {
      hint: "end them, or change their directory",
      data: { workspace: workspace.name, processes: occupants },
    });
  }
  const key = recordKey(workspace.repo, workspace.name);
  const lease = await app.store.transact(async (tx) => {
    const current = (await tx.find("workspaces", key)) ?? workspace;
    const fresh = await newLease(app, tx, {
      kind: "process",
      holder: { type: "person", id: app.caller.person },
      action: "acquire",
    });
    const taken = { ...fresh, intent: newIntent(app, "destroy") };
    const now = app.now().toISOString();
    await tx.put("workspaces", key, reserveWorkspace(current, { lease: taken, pid: taken.intent.process.pid }, now));
    return taken;
  });
  await app.step("destroy:reserved");
  try {
    const { rescue, kept } = await keepAll(app, workspace);
    await app.step("destroy:rescued");
    await worktrees.destroy(workspace.path, kept);
    await app.step("destroy:removed");
    await app.store.transact(async (tx) => {
      const current = await tx.find("workspaces", key);
      if (current?.status === "acquired" && leaseOf(current).lease_id === lease.lease_id)
        await tx.remove("workspaces", key);
    });
    return { name: workspace.name, path: workspace.path, rescue: rescue?.ref ?? null };
  } catch (error) {
    await app.store
      .transact(async (tx) => {
        const current = await tx.find("workspaces", key);
        if (current === undefined) return;
        const attention = workspace.status === "available" ? workspace.attention : undefined;
        const now = app.now().toISOString();
        await tx.put(
          "workspaces",
          key,
          releaseWorkspace(current, lease.lease_id, now, attention === undefined ? {} : { attention }),
        );
      })
      .catch(() => {});
    throw error;
  }
}

async function keepAll(app: App, workspace: Workspace): Promise<{ rescue: RescueInfo | null; kept: KeptState }> {
  const { worktrees } = requireRepository(app);
  await worktrees.putBack(workspace.path);
  const found = await worktrees.inspect(workspace.path);
  if (found.kind === "foreign") {
    throw new IncrError("unsafe", `${workspace.path} is not removed: ${found.why}`, {
      hint: "move what is in it away by hand",
    });
  }
  const request = {
    ref: rescueRef(workspace.name, app.now(), app.randomText(4)),
    workspace: workspace.name,
    reason: "found in a workspace that was destroyed",
  };
  if (found.kind === "missing")
    return { rescue: await worktrees.rescueDeleted(workspace.path, request), kept: NOTHING_SEEN };
  const free = await worktrees.readFreeHead(workspace.path);
  const known = free === null ? [] : [free];
  return { rescue: await worktrees.rescue(workspace.path, found, { ...request, known }), kept: found };
}
