/** Runs of threads that are told to go on, and do not. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type AgentSession } from "../../domain/records.ts";
import { endLostRuns } from "../../domain/stream/tasks/lost-run.ts";
import type { StreamEntry } from "../../domain/stream/index-record.ts";
import { endResolving, listConflicts } from "../../domain/stream/merge.ts";
import { runId, runOf } from "../../domain/stream/run.ts";
import { viewTask, type SessionRecord } from "../../domain/stream/tasks/record.ts";
import { recordRun } from "../../domain/stream/tasks/run.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { agentMark } from "../agent/place.ts";
import { findDeadAgents, settleAgents } from "../agent/settle.ts";
import type { App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { listThreadRuns } from "../stream/thread-runs.ts";
import { changeEntry } from "../stream/streams.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** What the records of a stream say of agents and of merges, held against what is so. */
export const checkRuns: Check = {
  area: "runs of agents",
  needs: { state: true, repository: true },
  async examine({ app }) {
    const repo = await findRepoSlug(app);
    const dead = repo === null ? [] : await judgeAgents(app, repo);
    const problems: Problem[] = [];
    for (const entry of listReadable(app)) {
      const runs =
        repo === null ? [] : await app.store.read(async (tx) => await listThreadRuns(tx, { repo, stream: entry.id }));
      problems.push(...judgeRecords(app, entry, runs), ...(await judgeMerges(app, repo, entry)));
    }
    return [...dead, ...problems];
  },
};

/** Those that have a workspace to themselves are a matter of its lease. */
async function judgeAgents(app: World["app"], repo: string): Promise<Problem[]> {
  let dead = await findDeadAgents(app, repo);
  // A process in the middle of its start cannot be looked into for a moment.
  for (let attempt = 0; attempt < PATIENCE && (await isAnyInDoubt(app, repo)); attempt += 1) {
    await app.pause(100);
    dead = await findDeadAgents(app, repo);
  }
  const own = dead.filter(({ owns_lease }) => owns_lease !== true);
  return own.map(({ id, cwd }) =>
    problem(id, {
      code: "agent_dead",
      severity: "warning",
      message: `agent session ${id} is active, and its processes are gone`,
      meaning: "The next command in this repository settles it.",
      repair: "settles it now",
      fix: async () => await settleNow(app, repo, id),
      data: { agent_session: id, cwd: cwd ?? null },
    }),
  );
}

const PATIENCE = 5;

/** @returns what was done @throws IncrError `held` if it cannot be told any more whether its processes are gone */
export async function settleNow(app: App, repo: string, id: string): Promise<string> {
  const said: string[] = [];
  for (let attempt = 0; attempt < PATIENCE; attempt += 1) {
    if (attempt > 0) await app.pause(100);
    await settleAgents({ ...app, notify: ({ message }) => void said.push(message) }, repo);
    if (said.length > 0) return said.join("; ");
    const session = await app.store.read(async (tx) => await tx.find("opencode_sessions", recordKey(repo, id)));
    if (session?.status !== "active") return "somebody else settled it meanwhile";
  }
  throw new IncrError("held", `agent session ${id} may have processes that cannot be looked into at the moment`, {
    hint: "incr doctor --fix",
    data: { agent_session: id },
  });
}

/** Whether there are processes of which nobody can tell yet whether an agent started them. */
async function isAnyInDoubt(app: World["app"], repo: string): Promise<boolean> {
  const sessions = await app.store.read(async (tx) => await tx.list("opencode_sessions", { repo }));
  return sessions.some(({ record }) => {
    if (record.status !== "active" || record.process === undefined) return false;
    const verdict = app.processes.isGone(record.process, agentMark(record.id));
    return !verdict.gone && verdict.reason === "unknown" && verdict.pids.length > 0;
  });
}

