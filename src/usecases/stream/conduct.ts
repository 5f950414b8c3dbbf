/** Carrying out batches one after the other, the threads of each side by side. How a thread is started is the caller's matter. */
import { IncrError } from "../../domain/error.ts";
import type { ActiveAgentSession } from "../../domain/records.ts";
import type { ConductEnded, ConductEvent, ConductNews } from "../../domain/stream/conduct.ts";
import {
  isBlocked,
  isDone,
  statesOf,
  unblockCommand,
  type BatchOutline,
  type BatchThread,
} from "../../domain/stream/batches.ts";
import { stageGate } from "../../domain/stream/approval.ts";
import { describeOthers, isBatchMerged } from "../../domain/stream/merge.ts";
import { findClashes } from "../../domain/stream/plan/clashes.ts";
import type { PlannedThread } from "../../domain/stream/tasks/outline.ts";
import type { CaughtSignals } from "../../ports/runner.ts";
import { findRepoSlug } from "../repository.ts";
import { settle } from "../settle.ts";
import { readBatches } from "./batches.ts";
import { mergeBatch } from "./merge-batch.ts";
import { findMissingApproval, requireMayBegin } from "./start-gate.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { openNamedStream, requirePlan, type OpenStream } from "./streams.ts";
import { mergeRuns } from "./thread-runs.ts";
import { watchUnwatched } from "./unwatched.ts";

export interface ConductRequest {
  /** `01.02`: only this batch. Without it all that are left, in the order of the plan. */
  batch?: string | undefined;
  /** Go on behind batches with threads that did not come to their end; they are left as they are. */
  skipBroken?: boolean;
  maxParallel: number;
  force: boolean;
}

/** What becomes of a thread that was to be run. */
export type ThreadNews = Extract<ConductNews, { type: "thread_ended" | "thread_refused" }>;

export interface Conductor {
  signals: CaughtSignals;
  /** Runs a thread to its end, in whatever process, and tells what happens to it. What the thread does is no reason to reject. */
  launch(thread: PlannedThread): Promise<ThreadNews>;
  tell(news: ConductNews): void;
}

/**
 * The batches that are meant, once it is certain that the first of them may begin.
 * @throws IncrError `rule`, `not_found`; nothing is changed then
 */
export async function planConduct(
  app: ThreadApp,
  stream: OpenStream,
  { batch, force }: Omit<ConductRequest, "maxParallel">,
): Promise<BatchOutline[]> {
  const batches = chooseBatches(await readBatches(app, stream), batch);
  const first = batches.find((one) => !isDone(one));
  if (first === undefined) return batches;
  const bare = first.threads.find(({ state, standing }) => standing === "fresh" && state.tasks.total === 0);
  if (bare !== undefined) {
    throw new IncrError("rule", `thread ${bare.planned.id} has no tasks yet`, {
      hint: "write them into TASKS.md, then work approve tasks",
      data: { thread: bare.planned.id },
    });
  }
  await requireMayBegin(app, stream, { stage: first.stage, batch }, force);
  return batches;
}

function chooseBatches(all: BatchOutline[], batch: string | undefined): BatchOutline[] {
  if (batch === undefined) return all;
  const wanted = all.find(({ id }) => id === batch);
  if (wanted === undefined) {
    throw new IncrError("not_found", `there is no batch ${batch} with threads in the plan`, {
      hint: "work tree",
      data: { id: batch },
    });
  }
  return [wanted];
}

/**
 * Whatever becomes of threads is a result. Threads that somebody else runs are waited for.
 * @param ids of the batches, as `planConduct` gave them
 * @throws IncrError what merging throws, `rule` if an approval has ended meanwhile
 */
