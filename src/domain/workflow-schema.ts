/** The documented format of a workflow as a schema: for the reference and for what the commands answer. `readWorkflow` is the same by hand. */
import * as v from "valibot";
import { nameSchema, timeSchema } from "./schema.ts";
import { SAVE_STATUSES } from "./workflow.ts";

const fields = {
  /** UTC, whole seconds. */
  started_at: timeSchema,
  updated_at: timeSchema,
  /** The current step. */
  step: nameSchema,
  /** Every step once, in the order in which they were first reached. */
  steps: v.array(v.string()),
  context: v.record(v.string(), v.unknown()),
};

/** A workflow as `get` shows it. */
export const shownWorkflowSchema = v.looseObject(fields);

export const namedWorkflowSchema = v.looseObject({ workflow: nameSchema, ...fields });

/** The file of a workflow. */
export const workflowStateSchema = v.looseObject({
  ...fields,
  /** A save that has been begun and is not over. */
  archiving: v.optional(
    v.looseObject({
      archive: v.pipe(v.string(), v.regex(/^[^./\\][^/\\]*$/, "is not the name of a file")),
      at: timeSchema,
      status: v.picklist(SAVE_STATUSES),
      notes: v.nullable(v.string()),
    }),
  ),
});
