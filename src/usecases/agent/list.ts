/** Listing and showing agent sessions: reads only. */
import { harnessOf } from "../../domain/agent/session.ts";
import { HARNESSES } from "../../domain/config-file.ts";
import type { AgentSession } from "../../domain/records.ts";
import type { App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { requireAgentSession, type Wanted } from "./find.ts";
import { agentMark } from "./place.ts";

const SEVEN_DAYS_MS = 7 * 24 * 3600 * 1000;

export interface ListAgentsRequest {
  /** Also what ended more than seven days ago. */
  all?: boolean;
  status?: AgentSession["status"] | undefined;
  harness?: string | undefined;
}

/** Active ones first, then the others, the newest first. */
export async function listAgentSessions(app: App, request: ListAgentsRequest = {}): Promise<AgentSession[]> {
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const since = request.all === true ? "ever" : new Date(app.now().getTime() - SEVEN_DAYS_MS).toISOString();
  const entries = await app.store.read(
    async (tx) => await tx.list("opencode_sessions", { repo, finishedSince: since }),
  );
  return entries
    .map(({ record }) => record)
    .filter((one) => request.status === undefined || one.status === request.status)
    .filter((one) => request.harness === undefined || harnessOf(one) === request.harness)
    .toSorted(
      (a, b) =>
        Number(b.status === "active") - Number(a.status === "active") ||
        Date.parse(b.resumed_at ?? b.created_at) - Date.parse(a.resumed_at ?? a.created_at),
    );
}

/** `orphaned`: what watched over it is gone, and something of it still runs. */
export type AgentLiveness = "running" | "orphaned" | "gone" | "unknown";

export interface AgentDetails {
  session: AgentSession;
  liveness: AgentLiveness | null;
  /** Absolute path of the log; null if there is none. */
  log: string | null;
  /** What to type to go on with the conversation by hand; null if its id was not captured. */
  by_hand: string | null;
}

/** @throws IncrError `not_found`, `ambiguous`, `usage` */
export async function showAgentSession(app: App, wanted: Wanted): Promise<AgentDetails> {
  const session = await requireAgentSession(app, wanted);
  const agents = await app.agents();
  const name = HARNESSES.find((one) => one === harnessOf(session));
  const conversation = session.agent_session_id ?? null;
  return {
    session,
    liveness: livenessOf(app, session),
    log: session.log === undefined ? null : agents.log(session.log).path,
    by_hand: name === undefined || conversation === null ? null : agents.find(name).byHand(conversation),
  };
}

/** Null for one that has ended. */
export function livenessOf(app: App, session: AgentSession): AgentLiveness | null {
  if (session.status !== "active") return null;
  const verdict = app.processes.isGone(session.process, agentMark(session.id));
  if (verdict.gone) return "gone";
  if (verdict.reason === "unknown") return "unknown";
  return verdict.reason === "owner_alive" ? "running" : "orphaned";
}