export async function conduct(
  app: ThreadApp,
  stream: OpenStream,
  ids: readonly string[],
  request: Omit<ConductRequest, "batch">,
  conductor: Conductor,
): Promise<Omit<ConductEnded, "at">> {
  let begun = false;
  const left: BatchThread[] = [];
  const passed: string[] = [];
  let fell = false;
  for (const id of ids) {
    const batch = (await lookAt(app, stream)).find((one) => one.id === id);
    if (batch === undefined) continue;
    const approve = begun && !isDone(batch) ? await findMissingApproval(app, stream, batch.stage) : null;
    if (approve !== null && !request.force) {
      const behind = left.length === 0 ? "" : `, and ${describeLeft(left)}`;
      // No stage is approved while something is left of it.
      const first = behind !== "" && approve.startsWith("work approve stage") ? unblockCommand(left) : null;
      return ended("waiting", `stage ${batch.id.slice(0, 2)} waits for an approval${behind}`, {
        next: `${first === null ? "" : `${first}, then `}${approve}, then work multi --continue`,
        exit_code: fell ? 1 : 0,
      });
    }
    if (approve !== null) await requireMayBegin(app, stream, { stage: batch.stage }, true);
    begun ||= !isDone(batch);
    const interrupted = await carryOut(app, stream, batch, request, conductor);
    if (interrupted !== null) {
      return ended("interrupted", `interrupted by ${interrupted}`, {
        next: "work continue",
        exit_code: 128 + (SIGNAL_NUMBERS[interrupted] ?? 15),
      });
    }
    const now = (await lookAt(app, stream)).find((one) => one.id === id) ?? batch;
    if (isDone(now)) {
      const conflict = await merge(app, stream, now, conductor);
      if (conflict !== null) return ended("failed", conflict, { next: "work fix --merge" });
      continue;
    }
    const undone = now.threads.filter(({ standing }) => standing !== "done");
    const known = batch.threads.filter(({ standing }) => standing === "broken").map(({ planned }) => planned.id);
    const isNews = undone.some(({ planned }) => !known.includes(planned.id));
    const isPassed = !isNews && isAccepted(app, stream, now, ids);
    if (isPassed) passed.push(...known);
    else left.push(...undone);
    fell ||= isNews;
    if (!isPassed && request.skipBroken !== true) break;
    const conflict = await merge(app, stream, now, conductor, true);
    if (conflict !== null) return ended("failed", conflict, { next: "work fix --merge" });
  }
  if (left.length > 0) {
    return ended("failed", describeLeft(left), { next: unblockCommand(left) ?? "work multi --continue" });
  }
  const but = passed.length === 0 ? "" : `, but for ${passed.join(", ")}: their stage was accepted without that`;
  return ended("completed", ids.length === 1 ? `batch ${ids[0]} is done` : `everything is done${but}`, {});
}

/** Whether the stage of a batch was accepted as it is, with later ones to go on with. */
function isAccepted(app: ThreadApp, stream: OpenStream, { id, stage }: BatchOutline, ids: readonly string[]): boolean {
  const { entry } = openNamedStream(app, stream.entry.id);
  return stageGate(entry, stage).status === "approved" && ids.some((one) => one.slice(0, 2) > id.slice(0, 2));
}

/** `01.01.01, 01.01.02 did not come to their end` */
function describeLeft(left: readonly BatchThread[]): string {
  const names = left.map(({ planned }) => planned.id);
  const shown = names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  const [is, their] = left.length === 1 ? ["is", "its"] : ["are", "their"];
  return left.every(isBlocked) ? `${shown} ${is} blocked` : `${shown} did not come to ${their} end`;
}

