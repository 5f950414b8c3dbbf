/** Settling agent sessions whose processes are provably gone: by what their logs say of the outcome. */
import { eventsOfLastRun } from "../../domain/agent/session.ts";
import { countEvents } from "../../domain/agent/tally.ts";
import { judgeRun } from "../../domain/agent/verdict.ts";
import { HARNESSES } from "../../domain/config-file.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type AcquiredWorkspace, type ActiveAgentSession } from "../../domain/records.ts";
import { beginIntent, leaseOf } from "../../domain/workspace.ts";
import type { App } from "../app.ts";
import { newIntent } from "../lease.ts";
import { giveBack } from "../workspace/give-back.ts";
import { endAgent, findOwnWorkspace, type AgentEnding } from "./end.ts";
import { agentMark } from "./place.ts";
import { findUntold } from "./untold.ts";

/** Active sessions whose processes are provably gone. Reads only. Files of other implementations do not say who runs; nobody can tell then. */
export async function findDeadAgents(app: App, repo: string): Promise<ActiveAgentSession[]> {
  const { sessions, workspaces } = await app.store.read(async (tx) => ({
    sessions: await tx.list("opencode_sessions", { repo }),
    workspaces: await tx.list("workspaces", { repo }),
  }));
  const leases = workspaces.flatMap(({ record }) => (record.status === "acquired" ? [leaseOf(record)] : []));
  return sessions
    .map(({ record }) => record)
    .filter((one): one is ActiveAgentSession => one.status === "active" && one.process !== undefined)
    .filter((one) => app.processes.isGone(one.process, agentMark(one.id)).gone)
    .filter((one) => {
      // What prepared its own workspace may still be at work without it.
      const lease = one.owns_lease === true ? leases.find(({ lease_id }) => lease_id === one.lease_id) : undefined;
      return lease?.kind !== "process" || app.processes.isLeaseGone(lease).gone;
    });
}

/** The lease of an agent's own workspace is gone: ends the session, if it is active still. @returns whether it was @throws what `endAgent` throws */
export async function settleAgentLease(app: App, repo: string, lease_id: string): Promise<boolean> {
  const found = await app.store.read(async (tx) => await tx.list("opencode_sessions", { repo, where: { lease_id } }));
  const session = found.map(({ record }) => record).find((one) => one.owns_lease === true);
  if (session?.status !== "active") return false;
  await settleAndTell(app, session);
  return true;
}

async function settleAndTell(app: App, session: ActiveAgentSession): Promise<void> {
  const workspace = await findOwnWorkspace(app, session);
  const step = workspace === null ? undefined : leaseOf(workspace).intent?.action;
  if (workspace !== null && (step === "acquire" || step === "resume"))
    return await undoTaking(app, session, workspace, step);
  tell(app, await settleAgent(app, session));
}

/** A start that never came to its end never was; a resume that did not leaves the session as it was before. */
async function undoTaking(
  app: App,
  session: ActiveAgentSession,
  workspace: AcquiredWorkspace,
  step: "acquire" | "resume",
): Promise<void> {
  const { lease_id, intent } = leaseOf(workspace);
  const key = recordKey(workspace.repo, workspace.name);
  await app.store.transact(async (tx) => {
    const current = (await tx.find("workspaces", key)) ?? workspace;
    await tx.put("workspaces", key, beginIntent(current, lease_id, newIntent(app, step), intent));
  });
  const { rescue } = await giveBack(app, workspace, lease_id, {
    reason: `left by the ${step === "acquire" ? "start" : "resume"} of an agent that was cut off`,
    ...(step === "acquire" && typeof session.branch === "string" ? { branch: session.branch, base: session.base } : {}),
    setAside: true,
    abandoned: true,
    also: async (tx) => await tx.remove("opencode_sessions", recordKey(session.repo, session.id)),
  });
  const kept = rescue === null ? "" : `; what was in it is kept as rescue ${rescue.name}`;
  const what =
    step === "acquire"
      ? "starting an agent was cut off and is undone"
      : `resuming agent session ${session.id} was cut off; it can be resumed as before`;
  app.notify({ code: "settled", message: `${what}${kept}`, data: { id: session.id, rescue: rescue?.ref ?? null } });
}

