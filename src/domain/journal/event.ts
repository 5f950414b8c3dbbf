/** What happens to a journal. An event that could not be applied at once waits in the spool, as a file of this shape. */
import * as v from "valibot";
import { nameSchema, timeSchema } from "../schema.ts";
import { commitIdSchema } from "./records.ts";

/** Who does it. */
export const whoSchema = v.object({
  name: nameSchema,
  kind: v.picklist(["person", "agent"]),
  /** The agent's own id of its conversation. */
  agent_session: v.optional(nameSchema),
});
export type Who = v.InferOutput<typeof whoSchema>;

/** From where. */
export const placeSchema = v.object({
  /** Null on a detached HEAD, and without git. */
  branch: v.nullable(v.string()),
  /** `.` for the main checkout (and without git), else the path of the worktree. */
  worktree: v.string(),
  /** Commits that the main checkout and this worktree stand at; null on a branch without commits, absent where that is not known. */
  heads: v.record(v.string(), v.nullable(commitIdSchema)),
});
export type Place = v.InferOutput<typeof placeSchema>;

const fields = { at: timeSchema, by: whoSchema, place: placeSchema };

/** Where in a daily log the note was written already, for a note that could not be added to the state. */
const loggedSchema = v.object({ file: v.string(), offset: v.number(), text: v.string() });

export const noteEventSchema = v.object({
  ...fields,
  kind: v.literal("note"),
  note: v.string(),
  /** State of the working tree, in words; null if it is not known. */
  status: v.nullable(v.string()),
  logged: v.optional(loggedSchema),
});
export type NoteEvent = v.InferOutput<typeof noteEventSchema>;

export const journalEventSchema = v.variant("kind", [
  noteEventSchema,
  /** Somebody looks at the journal to begin work. */
  v.object({ ...fields, kind: v.literal("hello") }),
  /** An agent was given a prompt. */
  v.object({ ...fields, kind: v.literal("prompt") }),
  /** An agent's conversation began or was resumed, or it ended its turn: a sign of life that begins no session. */
  v.object({ ...fields, kind: v.literal("presence") }),
  /** An agent's conversation ended. */
  v.object({ ...fields, kind: v.literal("leave") }),
]);
export type JournalEvent = v.InferOutput<typeof journalEventSchema>;
