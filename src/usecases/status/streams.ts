/** The workstreams that somebody has to do with now: the current one, and those in which something runs or waits for somebody. Reads only. */
import { IncrError } from "../../domain/error.ts";
import type { AgentSession } from "../../domain/records.ts";
import { fixesOf, needsFix, type FixStatus, type LastRun } from "../../domain/stream/fix.ts";
import { streamName, type StreamEntry } from "../../domain/stream/index-record.ts";
import { listConflicts } from "../../domain/stream/merge.ts";
import { isThreadDone, nextStep, type StreamState } from "../../domain/stream/next-step.ts";
import { runOf } from "../../domain/stream/run.ts";
import { isStreamFolder } from "../../domain/stream/salvage.ts";
import { emptyTasksFile } from "../../domain/stream/tasks/change.ts";
import { groupByThread } from "../../domain/stream/tasks/outline.ts";
import { viewTask, type Task, type TasksFile } from "../../domain/stream/tasks/record.ts";
import { recordRun } from "../../domain/stream/tasks/run.ts";
import { threadState, type ThreadState } from "../../domain/stream/thread-state.ts";
import type { Streams } from "../../ports/streams.ts";
import type { App } from "../app.ts";
import { readGates } from "../stream/streams.ts";
import { findBase } from "../workspace/base.ts";
import { secondsSince } from "./todos.ts";

export interface StreamLine {
  id: string;
  name: string;
  current: boolean;
  /** What it waits for, if it is not `running`. */
  state: StreamState;
  tasks: { total: number; completed: number };
  threads: { total: number; completed: number };
  running: { thread: string; name: string; agent: string | null; started_at: string; age_seconds: number }[];
  broken: { thread: string; name: string; status: FixStatus; resumable: boolean }[];
  conflicts: { batch: string; thread: string; with: string[]; files: string[]; workspace: string | null }[];
  /** What to type next. */
  command: string;
}

/** A stream, or all of them, that cannot be read. */
export interface DamagedStream {
  /** Null for the index. */
  stream: string | null;
  problem: string;
}

/** @param repo null where nothing is recorded of the repository */
export async function summarizeStreams(
  app: App & { streams: Streams },
  repo: string | null,
): Promise<{ streams: StreamLine[]; damaged: DamagedStream[] }> {
  const damaged: DamagedStream[] = [];
  const index = attempt(null, damaged, () => app.streams.readIndex());
  // A project may have files of its own under this name.
  if (index === null && !app.streams.folders().some(isStreamFolder)) return { streams: [], damaged: [] };
  if (index === null || index.streams.length === 0) return { streams: [], damaged };
  const runs = repo === null ? [] : await readRuns(app, repo);
  const seen = index.streams.flatMap((entry) => {
    const isCurrent = entry.id === index.current_stream;
    const found = attempt(entry.id, damaged, () => look(app, entry, isCurrent, runs));
    return found === null ? [] : [found];
  });
  const ended = seen.flatMap(({ entry, finished }) =>
    finished && entry.branch !== undefined ? [entry.branch.name] : [],
  );
  const open = await listUnmerged(app, ended);
  const streams = seen
    .filter(({ entry, finished }) => !finished || open.has(entry.branch?.name ?? ""))
    .filter(({ entry, line }) => line.current || line.state !== "planning" || entry.branch !== undefined)
    .map(({ line, finished, entry }) =>
      finished ? { ...line, state: "unmerged" as const, command: `git merge ${entry.branch?.name}` } : line,
    );
  return { streams, damaged };
}

function attempt<T>(stream: string | null, damaged: DamagedStream[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    damaged.push({ stream, problem: error.message });
    return null;
  }
}

/** How far back runs are looked for of which `tasks.json` may not know yet. */
const LATELY_MS = 30 * 24 * 3_600_000;

