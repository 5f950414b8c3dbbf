/** The runs of threads: agent sessions are what is true of them, and `tasks.json` repeats it for whoever reads only that. */
import { IncrError } from "../../domain/error.ts";
import type { ActiveAgentSession, AgentSession } from "../../domain/records.ts";
import { runId, runOf } from "../../domain/stream/run.ts";
import type { TasksFile } from "../../domain/stream/tasks/record.ts";
import { recordRun } from "../../domain/stream/tasks/run.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { ReadTx } from "../../ports/store.ts";
import type { StreamFiles } from "../../ports/streams.ts";
import type { App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { requireTasksFile, type OpenStream, type StreamApp } from "./streams.ts";

/** Which runs are meant: those of a whole stream, or of one thread of it. */
interface RunsOf {
  repo: string;
  stream: string;
  thread?: string;
}

/** Agent sessions that carry out threads, in the order in which they last began. */
export async function listThreadRuns(tx: ReadTx, { repo, stream, thread }: RunsOf): Promise<AgentSession[]> {
  const where = { stream_id: stream, ...(thread === undefined ? {} : { thread_id: thread }) };
  const found = await tx.list("opencode_sessions", { repo, finishedSince: "ever", where });
  return found.map(({ record }) => record).toSorted((a, b) => beginOf(a) - beginOf(b));
}

function beginOf(session: AgentSession): number {
  return Date.parse(session.resumed_at ?? session.created_at);
}

/**
 * `tasks.json` with what the state says of the stream's runs, whether it could be written down or not: whoever decides what comes next goes by that. Null while there
 * is no such file. Reads only.
 */
export async function readToldTasks(app: App, { entry, files }: OpenStream): Promise<TasksFile | null> {
  const file = files.readTasks();
  const repo = file === null || app.repository === null ? null : await findRepoSlug(app);
  if (file === null || repo === null) return file;
  const runs = await app.store.read(async (tx) => await listThreadRuns(tx, { repo, stream: entry.id }));
  return tellRuns(file, runs, app.now());
}

/** The file with these runs as they stand now. The same one if it knows of all of them. */
export function tellRuns(file: TasksFile, runs: readonly AgentSession[], now: Date): TasksFile {
  return runs.reduce((told, run) => recordRun(told, runOf(run), now.toISOString()), file);
}

/**
 * Brings `tasks.json` up to date with what the state says of the stream's runs: what was settled since, and what could not be written at the time. To be called
 * once what died is settled. What keeps it from being written is a warning.
 */
export async function mergeRuns(app: ThreadApp, { entry, files }: OpenStream): Promise<void> {
  const repo = app.repository === null ? null : await findRepoSlug(app);
  if (repo === null) return;
  const sessions = await app.store.read(async (tx) => await listBegun(tx, { repo, stream: entry.id }));
  const file = sessions.length === 0 ? null : files.readTasks();
  if (file === null) return;
  if (tellRuns(file, sessions, app.now()) === file) return;
  await writeRuns(app, files, sessions);
}

/** Without those whose workspace is still made ready: one that is cut off in that never was, and nobody would take its record out again. */
async function listBegun(tx: ReadTx, of: RunsOf): Promise<AgentSession[]> {
  const runs = await listThreadRuns(tx, of);
  if (!runs.some(({ status }) => status === "active")) return runs;
  const workspaces = await tx.list("workspaces", { repo: of.repo });
  const beginning = new Set<string | undefined>(
    workspaces.flatMap(({ record }) => {
      const lease = record.status === "acquired" ? leaseOf(record) : undefined;
      return lease?.intent?.action === "acquire" || lease?.intent?.action === "resume" ? [lease.lease_id] : [];
    }),
  );
  return runs.filter(({ status, lease_id }) => status !== "active" || !beginning.has(lease_id));
}

/** Writes what becomes known of one run, one change after the other. What cannot be written is told once; the run goes on, and `mergeRuns` makes up for it. */
export interface RunTracker {
  note(session: AgentSession): void;
  /** Resolves when all of it is written, or was given up. */
  settled(): Promise<void>;
}

/** @param earlier runs of the same thread, which may not be written down yet */
export function trackRun(app: StreamApp, files: StreamFiles, earlier: readonly AgentSession[]): RunTracker {
  let last: Promise<boolean> = Promise.resolve(true);
  let missing = earlier;
  let latest: AgentSession | null = null;
  return {
    note(session) {
      // What has become known while another change was written is written at once.
      const isNext = latest === null;
      latest = session;
      if (!isNext) return;
      last = last.then(async (well) => {
        const known = latest ?? session;
        latest = null;
        const done = await writeRuns(app, files, [...missing, known], well);
        if (done) missing = [];
        return done;
      });
    },
    settled: async () => void (await last),
  };
}

async function writeRuns(
  app: StreamApp,
  files: StreamFiles,
  sessions: readonly AgentSession[],
  tell = true,
): Promise<boolean> {
  try {
    await files.exclusively((held) => {
      held.saveTasks(tellRuns(requireTasksFile(held.tasks), sessions, app.now()));
    });
    return true;
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const threads = [...new Set(sessions.map(({ thread_id = "" }) => thread_id))];
    if (tell) {
      app.warn({
        code: "not_tracked",
        message: `tasks.json does not say yet what became of ${threads.join(", ")}: ${error.message}; the work goes on, and the next \`work\` command that runs or fixes threads makes up for it`,
        data: { threads, code: error.code },
      });
    }
    return false;
  }
}

/** What was seen of a thread's runs, to find out whether anything has changed since. */
export function sightOf(sessions: readonly AgentSession[]): string {
  return sessions.map((session) => `${runId(session)} ${session.status}`).join("\n");
}

/** @throws IncrError `held` if it runs */
export function requireIdle(sessions: readonly AgentSession[], thread: string): void {
  const active = sessions.find((one): one is ActiveAgentSession => one.status === "active");
  if (active === undefined) return;
  throw new IncrError("held", `thread ${thread} runs already, as agent session ${active.id}`, {
    hint: `incr agent logs -f ${active.id}, or end it with \`incr agent kill ${active.id}\``,
    data: { thread, agent_session: active.id, pid: active.process?.child_pid ?? active.process?.pid ?? null },
  });
}
