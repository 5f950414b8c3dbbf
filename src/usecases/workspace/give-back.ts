/** Ending a lease whose holder left nothing to decide: what is in the workspace goes to a rescue, the workspace to the pool. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type AcquiredWorkspace, type FinishedSession } from "../../domain/records.ts";
import { releaseWorkspace } from "../../domain/workspace.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import type { Tx } from "../../ports/store.ts";
import { requireRepository, type App } from "../app.ts";
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
  const ended = await findEnded(app, workspace);
  const about = ended === null ? {} : { todo_id: ended.todo_id, branch: ended.branch, base: ended.base };
  const work = { ...about, ...request, workspace, strict: !request.setAside };
  try {
    const first = await saveWork(app, work);
    if (ended !== null && first.rescue !== null) await noteRescue(app, ended, first.rescue);
    if (ended === null && first.rescue !== null) await noteAgentRescue(app, workspace, first.rescue);
    const { saved, ...emptied } = await emptyWorkspace(app, { ...work, saved: first });
    if (ended !== null && emptied.branchRemoved) await changeEnded(app, ended, { branch_removed: true });
    return { rescue: saved.rescue, ...emptied };
  } catch (error) {
    if (!request.setAside || !(error instanceof IncrError) || error.code !== "unsafe") throw error;
    return { rescue: null, branchRemoved: false, attention: error.message };
  }
}

/**
 * The attempt that has ended already and whose work is still in here, all of it: its last processes outlived it, or it could not be kept. Not once emptying has
 * begun: what is found then is only the rest.
 */
async function findEnded(app: App, workspace: AcquiredWorkspace): Promise<FinishedSession | null> {
  const mark = await requireRepository(app).worktrees.readMark(workspace.path);
  const id = mark?.session_id;
  if (id === undefined) return null;
  const session = await app.store.read(async (tx) => await tx.find("sessions", recordKey(workspace.repo, id)));
  return session === undefined || session.status === "active" || session.lease_id !== mark?.lease_id ? null : session;
}

/** Its `resume` has to find what was found last. What was kept at its end needs no second copy then. */
async function noteRescue(app: App, ended: FinishedSession, rescue: RescueInfo): Promise<void> {
  if (ended.rescue === rescue.ref) return;
  const { worktrees } = requireRepository(app);
  await changeEnded(app, ended, { rescue: rescue.ref });
  const before = (await worktrees.listRescues()).find(({ ref }) => ref === ended.rescue);
  if (before !== undefined && (await worktrees.isCoveredBy(before, rescue))) await worktrees.dropRescue(before);
}

/** The same for the run of an agent whose work could not be kept when it ended. */
async function noteAgentRescue(app: App, { name, path, repo }: AcquiredWorkspace, rescue: RescueInfo): Promise<void> {
  const lease_id = (await requireRepository(app).worktrees.readMark(path))?.lease_id;
  if (lease_id === undefined) return;
  await app.store.transact(async (tx) => {
    const found = await tx.list("opencode_sessions", { repo, finishedSince: "ever", where: { lease_id } });
    for (const { key, record } of found) {
      const isIt = record.owns_lease === true && record.workspace_name === name;
      if (!isIt || record.status === "active" || record.rescue !== undefined) continue;
      await tx.put("opencode_sessions", key, { ...record, rescue: rescue.ref });
    }
  });
}

async function changeEnded(app: App, ended: FinishedSession, change: Partial<FinishedSession>): Promise<void> {
  const key = recordKey(ended.repo, ended.id);
  await app.store.transact(async (tx) => {
    const session = await tx.find("sessions", key);
    if (session === undefined || session.status === "active" || session.lease_id !== ended.lease_id) return;
    await tx.put("sessions", key, { ...session, ...change });
  });
}
