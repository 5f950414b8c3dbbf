/**
 * The work of a batch, brought into the stream's branch: thread by thread, in their order, each as a merge commit. Nobody's checkout, index or HEAD is touched.
 * Each step moves the branch by compare-and-swap from a commit that it has looked at, so that a merge which was cut off is just begun again.
 */
import { IncrError } from "../../domain/error.ts";
import { groupByBatch } from "../../domain/stream/batches.ts";
import { mergeBranch } from "../../domain/stream/branch.ts";
import { formatPartId } from "../../domain/stream/id.ts";
import {
  describeConflict,
  dropConflict,
  findConflict,
  isBatchMerged,
  listConflicts,
  noteConflict,
  noteMerged,
  noteTip,
  type MergeConflict,
} from "../../domain/stream/merge.ts";
import { groupByThread, listThreads, type PlannedThread } from "../../domain/stream/tasks/outline.ts";
import { threadState, type ThreadState, type ThreadStatus } from "../../domain/stream/thread-state.ts";
import { requireRepository } from "../app.ts";
import { findMergePlace } from "./merge-place.ts";
import { requireStreamTip, type StreamTip, type ThreadApp } from "./stream-branch.ts";
import { changeEntry, requirePlan, requireTasksFile, viewTasks, type OpenStream } from "./streams.ts";
import { readToldTasks } from "./thread-runs.ts";
import { findThreadWork, tellLeftOut } from "./thread-work.ts";

export interface MergedBatch {
  stream: string;
  /** `01.02` */
  batch: string;
  /** The stream's branch, and where it stands now. */
  branch: string;
  commit: string;
  /** Threads whose work was merged now. */
  merged: { thread: string; commit: string }[];
  /** Threads whose work is in it already, or that changed nothing. */
  unchanged: string[];
  /** Threads that are not completed, and were passed over. */
  skipped: string[];
  /** What stopped it. */
  conflict: MergeConflict | null;
  /** Command that takes over the whole stream, once no batch is left to be merged. */
  takeover: string | null;
}

/**
 * @param part numbers of stage and batch; `partly`: what is completed of it, the rest comes later
 * @throws IncrError `rule` while a thread of it is not completed, `held` if the stream's branch is checked out somewhere, `not_found` if work of a thread is gone
 */
export async function mergeBatch(
  app: ThreadApp,
  stream: OpenStream,
  { stage, batch, partly = false }: { stage: number; batch: number; partly?: boolean },
): Promise<MergedBatch> {
  const id = formatPartId([stage, batch]);
  const planned = listThreads(requirePlan(stream));
  const threads = planned.filter((thread) => thread.stage.number === stage && thread.batch.number === batch);
  if (threads.length === 0)
    throw new IncrError("not_found", `there is no batch ${id} with threads in the plan`, { hint: "work tree" });
  const tasks = groupByThread(viewTasks(app, requireTasksFile(await readToldTasks(app, stream))));
  const stateOf = (thread: string) => threadState(tasks.get(thread) ?? []);
  const { completed, open: skipped } = sortThreads(threads, stateOf);
  if (skipped.length > 0 && !partly) throw notCompleted(id, skipped);

  let tip = await requireStreamTip(app, stream.entry);
  const merged: MergedBatch["merged"] = [];
  const unchanged: string[] = [];
  const result = { stream: stream.entry.id, batch: id, branch: tip.name, skipped: skipped.map((one) => one.id) };
  for (const thread of completed) {
    const work = await findThreadWork(app, stream, thread.id);
    const before = tip.commit;
    const step = work === null ? { conflict: null, tip } : await mergeThread(app, stream, tip, thread, work);
    ({ tip } = step);
    if (step.conflict !== null) {
      const conflict = await recordConflict(app, stream, id, step.conflict);
      return { ...result, commit: before, merged, unchanged, conflict, takeover: null };
    }
    await tellLeftOut(app, stream, thread.id);
    if (tip.commit === before) unchanged.push(thread.id);
    else merged.push({ thread: thread.id, commit: tip.commit });
  }
  const now = app.now().toISOString();
  let solved: MergeConflict | null = null;
  const entry = await changeEntry(app, stream.entry.id, (latest) => {
    solved = findConflict(latest, id);
    if (skipped.length > 0) return noteTip(dropConflict(latest, id, now), tip.commit, now);
    return noteMerged(latest, id, { commit: tip.commit, threads: completed.map((one) => one.id) }, now);
  });
  await app.step("merge:recorded");
  await tidyUp(app, stream.entry.id, id, solved, tip.commit);
  const batches = [...groupByBatch(planned.map((one) => ({ id: one.id, state: stateOf(one.id) })))];
  const takeover = batches.every(([one, own]) => isBatchMerged(entry, one, own)) ? `git merge ${tip.name}` : null;
  return { ...result, commit: tip.commit, merged, unchanged, conflict: null, takeover };
}

/** Branches on which conflicts of the batch were resolved go, as far as they hold nothing that the stream has not. Whoever is still at the last one can stop. */
export async function tidyUp(
  app: ThreadApp,
  streamId: string,
  batch: string,
  solved: MergeConflict | null,
  tip: string,
): Promise<void> {
  if (solved === null) return;
  const { worktrees } = requireRepository(app);
  const stem = mergeBranch(streamId, `${batch}.`);
  for (const branch of await worktrees.listBranches(stem.slice(0, stem.lastIndexOf("/") + 1))) {
    const isOurs = branch.name.startsWith(stem);
    if (isOurs && (await worktrees.isAncestor(branch.tip, tip))) await worktrees.deleteBranch(branch.name, branch.tip);
  }
  const workspace = (await findMergePlace(app, solved.resolving))?.name;
  if (workspace === undefined) return;
  app.notify({
    code: "conflict_gone",
    message: `batch ${batch} does not conflict any more; \`incr workspace release ${workspace}\` gives back where it was being resolved`,
    data: { batch, workspace },
  });
}

