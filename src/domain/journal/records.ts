/** The records of a journal: its sessions, their notes and who took part. Times are ISO texts to the second. */
import * as v from "valibot";
import { nameSchema, timeSchema } from "../schema.ts";

/** Of `state.json` and of reports. */
export const JOURNAL_VERSION = "1.0.0";

/** Also the name of the session's files. */
export const journalIdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z][\w.-]*$/, "is not an id such as 2026-01-07-T1430"),
);

/** A commit, given to git as it is: nothing that git could take for an option. */
export const commitIdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, "is not the id of a commit"),
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
  heads: v.optional(v.record(v.string(), v.nullable(commitIdSchema))),
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

/** When the session last gave a sign of life that was written down. */
export function lastActivity(session: CurrentSession): string {
  const times = [session.last_activity ?? session.started, ...session.quick_notes.map(({ time }) => time)];
  return times.reduce((latest, time) => (Date.parse(time) > Date.parse(latest) ? time : latest));
}
