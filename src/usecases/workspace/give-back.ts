/** Ending a lease whose holder left nothing to decide: what is in the workspace goes to a rescue, the workspace to the pool. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type AcquiredWorkspace } from "../../domain/records.ts";
import { releaseWorkspace } from "../../domain/workspace.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import type { Tx } from "../../ports/store.ts";
import { requireRepository, type App } from "../app.ts";
import { emptyWorkspace, type Emptied } from "./empty.ts";
import { saveWork, type Saved } from "./save.ts";

export interface GiveBackRequest {
  reason: string;
  session_id?: string | undefined;
  todo_id?: string | undefined;
  branch?: string | undefined;
  base?: string | undefined;
  /** Refuse (`false`) if something can neither be kept nor removed, or set the workspace aside with everything in it (`true`). */
  setAside: boolean;
  /** As for `saveWork`. */
  since?: string;
  /** Nobody can be at work in it any more. */
  abandoned?: boolean;
  /** Part of the transaction that ends the lease. */
  also?(tx: Tx): Promise<void>;
}

export interface GivenBack extends Omit<Emptied, "saved"> {
  rescue: RescueInfo | null;
}

/** @throws IncrError `unsafe` if something can neither be kept nor removed and `setAside` is false; the lease stands then */
export async function giveBack(
  app: App,
  workspace: AcquiredWorkspace,
  leaseId: string,
  request: GiveBackRequest,
): Promise<GivenBack> {
  const kept = await keepAndEmpty(app, workspace, request);
  await app.step("give-back:emptied");
  await app.store.transact(async (tx) => {
    const key = recordKey(workspace.repo, workspace.name);
    const current = await tx.find("workspaces", key);
    const outcome = kept.attention === null ? {} : { attention: kept.attention };
    if (current !== undefined) {
      await tx.put("workspaces", key, releaseWorkspace(current, leaseId, app.now().toISOString(), outcome));
    }
    await request.also?.(tx);
  });
  return kept;
}

async function keepAndEmpty(app: App, workspace: AcquiredWorkspace, request: GiveBackRequest): Promise<GivenBack> {
  const work = { ...request, workspace, strict: !request.setAside };
  try {
    const first = await saveWork(app, work);
    await noteRescue(app, workspace, first);
    const { saved, ...emptied } = await emptyWorkspace(app, { ...work, saved: first });
    return { rescue: saved.rescue, ...emptied };
  } catch (error) {
    if (!request.setAside || !(error instanceof IncrError) || error.code !== "unsafe") throw error;
    return { rescue: null, branchRemoved: false, attention: error.message };
  }
}

/**
 * An attempt that has ended already names the rescue of what was in its workspace still, or its `resume` would not find it. Not once emptying has begun: what
 * is found then is only the rest.
 */
async function noteRescue(app: App, workspace: AcquiredWorkspace, { rescue }: Saved): Promise<void> {
  const mark = rescue === null ? null : await requireRepository(app).worktrees.readMark(workspace.path);
  if (rescue === null || mark?.session_id === undefined) return;
  const key = recordKey(workspace.repo, mark.session_id);
  await app.store.transact(async (tx) => {
    const session = await tx.find("sessions", key);
    if (session === undefined || session.status === "active") return;
    await tx.put("sessions", key, { ...session, rescue: rescue.ref });
  });
}
