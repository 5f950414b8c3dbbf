/** The transitions of a journal session: it starts, people and agents take part in it, it ends. Times are ISO texts to the second. */
import type { JournalEvent, NoteEvent, Place, Who } from "./event.ts";
import { lastActivity, type CurrentSession, type Participant, type QuickNote } from "./records.ts";

/** @param at also the first sign of life */
export function startSession(id: string, at: string, place: Place): CurrentSession {
  return {
    id,
    started: at,
    status: "active",
    branch: place.branch,
    quick_notes: [],
    last_activity: at,
    heads: place.heads,
    participants: [],
  };
}

/** The session after somebody did something in it. */
export function takePart(session: CurrentSession, event: JournalEvent): CurrentSession {
  return {
    ...session,
    ...(event.kind === "note" ? { quick_notes: [...session.quick_notes, quickNote(session, event)] } : {}),
    last_activity: later(lastActivity(session), event.at),
    // What a worktree stood at before counts from when somebody first took part from there
    heads: { ...event.place.heads, ...session.heads },
    participants: withParticipant(session.participants ?? [], event),
  };
}

/** The session with its agent marked as gone; it goes on without it. */
export function leaveSession(session: CurrentSession, { by, at }: JournalEvent): CurrentSession {
  const participants = session.participants?.map((one) => (isSame(one, by) ? { ...one, left: at } : one));
  return participants === undefined ? session : { ...session, participants };
}

/**
 * The pending todos after `add` and without `done`. A todo that is there already is not added again.
 */
export function changeTodos(pending: readonly string[], add: readonly string[], done: readonly string[]): string[] {
  return [...new Set([...pending.filter((todo) => !done.includes(todo)), ...add])];
}

function quickNote(session: CurrentSession, { at, note, by, place }: NoteEvent): QuickNote {
  return { time: at, note, by: by.name, ...(place.branch === session.branch ? {} : { branch: place.branch }) };
}

function withParticipant(participants: readonly Participant[], event: JournalEvent): Participant[] {
  const known = participants.find((one) => isSame(one, event.by));
  if (known === undefined) return [...participants, seen(newcomer(event), event)];
  return participants.map((one) => (one === known ? seen(one, event) : one));
}

function newcomer({ at, by, place }: JournalEvent): Participant {
  return { ...by, worktree: place.worktree, since: at, last_seen: at };
}

function seen(one: Participant, { at, kind }: JournalEvent): Participant {
  const { left: _left, ...present } = one;
  return {
    ...present,
    last_seen: later(one.last_seen, at),
    ...(kind === "prompt" ? { prompts: (one.prompts ?? 0) + 1 } : {}),
  };
}

function isSame(one: Who, other: Who): boolean {
  return one.name === other.name && one.kind === other.kind && one.agent_session === other.agent_session;
}

/** A clock that was set back does not take back a sign of life. */
function later(a: string, b: string): string {
  return Date.parse(b) > Date.parse(a) ? b : a;
}