/** Streams of which all is readable; the others are another check's matter. */
function listReadable({ streams }: World["app"]): StreamEntry[] {
  try {
    return streams.readIndex().streams.filter((entry) => {
      try {
        return streams.open(entry).readTasks() !== null;
      } catch (error) {
        if (error instanceof IncrError) return false;
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof IncrError) return [];
    throw error;
  }
}

/** A run that another program began may go on where we cannot see it; no run takes longer than this. */
const LONGEST_MS = 24 * 3_600_000;

function judgeRecords(app: World["app"], entry: StreamEntry, runs: readonly AgentSession[]): Problem[] {
  const file = app.streams.open(entry).readTasks();
  const records = (file?.tasks ?? []).flatMap((record) => {
    const { task } = viewTask(record);
    return task.sessions.map((session) => ({ thread: task.thread, session }));
  });
  return records.flatMap(({ thread, session }) => {
    if (session.status !== "running") return [];
    const { known, active } = findRun(runs, session);
    if (active) return [];
    const old = app.now().getTime() - Date.parse(session.startedAt) > LONGEST_MS;
    const who = `${session.agentName} on thread ${thread} of ${entry.id}`;
    const facts = { data: { stream: entry.id, thread, run: session.runId ?? null, started_at: session.startedAt } };
    if (!known && !old) {
      return [
        problem(`${entry.id}/${thread}`, {
          code: "run_unknown",
          severity: "note",
          message: `tasks.json says that ${who} runs since ${session.startedAt}; nothing is known of it here`,
          meaning: "Another program, or another machine, may have begun it.",
          hint: `work status --sessions --stream ${entry.id}`,
          ...facts,
        }),
      ];
    }
    return [
      problem(`${entry.id}/${thread}`, {
        code: "run_ended",
        severity: "warning",
        message: `tasks.json says that ${who} runs since ${session.startedAt}, and it does not`,
        meaning: "The thread is taken for running, and cannot be fixed or run again.",
        repair: known ? "writes down how it ended" : "writes it down as interrupted",
        fix: async () => await settleRecords(app, entry, runs, session),
        ...facts,
      }),
    ];
  });
}

function findRun(runs: readonly AgentSession[], { runId: id }: SessionRecord): { known: boolean; active: boolean } {
  // A session that was resumed is known by its last run alone.
  const session = runs.find((one) => id === one.id || id?.startsWith(`${one.id}-`) === true);
  return { known: session !== undefined, active: session?.status === "active" && runId(session) === id };
}

async function settleRecords(
  app: World["app"],
  entry: StreamEntry,
  runs: readonly AgentSession[],
  lost: SessionRecord,
): Promise<string> {
  const now = app.now().toISOString();
  return await app.streams.open(entry).exclusively((held) => {
    if (held.tasks === null) return "there are no tasks any more";
    const told = runs.reduce((file, run) => recordRun(file, runOf(run), now), held.tasks);
    const file = endLostRuns(told, lost, now);
    held.saveTasks(file);
    const sessions = file.tasks.flatMap((record) => viewTask(record).task.sessions);
    const session = sessions.find((one) => one.runId === lost.runId && one.startedAt === lost.startedAt);
    return `the run that began at ${lost.startedAt} is ${session?.status ?? "not there any more"}; \`work fix\` says what can be done`;
  });
}

/** A merge that is being resolved in a workspace which nobody holds for that any more. */
async function judgeMerges(app: World["app"], repo: string | null, entry: StreamEntry): Promise<Problem[]> {
  const open = listConflicts(entry).filter(({ conflict }) => conflict.resolving !== undefined);
  if (open.length === 0) return [];
  const workspaces =
    repo === null
      ? []
      : (await app.store.read(async (tx) => await tx.list("workspaces", { repo }))).map(({ record }) => record);
  return open.flatMap(({ batch, conflict: { thread, resolving } }) => {
    if (resolving === undefined) return [];
    const holder = workspaces.find(({ name }) => name === resolving.workspace);
    if (holder?.status === "acquired" && leaseOf(holder).lease_id === resolving.lease_id) return [];
    return [
      problem(`${entry.id}/${batch}`, {
        code: "merge_left",
        severity: "note",
        message: `the merge of thread ${thread} of ${entry.id} is said to be resolved in ${resolving.workspace}, which nobody holds for that`,
        meaning: "It waits to be opened again.",
        repair: "writes down that nobody is at it",
        fix: async () => {
          await changeEntry(app, entry.id, (latest) =>
            endResolving(latest, batch, resolving.lease_id, app.now().toISOString()),
          );
          return `nobody is at it; \`work fix --merge --stream ${entry.id}\` opens it again`;
        },
        data: { stream: entry.id, batch, workspace: resolving.workspace },
      }),
    ];
  });
}
