/**
 * The journal's `state.json`, as documented for the work shell. Keys of ours beside the documented ones: in the running session `last_activity`, `heads` and
 * `participants`, in a note `by` and `branch`, and at the top `incr`, where a change that is written in several steps keeps what is left to do.
 */
import * as v from "valibot";
import { checkRecord, type SchemaIssue } from "../schema.ts";
import { currentSessionSchema, JOURNAL_VERSION, lastSessionSchema } from "./records.ts";
import { reportSchema } from "./report.ts";

/** What an append to a daily log was to write, and where: it is done unless the file still ends there. */
export const logTailSchema = v.object({
  /** `logs/2026-01-07.md` */
  file: v.pipe(v.string(), v.regex(/^logs\/[\w.-]+\.md$/, "is not a daily log")),
  /** Size of the file before, in bytes. */
  offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
  text: v.string(),
});
export type LogTail = v.InferOutput<typeof logTailSchema>;

const bookkeepingSchema = v.object({
  /** What the last change appended to the daily logs. */
  log_tail: v.optional(v.array(logTailSchema)),
  /** Files of the spool whose content is in here already. */
  merged: v.optional(v.array(v.string())),
  /** Sessions that have ended: their files still have to be written, and their entries in work-shell.md. */
  unfinished: v.optional(v.array(reportSchema)),
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

/** Before the first session. */
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
