/** What `work fix` answers under `--json`. */
import * as v from "valibot";
import { FIX_ACTIONS } from "../../../domain/stream/fix.ts";
import { THREAD_STATUSES } from "../../../domain/stream/thread-state.ts";
import { addAnswer, conflictSchema } from "./answers.ts";

export const mergedSchema = v.object({
  stream: v.string(),
  /** `01.02` */
  batch: v.string(),
  /** The stream's branch, and where it stands now. */
  branch: v.string(),
  commit: v.string(),
  merged: v.array(v.object({ thread: v.string(), commit: v.string() })),
  /** Threads whose work was in it already, or that changed nothing. */
  unchanged: v.array(v.string()),
  /** Threads that are not completed, and were passed over. */
  skipped: v.array(v.string()),
  /** What stopped it. */
  conflict: v.nullable(conflictSchema),
  /** Command that takes over the whole stream, once no batch is left to be merged. */
  takeover: v.nullable(v.string()),
});

/** One more run of a thread. */
export const rerunSchema = v.object({
  thread: v.string(),
  action: v.picklist(FIX_ACTIONS),
  /** Our id of the run. */
  run: v.string(),
  outcome: v.picklist(["completed", "failed", "interrupted"]),
  /** How the thread stands now. */
  status: v.picklist(THREAD_STATUSES),
  agent_session: v.string(),
  /** The agent's own id of the conversation. */
  session_id: v.nullable(v.string()),
  branch: v.nullable(v.string()),
  commits: v.number(),
  rescue: v.nullable(v.string()),
});

export const fixAnswer = v.variant("action", [
  v.object({ action: v.literal("none"), stream: v.string() }),
  v.object({ action: v.literal("run"), stream: v.string(), rerun: rerunSchema, merged: v.array(mergedSchema) }),
  v.object({ action: v.literal("new_stage"), stream: v.string(), added: addAnswer }),
  v.object({
    action: v.literal("merge"),
    stream: v.string(),
    conflict: conflictSchema,
    /** Where it is to be resolved. */
    workspace: v.string(),
    path: v.string(),
  }),
  v.object({ action: v.literal("merged"), stream: v.string(), merge: mergedSchema }),
]);