/** Ends what is dead. What somebody else ends just now is theirs. */
export async function settleAgents(app: App, repo: string): Promise<void> {
  for (const session of await findDeadAgents(app, repo)) {
    try {
      await settleAndTell(app, session);
    } catch (error) {
      if (error instanceof IncrError && ["rule", "held", "stale_token"].includes(error.code)) continue;
      if (!(error instanceof IncrError)) throw error;
      app.notify({
        code: "not_settled",
        message: `agent session ${session.id} was left by a process that is gone, and could not be settled yet: ${error.message}`,
        data: { id: session.id },
      });
    }
  }
}

/** @throws what `endAgent` throws */
export async function settleAgent(app: App, session: ActiveAgentSession): Promise<AgentEnding> {
  const { events } = (await app.agents()).log(session.log ?? "").read();
  const tally = countEvents(eventsOfLastRun(session, events));
  const interactive = session.interactive === true;
  const stop = session.stop_requested_at === undefined ? STOPS.find((one) => one === tally.stopping) : "kill";
  const expected = (session.runs ?? 1) > 1 ? (session.agent_session_id ?? null) : null;
  const verdict = judgeRun(tally, { code: null, signal: null, stop: stop ?? null, expected, interactive });
  const workspace = await findOwnWorkspace(app, session);
  const takeOver = workspace === null ? undefined : leaseOf(workspace).intent;
  // What came after its last sign of life may be a night. Of what is done in its own interface nothing is logged.
  const until = interactive ? undefined : events.at(-1)?.at;
  const agent_session_id = tally.agent_session_id ?? (await findChosen(app, session));
  return await endAgent(app, {
    session,
    end: { verdict, tally: { ...tally, agent_session_id }, ...(until === undefined ? {} : { until }) },
    ...(takeOver === undefined ? {} : { takeOver }),
  });
}

/** Whether the agent has begun the conversation whose id was chosen for it, and what watched over it was gone before it could hear of that. */
async function findChosen(app: App, session: ActiveAgentSession): Promise<string | null> {
  const { chosen_session_id: chosen } = session;
  const name = HARNESSES.find((one) => one === session.harness);
  if (chosen === undefined || name === undefined) return null;
  const agents = await app.agents();
  const harness = agents.find(name);
  if (session.process?.child_pid !== undefined) return await findUntold(app, harness, session);
  // It may never have been started, or its start was not noted any more: then only what it wrote down itself counts.
  return agents.hasConversation(harness, chosen) === true ? chosen : null;
}

const STOPS = ["kill", "interrupt", "time_limit", "silence_limit", "hung"] as const;

function tell(app: App, { session, branch, rescue }: AgentEnding): void {
  const kept = [branch === null ? null : `work on ${branch}`, rescue === null ? null : `rescue ${rescue.name}`].filter(
    (text) => text !== null,
  );
  const words = session.status === "completed" ? "completed, by its own account" : session.status;
  const next = typeof session.agent_session_id !== "string" ? "" : `; \`${resumeCommand(session)}\` goes on with it`;
  app.notify({
    code: "settled",
    message: `settled agent session ${session.id}: ${words}, its process is gone${kept.length > 0 ? ` (${kept.join(", ")})` : ""}${next}`,
    data: { id: session.id, status: session.status, branch, rescue: rescue?.ref ?? null },
  });
}

/** A thread is resumed as one, so that its stream hears of it. */
function resumeCommand({ id, stream_id, thread_id }: AgentEnding["session"]): string {
  return stream_id === undefined || thread_id === undefined
    ? `incr agent resume ${id}`
    : `work fix --stream ${stream_id} --thread ${thread_id} --resume`;
}
