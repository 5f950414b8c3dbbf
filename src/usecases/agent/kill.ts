/** `incr agent kill`: ends an agent with everything that it started, whoever watches over it. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveAgentSession, type AgentSession } from "../../domain/records.ts";
import type { KillRequest } from "../../ports/processes.ts";
import type { App } from "../app.ts";
import { requireAgentSession, type Wanted } from "./find.ts";
import { agentMark } from "./place.ts";
import { settleAgent } from "./settle.ts";

/** How long whoever watches over the agent may take to end it. */
const WATCHER_MS = 12_000;
const GRACE_MS = 3_000;
const POLL_MS = 50;

/** @returns the session as it ended @throws IncrError `rule` if it has ended; `held` if it runs elsewhere, or something of it cannot be ended */
export async function killAgent(app: App, wanted: Wanted): Promise<AgentSession> {
  const session = await requireAgentSession(app, wanted);
  if (session.status !== "active") {
    throw new IncrError("rule", `agent session ${session.id} is ${session.status} already`, {
      hint: `incr agent show ${session.id}`,
    });
  }
  const key = recordKey(session.repo, session.id);
  const { process } = session;
  const verdict = app.processes.isGone(process, agentMark(session.id));
  if (!verdict.gone && verdict.reason === "unknown") {
    throw new IncrError("held", `whether agent session ${session.id} runs cannot be told: ${verdict.because}`, {
      hint: "end it where it runs",
    });
  }
  // Written down first: whoever watches over it reads there why it is told to stop.
  await app.store.transact(async (tx) => {
    const current = await tx.find("opencode_sessions", key);
    if (current?.status !== "active") return;
    await tx.put("opencode_sessions", key, { ...current, stop_requested_at: app.now().toISOString() });
  });
  if (process !== undefined && app.processes.stateOf(process) === "alive" && session.bound !== true) {
    // One process watches over all threads of a batch that it carries out by itself: it sees the end of this one.
    if (await watchesOthers(app, session)) await killAll(app, session, childOf(session));
    // Whoever carries out a job looks for that by itself, and may be carrying out others.
    else if (!(await isOfJob(app, session))) app.processes.tell(process, "SIGTERM");
    const ended = await untilEnded(app, key, session);
    if (ended !== null) return ended;
  }
  await killAll(app, session, process === undefined ? [] : [process, ...childOf(session)]);
  await settleAgent(app, { ...session, stop_requested_at: app.now().toISOString() });
  return (await app.store.read(async (tx) => await tx.find("opencode_sessions", key))) ?? session;
}

/** With all that carries the session's mark. @throws IncrError `held` if something is left */
async function killAll(app: App, { id }: ActiveAgentSession, processes: KillRequest["processes"]): Promise<void> {
  const left = await app.processes.killTree({ processes, mark: agentMark(id), graceMs: GRACE_MS });
  if (left.length === 0) return;
  const who = left.map(({ pid, command }) => `${pid} ${command}`).join(", ");
  throw new IncrError("held", `something of agent session ${id} could not be ended: ${who}`, {
    data: { pids: left.map(({ pid }) => pid) },
  });
}

async function watchesOthers(app: App, { id, repo, process }: ActiveAgentSession): Promise<boolean> {
  const live = await app.store.read(async (tx) => await tx.list("opencode_sessions", { repo }));
  return live.some(
    ({ record }) =>
      record.status === "active" &&
      record.id !== id &&
      record.process?.pid === process?.pid &&
      record.process?.started_at === process?.started_at,
  );
}

async function isOfJob(app: App, { repo, id }: ActiveAgentSession): Promise<boolean> {
  const jobs = await app.store.read(async (tx) => await tx.list("jobs", { repo }));
  return jobs.some(({ record }) => record.call?.session_id === id);
}

async function untilEnded(app: App, key: string, session: ActiveAgentSession): Promise<AgentSession | null> {
  for (let waited = 0; waited < WATCHER_MS; waited += POLL_MS) {
    const current = await app.store.read(async (tx) => await tx.find("opencode_sessions", key));
    if (current !== undefined && current.status !== "active") return current;
    if (session.process !== undefined && app.processes.stateOf(session.process) === "dead") return null;
    await app.pause(POLL_MS);
  }
  return null;
}

function childOf({ process }: ActiveAgentSession): { pid: number; started_at: string }[] {
  if (process?.child_pid === undefined) return [];
  return [{ pid: process.child_pid, started_at: process.child_started_at ?? "" }];
}