/** Whatever begins behind a batch needs what was done there. @returns why it may not begin while the merge of an earlier batch conflicts; else null */
export function findUnmergedBefore(
  app: ThreadApp,
  { entry }: OpenStream,
  { stage, batch }: PlannedThread,
): IncrError | null {
  const id = formatPartId([stage.number, batch.number]);
  const latest = app.streams.readIndex().streams.find((one) => one.id === entry.id) ?? entry;
  const before = listConflicts(latest).find((one) => one.batch < id);
  if (before === undefined) return null;
  return new IncrError(
    "rule",
    `batch ${before.batch} comes first, and is not merged: ${describeConflict(before.conflict)}`,
    {
      hint: "work fix --merge",
      data: { batch: id, before: before.batch },
    },
  );
}

interface OpenThread {
  id: string;
  status: ThreadStatus;
}

/** What a cancelled thread has done is nobody's result. */
function sortThreads(
  threads: readonly PlannedThread[],
  stateOf: (id: string) => ThreadState,
): { completed: PlannedThread[]; open: OpenThread[] } {
  return {
    completed: threads.filter(({ id }) => stateOf(id).status === "completed"),
    open: threads
      .map(({ id }) => ({ id, status: stateOf(id).status }))
      .filter(({ status }) => status !== "completed" && status !== "cancelled"),
  };
}

function notCompleted(batch: string, open: readonly OpenThread[]): IncrError {
  const names = open.map(({ id, status }) => `${id} is ${status.replace("_", " ")}`).join(", ");
  return new IncrError("rule", `batch ${batch} is not completed: ${names}`, {
    hint: "work fix",
    data: { batch, threads: open },
  });
}

type Step = { conflict: Omit<MergeConflict, "status" | "at" | "resolving"> | null; tip: StreamTip };

/** Again from the beginning whenever somebody else has moved the branch meanwhile. */
async function mergeThread(
  app: ThreadApp,
  stream: OpenStream,
  tip: StreamTip,
  { id, thread }: PlannedThread,
  work: string,
): Promise<Step> {
  const { worktrees } = requireRepository(app);
  let at = tip;
  for (;;) {
    if (await worktrees.isAncestor(work, at.commit)) return { conflict: null, tip: at };
    await requireNotCheckedOut(app, at.name);
    const result = await worktrees.mergeTrees(at.commit, work);
    await app.step("merge:tried");
    if (result.kind === "conflict") {
      const others = await findOpponents(app, at.commit, work, result.files);
      return { conflict: { thread: id, with: others, files: result.files, onto: at.commit, theirs: work }, tip: at };
    }
    const message = mergeMessage(stream.entry.id, id, thread.name);
    const commit = await worktrees.commitTree(result.tree, [at.commit, work], message);
    await app.step("merge:committed");
    const moved = await worktrees.moveBranch(at.name, commit, at.commit, `incr: merge thread ${id}`);
    await app.step("merge:moved");
    if (moved) return { conflict: null, tip: { name: at.name, commit } };
    at = await requireStreamTip(app, stream.entry);
  }
}

/** The trailers say whose work a line of history is. */
export function mergeMessage(streamId: string, thread: string, name: string | null): string {
  return `Merge thread ${thread}${name === null ? "" : `: ${name}`}\n\nIncr-Thread: ${streamId}/${thread}\n`;
}

/** Whoever has it checked out would see all of the merge as a change of theirs that takes it back. @throws IncrError `held` */
export async function requireNotCheckedOut(app: ThreadApp, branch: string, then = "work continue"): Promise<void> {
  const path = await requireRepository(app).worktrees.findCheckout(branch);
  if (path === null) return;
  throw new IncrError("held", `${branch} is checked out in ${path}, and cannot be moved under it`, {
    hint: `git -C ${path} switch --detach, then ${then}`,
    data: { branch, path },
  });
}

/** The threads that changed the same files before; our merges say whose they are. */
async function findOpponents(
  app: ThreadApp,
  onto: string,
  theirs: string,
  files: readonly string[],
): Promise<string[]> {
  const changes = await requireRepository(app).worktrees.listChanges(theirs, onto);
  const same = changes.filter((change) => change.files.some((file) => files.includes(file)));
  const threads = same.map(({ message }) => /^Incr-Thread: \S+\/([\d.]+)$/m.exec(message)?.[1]);
  return [...new Set(threads.filter((thread) => thread !== undefined))].toSorted();
}

async function recordConflict(
  app: ThreadApp,
  stream: OpenStream,
  batch: string,
  conflict: NonNullable<Step["conflict"]>,
): Promise<MergeConflict> {
  const entry = await changeEntry(app, stream.entry.id, (latest) => {
    const now = app.now().toISOString();
    return noteTip(noteConflict(latest, batch, conflict, now), conflict.onto, now);
  });
  await app.step("merge:recorded");
  app.notify({
    code: "merge_conflict",
    message: `batch ${batch} is not merged: ${describeConflict(conflict)}; \`work fix --merge\` opens it to be resolved`,
    data: { stream: stream.entry.id, batch, thread: conflict.thread, with: conflict.with, files: conflict.files },
  });
  const merge = entry.merges?.[batch];
  return merge?.status === "conflict" ? merge : { status: "conflict", at: app.now().toISOString(), ...conflict };
}
