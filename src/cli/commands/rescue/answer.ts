import * as v from "valibot";

/** A rescue under `--json`. */
export const rescueAnswer = v.object({
  name: v.string(),
  ref: v.string(),
  commit: v.string(),
  /** Commit that was checked out; null if there was none. */
  head: v.nullable(v.string()),
  branch: v.nullable(v.string()),
  created_at: v.string(),
  workspace: v.string(),
  session_id: v.nullable(v.string()),
  todo_id: v.nullable(v.string()),
  reason: v.string(),
  restored: v.boolean(),
});
