/** Ending a lease whose holder left nothing to decide: what is in the workspace goes to a rescue, the workspace to the pool. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type AcquiredWorkspace } from "../../domain/records.ts";
import { releaseWorkspace } from "../../domain/workspace.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import type { Tx } from "../../ports/store.ts";
import type { App } from "../app.ts";
import { emptyWorkspace, type Emptied } from "./empty.ts";
import { saveWork } from "./save.ts";

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

export interface GivenBack extends Emptied {
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
  const work = { ...request, workspace };
  try {
    const { rescue } = await saveWork(app, { ...work, strict: !request.setAside });
    return { rescue, ...(await emptyWorkspace(app, work)) };
  } catch (error) {
    if (!request.setAside || !(error instanceof IncrError) || error.code !== "unsafe") throw error;
    return { rescue: null, branchRemoved: false, attention: error.message };
  }
}
