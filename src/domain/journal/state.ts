/**
 * The journal's `state.json`, as documented for the work shell. Keys of ours beside the documented ones: in the running session `last_activity`, `heads` and
 * `participants`, in a note `by` and `branch`, and at the top `incr`, where a change that is written in several steps keeps what is left to do.
 */
import * as v from "valibot";
import { checkRecord, nameSchema, timeSchema, type SchemaIssue } from "../schema.ts";

export const JOURNAL_VERSION = "1.0.0";

/** Also the name of the session's files. */
export const journalIdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z][\w.-]*$/, "is not an id such as 2026-01-07-T1430"),
);

export const quickNoteSchema = v.object({
  time: timeSchema,
  note: v.string(),
  /** Name of the participant who wrote it. */
  by: v.optional(nameSchema),
  /** Branch that the writer was on, where it is not that of the session. */
  branch: v.optional(v.nullable(v.string())),
});
export type QuickNote = v.InferOutput<typeof quickNoteSchema>;

/** Somebody who takes part in a session. Two conversations of one agent are two participants of one name. */
export const participantSchema = v.object({
  name: nameSchema,
  kind: v.picklist(["person", "agent"]),
  /** The agent's own id of its conversation, by which it can be resumed. */
  agent_session: v.optional(nameSchema),
  /** Where it works: `.` for the main checkout, else the path of the worktree. */
  worktree: v.optional(v.string()),
  since: timeSchema,
  last_seen: timeSchema,
  /** How many prompts an agent was given; what they said is not kept. */
  prompts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** When an agent ended; the session goes on without it. */
  left: v.optional(timeSchema),
});
export type Participant = v.InferOutput<typeof participantSchema>;

export const currentSessionSchema = v.object({
  id: journalIdSchema,
  started: timeSchema,
  status: v.literal("active"),
  branch: v.nullable(v.string()),
  quick_notes: v.array(quickNoteSchema),
  /** The last sign of life: a command, a note, a prompt. */
  last_activity: v.optional(timeSchema),
  /** For each worktree that somebody took part from, the commit it stood at when they began; null on a branch without commits. */
  heads: v.optional(v.record(v.string(), v.nullable(v.string()))),
  participants: v.optional(v.array(participantSchema)),
});
export type CurrentSession = v.InferOutput<typeof currentSessionSchema>;

const countSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

export const lastSessionSchema = v.object({
  id: journalIdSchema,
  ended: timeSchema,
  summary: v.string(),
  branch: v.nullable(v.string()),
  /** Null where it could not be found out. */
  commits: v.nullable(countSchema),
  files_changed: v.nullable(countSchema),
});
export type LastSession = v.InferOutput<typeof lastSessionSchema>;

/** What an append to a daily log was to write, and where: it is done unless the file still ends there. */
export const logTailSchema = v.object({
  /** `logs/2026-01-07.md` */
  file: v.pipe(v.string(), v.regex(/^logs\/[\w.-]+\.md$/, "is not a daily log")),
  /** Size of the file before, in bytes. */
  offset: countSchema,
  text: v.string(),
});
export type LogTail = v.InferOutput<typeof logTailSchema>;

const bookkeepingSchema = v.object({
  /** What the last change appended to the daily logs. */
  log_tail: v.optional(v.array(logTailSchema)),
  /** Files of the spool whose content is in here already. */
  merged: v.optional(v.array(v.string())),
  /** Sessions that still have to be entered in work-shell.md. */
  unfinished: v.optional(v.array(journalIdSchema)),
  /** The journal's files are to be committed. */
  commit_due: v.optional(v.boolean()),
});
export type Bookkeeping = v.InferOutput<typeof bookkeepingSchema>;

export const journalStateSchema = v.object({
  version: v.string(),
  current_session: v.nullable(currentSessionSchema),
  last_session: v.nullable(lastSessionSchema),
  pending_todos: v.array(v.string()),
  incr: v.optional(bookkeepingSchema),
});
export type JournalState = v.InferOutput<typeof journalStateSchema>;

export function emptyJournal(): JournalState {
  return { version: JOURNAL_VERSION, current_session: null, last_session: null, pending_todos: [] };
}

/** Checks a parsed `state.json`; what other writers leave out is filled in, what we do not know stays. */
export function acceptJournal(raw: unknown): { ok: true; value: JournalState } | { ok: false; issue: SchemaIssue } {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return checkRecord(journalStateSchema, raw);
  const state: Record<string, unknown> = { ...raw };
  for (const [key, value] of Object.entries(emptyJournal())) state[key] ??= value;
  const current = state["current_session"];
  if (isObject(current)) {
    const { status = "active", branch = null, quick_notes: notes = [] } = current;
    state["current_session"] = { ...current, status, branch, quick_notes: notes };
  }
  return checkRecord(journalStateSchema, state);
}

/** The state with `change` in its bookkeeping; what is empty or false is left out. */
export function withBookkeeping(state: JournalState, change: Bookkeeping): JournalState {
  const { incr: before, ...rest } = state;
  const all: [string, unknown][] = Object.entries({ ...before, ...change });
  const kept = all.filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== false));
  return kept.length === 0 ? rest : { ...rest, incr: Object.fromEntries(kept) };
}

/** When the session last gave a sign of life that was written down. */
export function lastActivity(session: CurrentSession): string {
  const times = [session.last_activity ?? session.started, ...session.quick_notes.map(({ time }) => time)];
  return times.reduce((latest, time) => (Date.parse(time) > Date.parse(latest) ? time : latest));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
