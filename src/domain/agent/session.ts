/** Agent sessions: one conversation with a coding agent, in one or more runs. Pure transitions. */
import type { Harness } from "../config-file.ts";
import { IncrError } from "../error.ts";
import type { ProcessIdentity } from "../lease.ts";
import type { ActiveAgentSession, AgentSession, FinishedAgentSession } from "../records.ts";
import { secondsInAll, secondsUntil } from "../worked.ts";
import type { LoggedEvent } from "./event.ts";
import { addTokensAndCost, type Tally } from "./tally.ts";
import type { Verdict } from "./verdict.ts";

/** Where an agent works, as its record keeps it. */
export interface AgentPlace {
  cwd: string;
  branch?: string | null;
  workspace_name?: string;
  lease_id?: string;
  owns_lease?: boolean;
  session_id?: string;
  todo_id?: string;
}

/** The thread of a workstream, as the record of whoever carries it out keeps it. */
export interface AgentThread {
  stream_id: string;
  /** `01.02.03` */
  thread_id: string;
  title: string;
  /** Name of the agent in `work/agents.yaml`; absent if the thread was given to none. */
  agent_name?: string;
}

export interface NewAgentSession {
  id: string;
  repo: string;
  harness: Harness;
  /** Known only if there is a conversation already. */
  agent_session_id: string | null;
  /** What the agent is told to call the one that it begins, if it can be told. */
  chosen_session_id?: string;
  asked: { model?: string; agent?: string; full_access?: boolean; extra?: string[] };
  interactive: boolean;
  bound?: boolean;
  place: AgentPlace;
  thread?: AgentThread;
  base?: string;
  process: ProcessIdentity;
  log: string;
}

/** The session from before its agent is started. @param now ISO time */
export function startAgentSession({ place, thread, ...input }: NewAgentSession, now: string): ActiveAgentSession {
  return {
    ...input,
    ...place,
    ...thread,
    status: "active",
    model: null,
    created_at: now,
    started_at: now,
    updated_at: now,
    runs: 1,
  };
}

/** Writes down what the agent said of itself. The same record if it is known already. An id that was only chosen is none: it counts when the agent has it. */
export function noteAgentFacts(
  session: ActiveAgentSession,
  facts: { agent_session_id?: string | null; model?: string | null },
  now: string,
): ActiveAgentSession {
  const agent_session_id = facts.agent_session_id ?? session.agent_session_id ?? null;
  const model = facts.model ?? session.model ?? null;
  const isSettled = typeof facts.agent_session_id !== "string" || session.chosen_session_id === undefined;
  if (agent_session_id === session.agent_session_id && model === session.model && isSettled) return session;
  if (typeof facts.agent_session_id !== "string") return { ...session, agent_session_id, model, updated_at: now };
  const { chosen_session_id, ...known } = session;
  void chosen_session_id;
  return { ...known, agent_session_id, model, updated_at: now };
}

/** The agent begins another conversation, and has written nothing of it down yet: until it has, the session is known by the one before, if there was one. */
export function chooseConversation(
  session: ActiveAgentSession,
  chosen_session_id: string,
  now: string,
): ActiveAgentSession {
  return { ...session, chosen_session_id, updated_at: now };
}

/** Puts the agent's own process beside the one that watches over it. */
export function noteAgentProcess(
  session: ActiveAgentSession,
  child: Pick<ProcessIdentity, "pid" | "started_at">,
  now: string,
): ActiveAgentSession {
  if (session.process === undefined) return session;
  const process = { ...session.process, child_pid: child.pid, child_started_at: child.started_at };
  return { ...session, process, updated_at: now };
}

export interface AgentEnd {
  verdict: Verdict;
  tally: Tally;
  exit_code?: number;
  signal?: string;
  head?: string;
  branch_removed?: boolean;
  rescue?: string;
  /** ISO time up to which it ran: earlier than now if it was found out only later that it has ended. */
  until?: string;
}

/** @throws IncrError `rule` if it is not active */
export function endAgentSession(session: AgentSession, end: AgentEnd, now: string): FinishedAgentSession {
  const { stop_requested_at, ...active } = requireActive(session);
  void stop_requested_at;
  const { verdict, tally, until = now, ...facts } = end;
  const wrong = verdict.status === "failed" && verdict.reason === "wrong_conversation";
  const noted = noteAgentFacts(active, { ...tally, ...(wrong ? { agent_session_id: null } : {}) }, now);
  const { chosen_session_id, ...known } = noted;
  void chosen_session_id;
  return {
    ...known,
    ...spentBy(active, tally),
    ...facts,
    ...verdict,
    updated_at: now,
    completed_at: now,
    duration_seconds: Math.round(secondsUntil(active, until)),
  };
}