function ended(
  status: ConductEnded["status"],
  message: string,
  more: { next?: string; exit_code?: number },
): Omit<ConductEnded, "at"> {
  const exit_code = more.exit_code ?? (status === "failed" ? 1 : 0);
  return { type: "ended", status, message, next: more.next ?? null, exit_code };
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

/** @returns the signal that cut it off */
async function carryOut(
  app: ThreadApp,
  stream: OpenStream,
  batch: BatchOutline,
  { maxParallel }: Pick<ConductRequest, "maxParallel">,
  { signals, launch, tell }: Conductor,
): Promise<string | null> {
  const fresh = listFresh(batch);
  const running = batch.threads.filter(({ standing }) => standing === "running");
  if (fresh.length === 0 && running.length === 0) return signals.interruptedBy();
  warnOfClashes(app, stream, batch);
  tell({ type: "batch_began", batch: batch.id, threads: fresh.map(({ id }) => id) });
  await app.step("conduct:batch");
  const queue = [...fresh];
  const others = running.map((one) => ({ ...one }));
  const slots = Array.from({ length: Math.min(maxParallel, queue.length) }, async () => {
    for (;;) {
      const next = signals.interruptedBy() === null ? queue.shift() : undefined;
      if (next === undefined) return;
      const news = await launch(next);
      // Somebody else was faster, and it is not done before they are.
      if (news.type === "thread_refused" && (news.code === "held" || news.code === "conflict"))
        others.push(...waitable(batch, next));
    }
  });
  // All of them, whatever happens to one: nobody else watches over the others.
  const failed = (await Promise.allSettled(slots)).find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  if (signals.interruptedBy() === null) await untilIdle(app, stream, others, signals);
  return signals.interruptedBy();
}

function listFresh(batch: BatchOutline): PlannedThread[] {
  return batch.threads.filter(({ standing }) => standing === "fresh").map(({ planned }) => planned);
}

function waitable(batch: BatchOutline, { id }: PlannedThread): BatchThread[] {
  return batch.threads.filter(({ planned }) => planned.id === id);
}

const LOOK_EVERY_MS = 200;
/** Looking for what has died costs more than looking whether it has ended. */
const SETTLE_EVERY = 10;

/** Waits for threads that others run. */
async function untilIdle(
  app: ThreadApp,
  stream: OpenStream,
  threads: readonly BatchThread[],
  signals: CaughtSignals,
): Promise<void> {
  const ids = new Set(threads.map(({ planned }) => planned.id));
  const watch = watchUnwatched(app);
  for (let round = 1; signals.interruptedBy() === null; round += 1) {
    const running = (await listRunning(app, stream)).filter(({ thread_id = "" }) => ids.has(thread_id));
    if (running.length === 0) return;
    await app.pause(LOOK_EVERY_MS);
    if (round % SETTLE_EVERY !== 0) continue;
    for (const session of running) await watch(session, false);
    await settle(app);
  }
}

/** What to say of a merge that conflicts; null if all is well. @param partly what is completed of it, the rest comes later */
async function merge(
  app: ThreadApp,
  stream: OpenStream,
  outline: BatchOutline,
  { tell }: Conductor,
  partly = false,
): Promise<string | null> {
  const latest = openNamedStream(app, stream.entry.id);
  const { id, stage, batch } = outline;
  if (isBatchMerged(latest.entry, id, statesOf(outline))) return null;
  const result = await mergeBatch(app, stream, { stage, batch, partly });
  const { conflict } = result;
  if (conflict === null) {
    const merged = result.merged.map(({ thread }) => thread);
    const { branch, commit, takeover } = result;
    tell({ type: "batch_merged", batch: id, branch, commit, merged, takeover });
    return null;
  }
  const { thread, with: others, files } = conflict;
  tell({ type: "batch_conflict", batch: id, thread, with: others, files });
  return `batch ${id} is not merged: thread ${thread} conflicts with ${describeOthers(conflict)}`;
}

/** Warns of files that several threads of the batch name which have not run yet. */
export function warnOfClashes(app: ThreadApp, stream: OpenStream, batch: BatchOutline): void {
  for (const { path, threads: ids } of findClashes(requirePlan(stream), listFresh(batch))) {
    const names = `${ids.slice(0, -1).join(", ")} and ${ids.at(-1)}`;
    app.warn({
      code: "shared_file",
      message: `threads ${names} run side by side and all name ${path}: what they do may not fit together`,
      data: { path, threads: ids },
    });
  }
}

/** As everything stands now, after what died was settled. */
async function lookAt(app: ThreadApp, stream: OpenStream): Promise<BatchOutline[]> {
  await settle(app);
  await mergeRuns(app, stream);
  return await readBatches(app, stream, await findRunning(app, stream));
}

/** Ids of the stream's threads that have a run which has not ended. */
export async function findRunning(app: ThreadApp, stream: OpenStream): Promise<Set<string>> {
  return new Set((await listRunning(app, stream)).map(({ thread_id = "" }) => thread_id));
}

/** Their runs. */
export async function listRunning(app: ThreadApp, { entry }: OpenStream): Promise<ActiveAgentSession[]> {
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const where = { stream_id: entry.id };
  const live = await app.store.read(async (tx) => await tx.list("opencode_sessions", { repo, where }));
  return live.map(({ record }) => record).filter((one): one is ActiveAgentSession => one.status === "active");
}

/** With the time. */
export function timed(news: ConductNews, now: Date): ConductEvent {
  return { at: now.toISOString(), ...news };
}
