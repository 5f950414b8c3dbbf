/** An agent that a person started by hand in a leased workspace: its own hooks report it, so that its conversation can be found again. */
import {
  chooseConversation,
  endAgentSession,
  noteAgentFacts,
  resumeAgentSession,
  startAgentSession,
} from "../../domain/agent/session.ts";
import { EMPTY_TALLY } from "../../domain/agent/tally.ts";
import type { Harness as HarnessName } from "../../domain/config-file.ts";
import type { ProcessIdentity } from "../../domain/lease.ts";
import { recordKey, type AgentSession } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { ReadTx } from "../../ports/store.ts";
import { requireRepository, type App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { heldPlace, type HeldPlace } from "./place.ts";

export interface BindRequest {
  harness: HarnessName;
  /** The agent's own id of its conversation. */
  sessionId: string;
  /** The agent itself, not what runs its hook. */
  process: ProcessIdentity;
  /** `INCR_AGENT_SESSION_ID` of the agent: it was started by incr, as this session. */
  own: string | null;
}

/**
 * Notes the conversation of an agent that has begun. The workspace is the one that the caller stands in; null, and nothing changes, where nobody holds one.
 * Reads first: most of the time there is nothing to write.
 */
export async function bindAgentSession(app: App, request: BindRequest): Promise<AgentSession | null> {
  if (app.repository === null) return null;
  const repo = await findRepoSlug(app);
  if (repo === null) return null;
  if (request.own !== null) return await noteOwn(app, repo, request.own, request);
  const place = await app.store.read(async (tx) => await findPlace(app, tx, repo));
  if (place === null) return null;
  const { branch, commit } = await requireRepository(app).worktrees.readHead(place.workspace.path);
  const id = app.hashId(`${request.harness} ${request.sessionId} ${app.now().toISOString()}`);
  return await app.store.transact(async (tx) => {
    const now = app.now().toISOString();
    const known = await findKnown(tx, repo, request);
    // Somebody else goes on with the same conversation: two processes, one record.
    if (known?.status === "active" && !isGone(app, known)) return known;
    const input = {
      place: { ...heldPlace(place), branch },
      asked: known?.asked ?? {},
      interactive: true,
      bound: true,
      process: request.process,
    };
    const ended = known?.status === "active" ? endAgentSession(known, INTERRUPTED, now) : known;
    const bound =
      ended === undefined
        ? startAgentSession(
            {
              ...input,
              id,
              repo,
              harness: request.harness,
              agent_session_id: request.sessionId,
              ...(commit === null ? {} : { base: commit }),
              log: `logs/agent-sessions/${repo}/${id}.jsonl`,
            },
            now,
          )
        : resumeAgentSession(ended, input, now);
    await tx.put("opencode_sessions", recordKey(repo, bound.id), bound);
    return bound;
  });
}

/** The same agent has ended, by its own account. */
export async function unbindAgentSession(app: App, request: Pick<BindRequest, "harness" | "sessionId">): Promise<void> {
  if (app.repository === null) return;
  const repo = await findRepoSlug(app);
  if (repo === null) return;
  const look = async (tx: ReadTx) => {
    const known = await findKnown(tx, repo, request);
    return known?.status === "active" && known.bound === true ? known : undefined;
  };
  if ((await app.store.read(look)) === undefined) return;
  await app.store.transact(async (tx) => {
    const known = await look(tx);
    if (known === undefined) return;
    const ended = endAgentSession(
      known,
      { verdict: { status: "completed" }, tally: EMPTY_TALLY },
      app.now().toISOString(),
    );
    await tx.put("opencode_sessions", recordKey(repo, known.id), ended);
  });
}

const INTERRUPTED = {
  verdict: { status: "failed", reason: "interrupted", message: "it ended without saying so" },
  tally: EMPTY_TALLY,
} as const;

/**
 * One that we started ourselves: its interface tells nobody else what its conversation is called. It is told as soon as the interface opens, and whoever leaves it at
 * once leaves nothing behind that could be gone on with: it counts when the agent has written it down.
 */
async function noteOwn(app: App, repo: string, id: string, request: BindRequest): Promise<AgentSession | null> {
  const { sessionId, harness: name, process } = request;
  const key = recordKey(repo, id);
  const seen = await app.store.read(async (tx) => await tx.find("opencode_sessions", key));
  if (seen?.status !== "active" || seen.interactive !== true) return seen ?? null;
  const { agent_session_id: known, chosen_session_id: chosen } = seen;
  if (known === sessionId && chosen === undefined) return seen;
  // Another agent that this one runs as a tool has our mark too. What began a new conversation is the agent itself.
  const isItself = process.pid === seen.process?.child_pid || sessionId === (known ?? chosen ?? sessionId);
  if (seen.harness !== name || !isItself) return seen;
  const agents = await app.agents();
  const harness = agents.find(name);
  const isThere = agents.hasConversation(harness, sessionId) !== false;
  if (!isThere && sessionId === chosen) return seen;
  const isLeft = !isThere && chosen !== undefined && agents.hasConversation(harness, chosen) === true;
  return await app.store.transact(async (tx) => {
    const current = await tx.find("opencode_sessions", key);
    if (current?.status !== "active") return current ?? null;
    const now = app.now().toISOString();
    const noted = isThere
      ? noteAgentFacts(current, { agent_session_id: sessionId }, now)
      : chooseConversation(
          isLeft ? noteAgentFacts(current, { agent_session_id: chosen }, now) : current,
          sessionId,
          now,
        );
    await tx.put("opencode_sessions", key, noted);
    return noted;
  });
}

async function findPlace(app: App, tx: ReadTx, repo: string): Promise<HeldPlace | null> {
  const { location } = requireRepository(app);
  for (const { record } of await tx.list("workspaces", { repo })) {
    if (record.path !== location.worktree || record.status !== "acquired") continue;
    const lease = leaseOf(record);
    const key = recordKey(repo, lease.holder.id);
    const work = lease.holder.type === "session" ? await tx.find("sessions", key) : undefined;
    return { kind: "held", workspace: record, lease, ...(work === undefined ? {} : { todo_id: work.todo_id }) };
  }
  return null;
}

async function findKnown(
  tx: ReadTx,
  repo: string,
  { harness, sessionId }: Pick<BindRequest, "harness" | "sessionId">,
): Promise<AgentSession | undefined> {
  const where = { agent_session_id: sessionId, harness };
  return (await tx.list("opencode_sessions", { repo, finishedSince: "ever", where }))[0]?.record;
}

function isGone(app: App, session: AgentSession): boolean {
  return session.process !== undefined && app.processes.stateOf(session.process) === "dead";
}