async function readRuns(app: App, repo: string): Promise<AgentSession[]> {
  const finishedSince = new Date(app.now().getTime() - LATELY_MS).toISOString();
  const found = await app.store.read(async (tx) => await tx.list("opencode_sessions", { repo, finishedSince }));
  const beginOf = (session: AgentSession) => Date.parse(session.resumed_at ?? session.created_at);
  return found
    .map(({ record }) => record)
    .filter(({ stream_id }) => stream_id !== undefined)
    .toSorted((a, b) => beginOf(a) - beginOf(b));
}

interface SeenStream {
  entry: StreamEntry;
  line: StreamLine;
  /** Every thread is done and every stage accepted. */
  finished: boolean;
}

function look(
  app: App & { streams: Streams },
  entry: StreamEntry,
  current: boolean,
  runs: readonly AgentSession[],
): SeenStream {
  const files = app.streams.open(entry);
  const file = files.readTasks() ?? emptyTasksFile(entry.id);
  const now = app.now().toISOString();
  // The records of runs are what is true; a file that could not be written at the time follows later.
  const own = runs.filter(({ stream_id }) => stream_id === entry.id);
  const told = own.reduce((one, run) => recordRun(one, runOf(run), now), file);
  const tasks = told.tasks.map((record) => viewTask(record).task);
  const threads = listStates(tasks, told);
  const live = tasks.filter(({ status }) => status !== "cancelled");
  const broken = threads.flatMap(({ id, name, state }) => {
    const run = own.findLast(({ thread_id }) => thread_id === id);
    const fixable = fixesOf(state, run === undefined ? undefined : lastRunOf(run));
    const resumable = fixable.actions.includes("resume");
    return needsFix(fixable) ? [{ thread: id, name, status: fixable.status, resumable }] : [];
  });
  const conflicts = listConflicts(entry).map(
    ({ batch, conflict: { thread, with: others, files: paths, resolving } }) => ({
      batch,
      thread,
      with: others,
      files: paths,
      workspace: resolving?.workspace ?? null,
    }),
  );
  const facts = {
    tasks: { total: live.length, completed: live.filter(({ status }) => status === "completed").length },
    threads: { total: threads.length, completed: threads.filter(({ state }) => isThreadDone(state)).length },
    running: threads.flatMap(({ id, name, state: { running, agent } }) =>
      running === null
        ? []
        : [
            {
              thread: id,
              name,
              agent,
              started_at: running.startedAt,
              age_seconds: secondsSince(running.startedAt, app.now()),
            },
          ],
    ),
    broken,
    conflicts,
  };
  const next = nextStep(entry, { ...readGates(app, { entry, files }), threads });
  const flag = current ? "" : ` --stream ${entry.id}`;
  const { state, command } = next ?? { state: "unmerged" as const, command: "work status" };
  const line = { id: entry.id, name: streamName(entry), current, state, ...facts, command: `${command}${flag}` };
  return { entry, line, finished: next === null };
}

function lastRunOf(run: AgentSession): LastRun {
  return { known: true, active: run.status === "active", stale: run.status === "failed" && run.reason === "stale" };
}

interface SeenThread {
  id: string;
  name: string;
  state: ThreadState;
}

/** From the tasks alone: a plan need not be read for it. */
function listStates(tasks: readonly Task[], file: TasksFile): SeenThread[] {
  const names = new Map(tasks.map(({ thread }, index) => [thread, file.tasks[index]?.["thread_name"]]));
  return [...groupByThread(tasks)].map(([id, own]) => {
    const name = names.get(id);
    return { id, name: typeof name === "string" ? name : "", state: threadState(own) };
  });
}

/** Those of the branches of streams that have commits which the base has not. */
export async function listUnmerged(app: App, branches: readonly string[]): Promise<Set<string>> {
  const base = app.repository === null || branches.length === 0 ? null : await findBase(app);
  if (app.repository === null || base === null) return new Set();
  const { worktrees } = app.repository;
  const reports = await worktrees.reportBranches("incr/stream/", base.commit);
  const open = new Set<string>();
  for (const { name, tip, merged } of reports) {
    if (!merged && branches.includes(name) && !(await worktrees.isMerged(tip, base.commit))) open.add(name);
  }
  return open;
}