export interface AgentResumption {
  place: AgentPlace;
  asked: NewAgentSession["asked"];
  interactive: boolean;
  bound?: boolean;
  process: ProcessIdentity;
}

/** Makes a conversation live again: same id, same log, one run more. @throws IncrError `held` while it is active */
export function resumeAgentSession(session: AgentSession, input: AgentResumption, now: string): ActiveAgentSession {
  const ended = requireEnded(session);
  const { place, ...more } = input;
  const kept: Partial<Record<string, unknown>> & AgentSession = { ...ended };
  for (const name of [...END_FIELDS, ...PLACE_FIELDS]) delete kept[name];
  return {
    ...(kept as FinishedAgentSession),
    ...more,
    ...place,
    status: "active",
    updated_at: now,
    resumed_at: now,
    runs: (ended.runs ?? 1) + 1,
    earlier_seconds: secondsInAll(ended),
  };
}

const END_FIELDS = [
  "completed_at",
  "exit_code",
  "signal",
  "duration_seconds",
  "head",
  "branch_removed",
  "rescue",
  "reason",
  "message",
  "resets_at",
  "bound",
] as const;
const PLACE_FIELDS = ["workspace_name", "lease_id", "owns_lease", "session_id", "todo_id", "process"] as const;

/** @throws IncrError `held`: one live process per conversation */
export function requireEnded(session: AgentSession): FinishedAgentSession {
  if (session.status !== "active") return session;
  throw new IncrError("held", `agent session ${session.id} runs already`, {
    hint: `incr agent logs -f ${session.id}, or end it with \`incr agent kill ${session.id}\``,
    data: { id: session.id, pid: session.process?.child_pid ?? session.process?.pid ?? null },
  });
}

/** The conversation that a session can be resumed in. @throws IncrError `rule` if none was captured */
export function requireConversation(session: AgentSession): string {
  const { agent_session_id: conversation } = session;
  if (typeof conversation === "string") return conversation;
  throw notCapturedError(session);
}

/**
 * Whether the agent never said a word of the conversation whose id stands in the record: earlier versions wrote down the one that they had chosen before there was
 * any. False where the log does not tell. @param events of all runs
 */
export function isUnnamed(session: AgentSession, events: readonly LoggedEvent[]): boolean {
  if (session.interactive === true || (session.runs ?? 1) > 1) return false;
  return events.some(({ type }) => type === "started") && !events.some(({ type }) => type === "conversation");
}

/** That there is no conversation to go on with. */
export function notCapturedError(session: AgentSession): IncrError {
  return new IncrError("rule", `the ${session.harness ?? "agent"} session id of ${session.id} was not captured`, {
    hint: `start afresh: incr agent run --harness ${session.harness ?? "opencode"} '<prompt>'`,
    data: { id: session.id },
  });
}

/** What a session's log says of its last run: nothing, if that was cut off before it began. The log holds all runs. */
export function eventsOfLastRun(session: AgentSession, events: readonly LoggedEvent[]): LoggedEvent[] {
  const begin = events.findLastIndex(({ type }) => type === "started");
  const since = Date.parse(session.resumed_at ?? session.started_at ?? session.created_at);
  const started = events[begin];
  return started === undefined || Date.parse(started.at) < since ? [] : events.slice(begin);
}

/** Which agent a record is about: files of other implementations only know one. */
export function harnessOf(session: Pick<AgentSession, "harness">): string {
  return session.harness ?? "opencode";
}

/** Tokens and cost of all runs: a conversation's own count includes the earlier ones. */
function spentBy(session: ActiveAgentSession, { usage }: Tally): Pick<AgentSession, "tokens" | "cost_usd"> {
  if (usage === null) return {};
  const { of, ...now } = usage;
  if (of === "conversation" || session.tokens === undefined) return now;
  return addTokensAndCost(
    { tokens: session.tokens, ...(session.cost_usd === undefined ? {} : { cost_usd: session.cost_usd }) },
    now,
  );
}

function requireActive(session: AgentSession): ActiveAgentSession {
  if (session.status === "active") return session;
  throw new IncrError("rule", `agent session ${session.id} is ${session.status} already`, {
    hint: `incr agent show ${session.id}`,
    data: { id: session.id, status: session.status },
  });
}
