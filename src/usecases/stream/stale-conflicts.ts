/** Conflicts that are none any more, before anybody is sent to resolve them. */
import { threadBranch } from "../../domain/stream/branch.ts";
import { dropConflict, listConflicts, type MergeConflict } from "../../domain/stream/merge.ts";
import { groupByThread } from "../../domain/stream/tasks/outline.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import { requireRepository } from "../app.ts";
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
  if (conflicts.length === 0) return stream;
  const file = await readToldTasks(app, stream);
  const tasks = groupByThread(file === null ? [] : viewTasks({ warn: () => {} }, file));
  const gathered = await findTip(app, stream);
  for (const { batch, conflict } of conflicts) {
    const isWanted = threadState(tasks.get(conflict.thread) ?? []).status === "completed";
    const why = isWanted ? await findChange(app, id, conflict, gathered) : "it is not completed any more";
    if (why === null) continue;
    await changeEntry(app, id, (latest) => dropConflict(latest, batch, app.now().toISOString()));
    app.notify({
      code: "conflict_stale",
      message: `thread ${conflict.thread} does not keep batch ${batch} from being merged any more: ${why}`,
      data: { stream: id, batch, thread: conflict.thread },
    });
    await tidyUp(app, id, batch, conflict, gathered ?? conflict.onto);
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
