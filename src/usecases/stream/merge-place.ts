import { recordKey, type AcquiredWorkspace } from "../../domain/records.ts";
import type { Resolving } from "../../domain/stream/merge.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { findRepoSlug } from "../repository.ts";
import type { ThreadApp } from "./stream-branch.ts";

/** The workspace that stands in the middle of the merge, while somebody holds it for that. */
export async function findMergePlace(
  app: ThreadApp,
  resolving: Resolving | undefined,
): Promise<AcquiredWorkspace | null> {
  const repo = await findRepoSlug(app);
  if (resolving === undefined || repo === null) return null;
  const key = recordKey(repo, resolving.workspace);
  const workspace = await app.store.read(async (tx) => await tx.find("workspaces", key));
  if (workspace?.status !== "acquired") return null;
  const { lease_id, intent } = leaseOf(workspace);
  // One that is not ready, or is being given back, is no place to work in.
  return lease_id === resolving.lease_id && intent === undefined ? workspace : null;
}
