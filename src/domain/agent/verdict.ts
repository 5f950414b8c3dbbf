/** Whether a run of an agent did what it was asked: an exit code alone never says so. */
import type { Tally } from "./tally.ts";

/**
 * Why a run failed. `error`: the agent reported a failure. `exit`: it ended with another code than 0 and said nothing. `unfinished`: it ended well and
 * never said that it was done. `denied`: the same, after something that nobody allowed. `limited`: the provider takes no more work for now. `stale`: it does not
 * know the conversation any more. `wrong_conversation`: it answered in another conversation than it was asked to. `hung`: its work was over and its process did
 * not end. `start_failed`: it never began. `interrupted`: what watched over it was killed, and the agent is gone too.
 * `unsaved`: it did what it was asked, and its work could not be put on its branch.
 */
export const AGENT_FAILURES = [
  "error",
  "exit",
  "unfinished",
  "denied",
  "limited",
  "stale",
  "wrong_conversation",
  "hung",
  "start_failed",
  "interrupted",
  "unsaved",
] as const;
export type AgentFailure = (typeof AGENT_FAILURES)[number];

/** Why we ended a run, or that somebody else did: `kill` is `incr agent kill`, `interrupt` a signal to us, `signal` one to the agent itself. */
export const AGENT_STOPS = ["kill", "interrupt", "time_limit", "silence_limit", "signal"] as const;
export type AgentStop = (typeof AGENT_STOPS)[number];

export type Verdict =
  | { status: "completed" }
  | { status: "failed"; reason: AgentFailure; message: string; resets_at?: string }
  | { status: "killed"; reason: AgentStop; message: string };

export interface RunEnd {
  /** The agent's own exit code; null if a signal ended it, or nobody saw it end. */
  code: number | null;
  signal: string | null;
  /** Why we stopped it, if we did; `hung`: because it would not end. */
  stop: AgentStop | "hung" | null;
  /** The conversation that it was to go on with. */
  expected: string | null;
  /** A person used it at a terminal: its exit is all there is to judge by. */
  interactive: boolean;
}

/** The outcome of a run whose process is gone. */
export function judgeRun(tally: Tally, end: RunEnd): Verdict {
  const { expected } = end;
  const answered = tally.agent_session_id;
  if (expected !== null && answered !== null && answered !== expected && !end.interactive) {
    const message = `it answered in conversation ${answered}, not in ${expected}`;
    return { status: "failed", reason: "wrong_conversation", message };
  }
  const done = tally.finished?.ok === true;
  if (done && (end.code === 0 || end.stop === "hung" || isUnseen(end))) return { status: "completed" };
  if (end.stop !== null && end.stop !== "hung") {
    return { status: "killed", reason: end.stop, message: STOP_WORDS[end.stop] };
  }
  if (tally.limit !== null) {
    const { message, resets_at } = tally.limit;
    return { status: "failed", reason: "limited", message, ...(resets_at === null ? {} : { resets_at }) };
  }
  if (tally.error?.stale === true) return { status: "failed", reason: "stale", message: tally.error.message };
  if (end.stop === "hung")
    return { status: "failed", reason: "hung", message: "its work was over, and it did not end" };
  if (end.signal !== null) return { status: "killed", reason: "signal", message: `it was killed by ${end.signal}` };
  if (isUnseen(end)) {
    return { status: "failed", reason: "interrupted", message: "incr was killed while it ran, and it is gone too" };
  }
  return judgeExit(tally, end);
}

function judgeExit(tally: Tally, { code, interactive }: RunEnd): Verdict {
  const said = tally.error?.message ?? (tally.finished?.ok === false ? tally.finished.message : undefined);
  if (said !== undefined) return { status: "failed", reason: "error", message: said };
  if (code !== 0) return { status: "failed", reason: "exit", message: `it ended with exit code ${code}` };
  if (interactive) return { status: "completed" };
  if (tally.denied > 0) {
    return { status: "failed", reason: "denied", message: "it stopped at something that nobody allowed" };
  }
  return { status: "failed", reason: "unfinished", message: "it ended without saying that it is done" };
}

/** Nobody was there to see how it ended. */
function isUnseen({ code, signal }: RunEnd): boolean {
  return code === null && signal === null;
}

const STOP_WORDS: Readonly<Record<AgentStop, string>> = {
  kill: "it was ended by `incr agent kill`",
  interrupt: "a signal told it to stop",
  time_limit: "it ran longer than its time limit",
  silence_limit: "it gave no sign of life for too long",
  signal: "it was killed",
};
