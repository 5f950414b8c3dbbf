/** How a thread stands, or what is carried out of a whole stream, for whoever waits for it. Reads only. */
import type { ConductLog } from "../../ports/conduct.ts";
import { fixesOf } from "../../domain/stream/fix.ts";
import { nextStep } from "../../domain/stream/next-step.ts";
import { emptyTasksFile } from "../../domain/stream/tasks/change.ts";
import { groupByThread, listThreads } from "../../domain/stream/tasks/outline.ts";
import { threadState, type ThreadState } from "../../domain/stream/thread-state.ts";
import { findRepoSlug } from "../repository.ts";
import { agentTrouble, type WaitedFor } from "../wait.ts";
import { requireOutside } from "../within.ts";
import { listRunning } from "./conduct.ts";
import { findConductor } from "./conductor.ts";
import type { ConductApp } from "./launch.ts";
import { openNamedStream, readGates, requirePlan, viewTasks, type OpenStream } from "./streams.ts";
import { readToldTasks } from "./thread-runs.ts";

export interface StreamPart {
  /** `001-login` */
  stream: string;
  /** `01.02.03`; absent: all that is carried out of the stream. */
  thread?: string | undefined;
}

type Verdict = Pick<WaitedFor, "status" | "outcome" | "why">;

/** @throws IncrError `rule` for a caller that is part of it: an agent that carries out the thread, or any thread of the stream */
export async function requirePartEnding(app: ConductApp, { stream: name, thread }: StreamPart): Promise<void> {
  const running = await listRunning(app, openNamedStream(app, name));
  const own = running.filter((one) => thread === undefined || one.thread_id === thread);
  requireOutside(app, thread === undefined ? `workstream ${name}` : `thread ${name}/${thread}`, own);
}

/** As it is at this moment; what died is not settled. @throws IncrError as reading the files does */
export async function lookAtPart(app: ConductApp, { stream: name, thread }: StreamPart): Promise<WaitedFor> {
  const stream = openNamedStream(app, name);
  const repo = (await findRepoSlug(app)) ?? "";
  const log = app.conduct.log(repo, name);
  // Before the runs: whoever ends between the two looks has left all of them behind.
  const conductor = findConductor(app, log);
  const isCarried = conductor !== null && app.processes.stateOf(conductor.process) !== "unknown";
  const doubt =
    conductor === null || isCarried
      ? null
      : `whether process ${conductor.process.pid} still carries it out cannot be told from here`;
  const running = (await listRunning(app, stream)).filter((one) => thread === undefined || one.thread_id === thread);
  const about =
    thread === undefined ? { id: name, kind: "stream" as const } : { id: `${name}/${thread}`, kind: "thread" as const };
  if (running.length > 0)
    return {
      ...about,
      ...judgeRunning(
        running.map((one) => agentTrouble(app, one)),
        isCarried,
      ),
    };
  if (thread === undefined && isCarried) return { ...about, status: "running", outcome: "running", why: null };
  if (thread === undefined && doubt !== null) return { ...about, status: "running", outcome: "attention", why: doubt };
  const threads = await readThreads(app, stream);
  const own = threads.find(({ id }) => id === thread);
  const verdict = own === undefined ? judgeStream(app, stream, threads, log) : judgeThread(own.state, isCarried, doubt);
  return { ...about, ...verdict };
}

/** Whoever carries out batches sees to agents that nobody watches over. */
function judgeRunning(troubles: readonly (string | null)[], isCarried: boolean): Verdict {
  const status = "running";
  const isStuck = !isCarried && troubles.every((trouble) => trouble !== null);
  return isStuck
    ? { status, outcome: "attention", why: troubles[0] ?? null }
    : { status, outcome: "running", why: null };
}

function judgeThread(state: ThreadState, isCarried: boolean, doubt: string | null): Verdict {
  const { status, note } = fixesOf(state, { known: true, active: false, stale: false });
  if (status === "completed") return { status, outcome: "completed", why: null };
  if (state.status === "blocked") return { status: "blocked", outcome: "attention", why: "it is blocked" };
  if (status === "pending") {
    return isCarried
      ? { status, outcome: "running", why: null }
      : { status, outcome: "attention", why: doubt ?? `${note}, and nobody carries it out` };
  }
  return { status, outcome: "failed", why: status === "incomplete" ? "not all of its tasks are done" : null };
}

/** By what is left of it, and by what was asked for last. */
function judgeStream(app: ConductApp, stream: OpenStream, threads: readonly Thread[], log: ConductLog): Verdict {
  const step = nextStep(stream.entry, { ...readGates(app, stream), threads });
  if (step === null) return { status: "completed", outcome: "completed", why: null };
  const status = step.state;
  const last = log.read().events.findLast(({ type }) => type === "began" || type === "ended");
  const isDone = status !== "broken" && status !== "conflict" && last?.type === "ended" && last.status === "completed";
  if (isDone) return { status, outcome: "completed", why: null };
  const isCurrent = app.streams.readIndex().current_stream === stream.entry.id;
  const why = `next: ${step.command}${isCurrent ? "" : ` --stream ${stream.entry.id}`}`;
  return { status, outcome: status === "broken" ? "failed" : "attention", why };
}

interface Thread {
  id: string;
  state: ThreadState;
}

/** With what has become of every run, whether it is written down yet or not. */
async function readThreads(app: ConductApp, stream: OpenStream): Promise<Thread[]> {
  const file = (await readToldTasks(app, stream)) ?? emptyTasksFile(stream.entry.id);
  const tasks = groupByThread(viewTasks({ warn: () => {} }, file));
  return listThreads(requirePlan(stream)).map(({ id }) => ({ id, state: threadState(tasks.get(id) ?? []) }));
}
