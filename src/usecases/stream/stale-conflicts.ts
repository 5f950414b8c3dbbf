/** Conflicts that are none any more, before anybody is sent to resolve them. */
import { threadBranch } from "../../domain/stream/branch.ts";
import { recordKey } from "../../domain/records.ts";
import {
  dropConflict,
  endResolving,
  findConflict,
  listConflicts,
  type MergeConflict,
} from "../../domain/stream/merge.ts";
import { groupByThread } from "../../domain/stream/tasks/outline.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { requireRepository } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { tidyUp } from "./merge-batch.ts";
import { findMergePlace } from "./merge-place.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { changeEntry, openNamedStream, viewTasks, type OpenStream } from "./streams.ts";
import { readToldTasks } from "./thread-runs.ts";

/**
 * Takes them out: their thread was cancelled or set back, has other work by now, or somebody has merged it. What is there is merged when its turn comes, and may
 * conflict anew. What somebody is at is theirs for as long as it is to be merged at all.
 * @returns the stream as it is then
 */
export async function dropStaleConflicts(app: ThreadApp, given: OpenStream): Promise<OpenStream> {
  const { id } = given.entry;
  const stream = openNamedStream(app, id);
  const conflicts = listConflicts(stream.entry);
  const file = conflicts.length === 0 ? null : await readToldTasks(app, stream);
  if (file === null) return stream;
  const tasks = groupByThread(viewTasks({ warn: () => {} }, file));
  const gathered = await findTip(app, stream);
  for (const { batch, conflict } of conflicts) {
    const isWanted = threadState(tasks.get(conflict.thread) ?? []).status === "completed";
    const why = isWanted ? await findChange(app, id, conflict, gathered) : "it is not completed any more";
    if (why === null) continue;
    await changeEntry(app, id, (latest) => {
      const isSame = findConflict(latest, batch)?.theirs === conflict.theirs;
      return isSame ? dropConflict(latest, batch, app.now().toISOString()) : latest;
    });
    app.notify({
      code: "conflict_stale",
      message: `thread ${conflict.thread} does not keep batch ${batch} from being merged any more: ${why}`,
      data: { stream: id, batch, thread: conflict.thread },
    });
    await tidyUp(app, id, batch, conflict, gathered ?? conflict.onto);
  }
  return openNamedStream(app, id);
}

/** Whoever gave back the workspace in which they were at a conflict is at it no more: somebody else may open it. @returns the stream as it is then */
export async function endAbandonedMerges(app: ThreadApp, stream: OpenStream): Promise<OpenStream> {
  const { id } = stream.entry;
  const begun = listConflicts(stream.entry).flatMap(({ batch, conflict: { resolving } }) =>
    resolving === undefined ? [] : [{ batch, resolving }],
  );
  const repo = begun.length === 0 ? null : await findRepoSlug(app);
  if (repo === null) return stream;
  for (const { batch, resolving } of begun) {
    const key = recordKey(repo, resolving.workspace);
    const place = await app.store.read(async (tx) => await tx.find("workspaces", key));
    // One that is not known here may be somebody's elsewhere; one that is not ready yet is somebody's all the same.
    if (place === undefined || (place.status === "acquired" && leaseOf(place).lease_id === resolving.lease_id))
      continue;
    const now = app.now().toISOString();
    await changeEntry(app, id, (latest) => endResolving(latest, batch, resolving.lease_id, now));
  }
  return openNamedStream(app, id);
}

/** What has happened to the work that did not fit; null if it is to be resolved, or somebody is at that. */
async function findChange(
  app: ThreadApp,
  stream: string,
  { thread, theirs, resolving }: MergeConflict,
  gathered: string | null,
): Promise<string | null> {
  const { worktrees } = requireRepository(app);
  if ((await findMergePlace(app, resolving)) !== null) return null;
  const own = await worktrees.branchTip(threadBranch(stream, thread));
  if (own !== null && own !== theirs) return "its work is another by now";
  if (gathered === null || (await worktrees.resolveCommit(theirs)) === null) return null;
  const isThere = await worktrees.isAncestor(theirs, gathered);
  return isThere ? "somebody has merged its work" : null;
}

/** Where the stream's branch stands; null if there is none. */
async function findTip(app: ThreadApp, { entry }: OpenStream): Promise<string | null> {
  return entry.branch === undefined ? null : await requireRepository(app).worktrees.branchTip(entry.branch.name);
}
