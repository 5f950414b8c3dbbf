/** What the events of one run add up to. */
import type { AgentEvent, Tokens } from "./event.ts";

export interface Tally {
  /** The agent's own id of the conversation; null until it was told. */
  agent_session_id: string | null;
  model: string | null;
  /** Of this run, or (`conversation`) of all of it so far. */
  usage: { of: "run" | "conversation"; tokens: Tokens; cost_usd?: number } | null;
  /** What the agent said of its outcome; null while it has not, or has gone on since. */
  finished: { ok: boolean; message?: string } | null;
  limit: { message: string; resets_at: string | null } | null;
  /** The last failure that is final by the agent's own account. */
  error: { message: string; stale: boolean } | null;
  denied: number;
  /** Calls of tools that were begun and not ended. */
  running: string[];
  /** The last thing that it said. */
  text: string | null;
  /** We were ending it, and why. */
  stopping: string | null;
}

/** Before the first event. */
export const EMPTY_TALLY: Tally = {
  agent_session_id: null,
  model: null,
  usage: null,
  finished: null,
  limit: null,
  error: null,
  denied: 0,
  running: [],
  text: null,
  stopping: null,
};

/** The tally after one more event. A `started` begins a new one: the log of a session holds all of its runs, and a run may have taken several starts. */
export function countEvent(tally: Tally, event: AgentEvent): Tally {
  switch (event.type) {
    case "started":
    case "restarting":
      return EMPTY_TALLY;
    case "conversation":
      return { ...tally, agent_session_id: event.agent_session_id };
    case "model":
      return { ...tally, model: event.model };
    case "text":
      return { ...tally, text: event.text, finished: null };
    case "tool_started":
      return { ...tally, running: [...tally.running, event.call], finished: null };
    case "tool_ended":
      return { ...tally, running: tally.running.filter((call) => call !== event.call), finished: null };
    case "denied":
      return { ...tally, denied: tally.denied + 1 };
    case "usage":
      return { ...tally, usage: addUsage(tally.usage, event) };
    case "limit":
      return { ...tally, limit: { message: event.message, resets_at: event.resets_at } };
    case "error":
      return { ...tally, error: { message: event.message, stale: event.stale === true } };
    case "finished":
      return {
        ...tally,
        running: [],
        finished: { ok: event.ok, ...(event.message === undefined ? {} : { message: event.message }) },
        // What went wrong on the way did not stand in the way.
        ...(event.ok ? { error: null, limit: null } : {}),
      };
    case "stopping":
      return { ...tally, stopping: event.reason };
    default:
      return tally;
  }
}

/** The tally of a whole log, or of the part of it that belongs to the last run. */
export function countEvents(events: readonly AgentEvent[]): Tally {
  return events.reduce(countEvent, EMPTY_TALLY);
}

function addUsage(before: Tally["usage"], event: Extract<AgentEvent, { type: "usage" }>): Tally["usage"] {
  const now = { tokens: event.tokens, ...(event.cost_usd === undefined ? {} : { cost_usd: event.cost_usd }) };
  if (event.of !== "step") return { of: event.of, ...now };
  if (before === null) return { of: "run", ...now };
  return { of: "run", ...addTokensAndCost(before, now) };
}

interface Spent {
  tokens: Tokens;
  cost_usd?: number;
}

/** Two amounts together. What only one of them says is kept as it is. */
export function addTokensAndCost(a: Spent, b: Spent): Spent {
  const sum = (x?: number, y?: number) => (x === undefined && y === undefined ? undefined : (x ?? 0) + (y ?? 0));
  const cached = sum(a.tokens.cached, b.tokens.cached);
  const reasoning = sum(a.tokens.reasoning, b.tokens.reasoning);
  const cost = sum(a.cost_usd, b.cost_usd);
  return {
    tokens: {
      input: a.tokens.input + b.tokens.input,
      output: a.tokens.output + b.tokens.output,
      ...(cached === undefined ? {} : { cached }),
      ...(reasoning === undefined ? {} : { reasoning }),
    },
    // Sums of cents have no meaning beyond a millionth
    ...(cost === undefined ? {} : { cost_usd: Math.round(cost * 1e6) / 1e6 }),
  };
}
