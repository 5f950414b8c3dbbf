/** Finding the agent session that somebody means. */
import { requireByPrefix } from "../../domain/id.ts";
import { IncrError } from "../../domain/error.ts";
import { harnessOf } from "../../domain/agent/session.ts";
import type { AgentSession } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { ReadTx } from "../../ports/store.ts";
import { requireRepository, type App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";

export interface Wanted {
  /** Our id or the start of it, or the agent's own id of the conversation; without it the last one of the workspace that the caller stands in. */
  id?: string | undefined;
  /** Only sessions with this agent. */
  harness?: string | undefined;
  /** Where no id says which: rather one that has a conversation than one that came to none. */
  conversation?: boolean;
}

/** @throws IncrError `not_found`, `ambiguous`, `usage` */
export async function requireAgentSession(app: App, wanted: Wanted): Promise<AgentSession> {
  const repo = (await findRepoSlug(app)) ?? "";
  return await app.store.read(async (tx) => {
    const { id } = wanted;
    if (id === undefined) return await requireHere(app, tx, repo, wanted);
    const found = await findAgentSession(tx, repo, wanted);
    if (found !== undefined) return found;
    const words = "was not run by incr in this repository";
    const all = await tx.list("opencode_sessions", { repo, finishedSince: "ever", idPrefix: id });
    const candidates = all.map(({ record }) => record).filter((one) => isWith(one, wanted.harness));
    if (candidates.length === 0 && looksForeign(id)) {
      throw new IncrError("not_found", `the conversation ${id} ${words}`, {
        hint: "resume it with the agent itself, or `incr agent list --all`",
        data: { id },
      });
    }
    return requireByPrefix(
      candidates.map((one) => [one.id, one] as const),
      id,
      "agent session",
      "incr agent list",
    );
  });
}

/** By our id, or a prefix that only fits one, or the agent's own id; undefined if there is none, or more than one. */
export async function findAgentSession(tx: ReadTx, repo: string, wanted: Wanted): Promise<AgentSession | undefined> {
  const id = wanted.id ?? "";
  const own = (await tx.list("opencode_sessions", { repo, finishedSince: "ever", idPrefix: id })).map(
    ({ record }) => record,
  );
  const fitting = own.filter((one) => isWith(one, wanted.harness));
  const exact = fitting.find((one) => one.id === id.toLowerCase());
  if (exact !== undefined) return exact;
  if (fitting.length > 0) return fitting.length === 1 ? fitting[0] : undefined;
  const theirs = await tx.list("opencode_sessions", { repo, finishedSince: "ever", where: { agent_session_id: id } });
  return theirs.map(({ record }) => record).find((one) => isWith(one, wanted.harness));
}

/** What agents call their conversations, none of which could be an id of ours. */
function looksForeign(id: string): boolean {
  return id.startsWith("ses_") || /^[0-9a-f]{8}-/.test(id);
}

/** The last conversation of a work session that can be gone on with; null if there is none. */
export async function findLastConversation(app: App, repo: string, sessionId: string): Promise<AgentSession | null> {
  const where = { session_id: sessionId };
  const found = await app.store.read(
    async (tx) => await tx.list("opencode_sessions", { repo, finishedSince: "ever", where }),
  );
  const known = found.map(({ record }) => record).filter((one) => typeof one.agent_session_id === "string");
  return known.toSorted((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at))[0] ?? null;
}

async function requireHere(
  app: App,
  tx: ReadTx,
  repo: string,
  { harness, conversation }: Wanted,
): Promise<AgentSession> {
  const { location } = requireRepository(app);
  const workspaces = (await tx.list("workspaces", { repo })).map(({ record }) => record);
  const here = workspaces.find(({ path }) => path === location.worktree);
  if (here?.status !== "acquired") {
    throw new IncrError("usage", "this folder is no leased workspace, so an id is needed", { hint: "incr agent list" });
  }
  const { lease_id, holder } = leaseOf(here);
  const all = (await tx.list("opencode_sessions", { repo, finishedSince: "ever" })).map(({ record }) => record);
  const fitting = all
    .filter((one) => isWith(one, harness))
    .filter((one) => one.lease_id === lease_id || (holder.type === "session" && one.session_id === holder.id))
    .toSorted((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at));
  // One that runs may still come to its conversation.
  const known = fitting.find((one) => one.status === "active" || typeof one.agent_session_id === "string");
  const last = (conversation === true ? known : undefined) ?? fitting[0];
  if (last !== undefined) return last;
  throw new IncrError("not_found", `no agent has worked in ${here.name} under its present lease`, {
    hint: "incr agent run '<prompt>'",
  });
}

function isWith(session: AgentSession, harness: string | undefined): boolean {
  return harness === undefined || harnessOf(session) === harness;
}
