/** What was kept of a workspace, noted in the intent of an end that is under way: whoever finishes that end finds an empty workspace, and must not forget where the work is. */
import { recordKey, type AcquiredWorkspace } from "../../domain/records.ts";
import { leaseOf, requireLease } from "../../domain/workspace.ts";
import { requireRepository, type App } from "../app.ts";
import type { Saved, Stand } from "./save.ts";

export interface KeptNote {
  commit: string | null;
  head: string | null;
  /** The ref. */
  rescue: string | null;
  notCommitted: string | null;
  stood: Stand | null;
}

/** @param outcome what the end is going to conclude @throws IncrError `stale_token` */
export async function noteKept(app: App, workspace: AcquiredWorkspace, outcome: object, saved: Saved): Promise<void> {
  const { commit, head, rescue, notCommitted, stood } = saved;
  const kept: KeptNote = { commit, head, rescue: rescue?.ref ?? null, notCommitted, stood };
  const key = recordKey(workspace.repo, workspace.name);
  await app.store.transact(async (tx) => {
    const held = requireLease(await tx.find("workspaces", key), leaseOf(workspace).lease_id);
    const lease = leaseOf(held);
    if (lease.intent === undefined) return;
    const intent = { ...lease.intent, outcome: { ...outcome, kept } };
    await tx.put("workspaces", key, { ...held, lease: { ...lease, intent } });
  });
}

/** The note of an end that was cut off counts; what is found now is at most what it had not emptied yet. */
export async function recallKept(app: App, noted: KeptNote, found: Saved): Promise<Saved> {
  const rescues = noted.rescue === null ? [] : await requireRepository(app).worktrees.listRescues();
  const rescue = rescues.find(({ ref }) => ref === noted.rescue) ?? null;
  const { commit, notCommitted, stood } = noted;
  return { missing: found.missing, head: found.head, commit, notCommitted, stood, rescue, state: found.state };
}

/** Whoever was cut off has removed a branch that held nothing. @param base where it began @param tip where it stands now */
export function wasRemoved(noted: KeptNote | undefined, base: string | undefined, tip: string | null): boolean {
  return noted !== undefined && noted.head !== null && noted.head === base && tip === null;
}
