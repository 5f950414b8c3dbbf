/** A conflict between a thread and its stream: opened in a workspace for whoever resolves it, and taken over when it is resolved. */
import { mergeBranch } from "../../domain/stream/branch.ts";
import { IncrError } from "../../domain/error.ts";
import {
  beginResolving,
  describeFiles,
  endResolving,
  findConflict,
  listConflicts,
  type MergeConflict,
  type Resolving,
} from "../../domain/stream/merge.ts";
import { parsePartId } from "../../domain/stream/id.ts";
import { listThreads } from "../../domain/stream/tasks/outline.ts";
import type { AcquiredWorkspace } from "../../domain/records.ts";
import { requireRepository } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { endLease } from "../workspace/release.ts";
import { takeWorkspace } from "../workspace/take.ts";
import { mergeBatch, mergeMessage, requireNotCheckedOut, type MergedBatch } from "./merge-batch.ts";
import { findMergePlace } from "./merge-place.ts";
import { requireStreamTip, type ThreadApp } from "./stream-branch.ts";
import { changeEntry, requirePlan, type OpenStream } from "./streams.ts";

export interface OpenMerge {
  stream: string;
  /** `01.02` */
  batch: string;
  conflict: MergeConflict;
  workspace: AcquiredWorkspace;
}

/**
 * A workspace of the caller's in the middle of the merge; the one that is open already if there is one.
 * @param wanted id of the batch or the thread; by default the first conflict
 * @throws IncrError `rule` if there is no conflict, what `takeWorkspace` throws
 */
export async function openMerge(app: ThreadApp, stream: OpenStream, wanted: string | undefined): Promise<OpenMerge> {
  const { worktrees } = requireRepository(app);
  const { batch, conflict } = requireWanted(stream, wanted);
  const { id } = stream.entry;
  const open = await findMergePlace(app, conflict.resolving);
  if (open !== null) return { stream: id, batch, conflict, workspace: open };
  const repo = await ensureRepo(app);
  const tip = await requireStreamTip(app, stream.entry);
  const branch = await freeBranch(app, mergeBranch(id, conflict.thread), tip.commit);
  let resolving: Resolving | null = null;
  const taken = await takeWorkspace(app, {
    repo,
    kind: "held",
    holder: { type: "person", id: app.caller.person },
    action: "acquire",
    purpose: `merge of thread ${conflict.thread} of ${id}`,
    branch: { branch, base: tip.commit },
    async reserve(_tx, workspace, lease) {
      resolving = { workspace: workspace.name, lease_id: lease.lease_id, branch, since: app.now().toISOString() };
      await Promise.resolve();
    },
    async announce() {
      await changeEntry(app, id, (entry) => {
        requireSame(conflict, findConflict(entry, batch));
        return beginResolving(entry, batch, resolving as Resolving, app.now().toISOString());
      });
    },
    async retract() {
      const { lease_id } = resolving as Resolving;
      await changeEntry(app, id, (entry) => endResolving(entry, batch, lease_id, app.now().toISOString()));
    },
    destination: async () => await Promise.resolve({ commit: tip.commit, branch: { name: branch, create: true } }),
    fill: async (path) => await worktrees.beginMerge(path, conflict.theirs, messageFor(stream, conflict)),
    confirm: async () => {},
    undo: async () => {},
  });
  return { stream: id, batch, conflict, workspace: taken.workspace };
}

/** Takes over what was resolved, and goes on with the rest of the batch. @throws IncrError `rule` while it is not resolved, `conflict`, `held`, `unsafe` */
export async function finishMerge(
  app: ThreadApp,
  stream: OpenStream,
  wanted: string | undefined,
): Promise<MergedBatch> {
  const { batch, conflict } = requireWanted(stream, wanted);
  const workspace = await findMergePlace(app, conflict.resolving);
  const { resolving } = conflict;
  if (workspace === null || resolving === undefined) {
    throw new IncrError("rule", `nobody is at the merge of thread ${conflict.thread}`, {
      hint: "work fix --merge opens it in a workspace",
      data: { batch, thread: conflict.thread },
    });
  }
  const resolved = await commitResolution(app, stream, conflict, workspace, resolving.branch);
  await app.step("merge:resolved");
  const commit = await moveStream(app, stream, conflict, workspace, resolved);
  await app.step("merge:taken");
  await endLease(app, workspace, "left in the workspace of a merge");
  const now = app.now().toISOString();
  await changeEntry(app, stream.entry.id, (entry) => endResolving(entry, batch, resolving.lease_id, now));
  const [stageNumber, batchNumber] = parsePartId(batch) ?? [];
  // Others of the batch may have been left behind, to be fixed later.
  const rest = await mergeBatch(app, stream, { stage: stageNumber ?? 0, batch: batchNumber ?? 0, partly: true });
  return {
    ...rest,
    merged: [{ thread: conflict.thread, commit }, ...rest.merged],
    unchanged: rest.unchanged.filter((thread) => thread !== conflict.thread),
  };
}

