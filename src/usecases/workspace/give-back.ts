/** Ending a lease whose holder left nothing to decide: what is in the workspace goes to a rescue, the workspace to the pool. */
import { recordKey, type AcquiredWorkspace } from "../../domain/records.ts";
import { releaseWorkspace } from "../../domain/workspace.ts";
import type { Tx } from "../../ports/store.ts";
import { requireRepository, type App } from "../app.ts";
import { emptyWorkspace, saveWork, type Emptied, type Saved } from "./save.ts";

export interface GiveBackRequest {
  reason: string;
  session_id?: string | undefined;
  todo_id?: string | undefined;
  branch?: string | undefined;
  base?: string | undefined;
  /** Part of the transaction that ends the lease. */
  also?(tx: Tx, kept: GivenBack): Promise<void>;
}

export interface GivenBack extends Saved, Emptied {}

/** @throws IncrError `unsafe` if something can neither be kept nor removed; the lease stands then */
export async function giveBack(
  app: App,
  workspace: AcquiredWorkspace,
  leaseId: string,
  request: GiveBackRequest,
): Promise<GivenBack> {
  const { worktrees } = requireRepository(app);
  const work = { workspace, ...request };
  const kept = await worktrees.lock(async () => {
    const saved = await saveWork(app, work);
    return { ...saved, ...(await emptyWorkspace(app, work)) };
  });
  await app.step("give-back:emptied");
  await app.store.transact(async (tx) => {
    const key = recordKey(workspace.repo, workspace.name);
    const current = await tx.find("workspaces", key);
    if (current === undefined) return;
    const outcome = kept.attention === null ? {} : { attention: kept.attention };
    await tx.put("workspaces", key, releaseWorkspace(current, leaseId, app.now().toISOString(), outcome));
    await request.also?.(tx, kept);
  });
  return kept;
}
