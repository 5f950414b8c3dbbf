/**
 * How a journal moves on: events are applied in the order of their times, a session that was left alone for too long ends with its last sign of life, and a
 * note or a prompt without a session begins one. Pure: what has to be asked of git on the way is named as missing, and the caller begins again with the answer.
 */
import type { CommitCounts } from "./counts.ts";
import { dailyEntry, type DailyEntry } from "./daily-log.ts";
import type { JournalEvent } from "./event.ts";
import { isIdle, lastSign } from "./idle.ts";
import { lastSessionOf, reportOf, type Ending, type Report } from "./report.ts";
import { leaveSession, startSession, takePart } from "./session.ts";
import { lastActivity, type CurrentSession } from "./records.ts";
import { withBookkeeping, type JournalState } from "./state.ts";
import { sessionId, type UtcOffset } from "./time.ts";

export interface Rules {
  idleMs: number;
  /** Whether ended sessions are to be committed. */
  autoCommit: boolean;
  utcOffset: UtcOffset;
  /** Whether there are files of a session of that id. */
  isTaken(id: string): boolean;
}

/** What git was asked so far. */
export interface Facts {
  /** By id of a session: times at which HEAD moved since its last sign of life. */
  moves: ReadonlyMap<string, readonly string[]>;
  /** By `endKey`. */
  counts: ReadonlyMap<string, CommitCounts>;
}

/** A question to git. */
export type Question =
  | { kind: "moves"; session: CurrentSession }
  /** `until` is null for a session that ends now. */
  | { kind: "counts"; session: CurrentSession; until: string | null };

export interface Progress {
  state: JournalState;
  /** Sessions that ended on the way, oldest first. */
  reports: Report[];
  /** For the daily logs. */
  entries: DailyEntry[];
  /** Ids of the sessions that began on the way. */
  started: string[];
}

export type Advance = { kind: "done"; progress: Progress } | { kind: "missing"; question: Question };

/** Applies `events` to the journal. */
export function advance(state: JournalState, events: readonly JournalEvent[], rules: Rules, facts: Facts): Advance {
  let progress: Progress = { state, reports: [], entries: [], started: [] };
  for (const event of events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const next = step(progress, event, rules, facts);
    if (next.kind === "missing") return next;
    ({ progress } = next);
  }
  return { kind: "done", progress };
}

/** Ends the running session: it becomes the last one, and what is left to write is noted. */
export function endCurrent(progress: Progress, session: CurrentSession, ending: Ending, rules: Rules): Progress {
  const report = reportOf(session, ending);
  const ended: JournalState = {
    ...progress.state,
    current_session: null,
    last_session: lastSessionOf(report),
    pending_todos: ending.pending_todos,
  };
  const unfinished = [...(progress.state.incr?.unfinished ?? []), report];
  return {
    ...progress,
    state: withBookkeeping(ended, { unfinished, ...(rules.autoCommit ? { commit_due: true } : {}) }),
    reports: [...progress.reports, report],
  };
}

/** Names the end of a session at a moment, or (null) now. */
export function endKey(session: CurrentSession, until: string | null): string {
  return `${session.id} ${until ?? "now"}`;
}

function step(progress: Progress, event: JournalEvent, rules: Rules, facts: Facts): Advance {
  const session = progress.state.current_session;
  if (session === null) return { kind: "done", progress: withoutSession(progress, event, rules) };
  const sign = signOfLife(session, event.at, rules, facts);
  if (sign === undefined) return { kind: "missing", question: { kind: "moves", session } };
  if (!isIdle(sign, event.at, rules.idleMs)) {
    return { kind: "done", progress: within(progress, { ...session, last_activity: sign }, event, rules) };
  }
  if (event.kind === "presence" || event.kind === "leave") {
    // That an agent is still there, or goes, does not end what was left alone: the next one who works does.
    const left = event.kind === "leave" ? leaveSession(session, event) : session;
    return { kind: "done", progress: { ...progress, state: { ...progress.state, current_session: left } } };
  }
  const counts = facts.counts.get(endKey(session, sign));
  if (counts === undefined) return { kind: "missing", question: { kind: "counts", session, until: sign } };
  const pending = progress.state.pending_todos;
  const ending: Ending = { ended: sign, ended_by: "idle", counts, uncommitted: null, pending_todos: pending };
  return { kind: "done", progress: withoutSession(endCurrent(progress, session, ending, rules), event, rules) };
}

/** The session's last sign of life before `at`, or undefined if git has to be asked for it. */
function signOfLife(session: CurrentSession, at: string, rules: Rules, facts: Facts): string | undefined {
  if (!isIdle(lastActivity(session), at, rules.idleMs)) return lastActivity(session);
  const moves = facts.moves.get(session.id);
  return moves === undefined ? undefined : lastSign(session, moves, rules.idleMs, at);
}

function withoutSession(progress: Progress, event: JournalEvent, rules: Rules): Progress {
  if (event.kind === "presence" || event.kind === "leave") return progress;
  // A prompt that was written down late, by an agent whose session has been closed since. Times are whole seconds: one in the same second counts as after it,
  // since a session too many is less of a loss than a prompt.
  if (event.kind === "prompt" && isOver(progress.state, event.at)) return progress;
  const { last_session: last, incr } = progress.state;
  // The files of what has just ended may not be there yet
  const isTaken = (id: string) =>
    rules.isTaken(id) || last?.id === id || incr?.unfinished?.some((report) => report.id === id) === true;
  const id = sessionId(event.at, rules.utcOffset, isTaken);
  return within(
    { ...progress, started: [...progress.started, id] },
    startSession(id, event.at, event.place),
    event,
    rules,
  );
}

function isOver({ last_session: last }: JournalState, at: string): boolean {
  return last !== null && Date.parse(at) < Date.parse(last.ended);
}

function within(progress: Progress, session: CurrentSession, event: JournalEvent, rules: Rules): Progress {
  const active = takePart(session, event);
  const current = event.kind === "leave" ? leaveSession(active, event) : active;
  return {
    ...progress,
    state: { ...progress.state, current_session: current },
    entries:
      event.kind === "note" ? [...progress.entries, dailyEntry(event, session.id, rules.utcOffset)] : progress.entries,
  };
}