function requireWanted({ entry }: OpenStream, wanted: string | undefined): { batch: string; conflict: MergeConflict } {
  const found = listConflicts(entry).find(
    ({ batch, conflict }) => wanted === undefined || wanted === batch || wanted === conflict.thread,
  );
  if (found !== undefined) return found;
  throw new IncrError("rule", `no conflict${wanted === undefined ? "" : ` of ${wanted}`} waits to be resolved`, {
    hint: "work status",
  });
}

/** @throws IncrError `held` if somebody else has opened it meanwhile */
function requireSame(seen: MergeConflict, now: MergeConflict | null): void {
  if (now === null || now.resolving?.lease_id === seen.resolving?.lease_id) return;
  throw new IncrError("held", `somebody else has opened the merge of thread ${now.thread} just now`, {
    hint: `cd to ${now.resolving?.workspace}, see \`incr workspace list\``,
    data: { thread: now.thread, workspace: now.resolving?.workspace ?? null },
  });
}

/** One of an earlier try that holds nothing gives way. */
async function freeBranch(app: ThreadApp, stem: string, tip: string): Promise<string> {
  const { worktrees } = requireRepository(app);
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? stem : `${stem}-${attempt}`;
    const there = await worktrees.branchTip(name);
    if (there === null) return name;
    if ((await worktrees.isAncestor(there, tip)) && (await worktrees.deleteBranch(name, there))) return name;
  }
}

/** The commit that joins both. Whoever resolved it may have committed it. */
async function commitResolution(
  app: ThreadApp,
  stream: OpenStream,
  conflict: MergeConflict,
  workspace: AcquiredWorkspace,
  branch: string,
): Promise<string> {
  const { worktrees, config } = requireRepository(app);
  const copied = (await config()).workspace.copy;
  const found = await worktrees.inspect(workspace.path, copied);
  if (found.kind !== "worktree") {
    throw new IncrError("unsafe", `${workspace.path} is no worktree of this repository any more`, {
      hint: `incr workspace release ${workspace.name}, then work fix --merge`,
    });
  }
  const unresolved =
    found.unmerged.length > 0
      ? found.unmerged
      : found.operation === null
        ? []
        : await worktrees.listMarked(workspace.path, conflict.files);
  if (unresolved.length > 0) {
    throw new IncrError("rule", `conflicts are not resolved yet: ${describeFiles(unresolved)}`, {
      hint: `edit them in ${workspace.path}, \`git add\` them there, then work fix --merged`,
      data: { path: workspace.path, files: unresolved },
    });
  }
  const message = messageFor(stream, conflict);
  const outcome = await worktrees.commitAll(workspace.path, found, { branch, message, copied });
  if (outcome.kind === "elsewhere") {
    throw new IncrError("rule", `the merge is not on ${branch}: ${outcome.why}`, {
      hint: `git -C ${workspace.path} switch ${branch}, then work fix --merged`,
      data: { path: workspace.path, branch },
    });
  }
  const tip = await worktrees.branchTip(branch);
  if (tip !== null && (await worktrees.isAncestor(conflict.theirs, tip))) return tip;
  throw new IncrError("rule", `what is on ${branch} does not have the work of thread ${conflict.thread} in it`, {
    hint: `git -C ${workspace.path} merge ${conflict.theirs.slice(0, 12)}, then work fix --merged`,
    data: { path: workspace.path, branch, thread: conflict.thread },
  });
}

/** The stream's branch goes to where the conflict was resolved. Somebody may have moved it meanwhile. */
async function moveStream(
  app: ThreadApp,
  stream: OpenStream,
  conflict: MergeConflict,
  workspace: AcquiredWorkspace,
  resolved: string,
): Promise<string> {
  const { worktrees } = requireRepository(app);
  for (;;) {
    const tip = await requireStreamTip(app, stream.entry);
    if (await worktrees.isAncestor(resolved, tip.commit)) return tip.commit;
    await requireNotCheckedOut(app, tip.name, "work fix --merged");
    let target = resolved;
    if (!(await worktrees.isAncestor(tip.commit, resolved))) {
      const result = await worktrees.mergeTrees(tip.commit, resolved);
      if (result.kind === "conflict") {
        throw new IncrError(
          "conflict",
          `${tip.name} was moved meanwhile, and differs in ${describeFiles(result.files)}`,
          {
            hint: `git -C ${workspace.path} merge ${tip.name}, then work fix --merged`,
            data: { path: workspace.path, branch: tip.name, files: result.files },
          },
        );
      }
      const message = messageFor(stream, conflict);
      target = await worktrees.commitTree(result.tree, [tip.commit, resolved], message);
    }
    if (await worktrees.moveBranch(tip.name, target, tip.commit, `incr: merge thread ${conflict.thread}`))
      return target;
  }
}

/** As of every other merge; a thread that the plan has no more has no name. */
function messageFor(stream: OpenStream, { thread }: MergeConflict): string {
  const planned = listThreads(requirePlan(stream)).find(({ id }) => id === thread);
  return mergeMessage(stream.entry.id, thread, planned?.thread.name ?? null);
}
