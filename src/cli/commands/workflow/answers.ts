/** What the workflow commands answer under `--json`. */
import * as v from "valibot";
import { namedWorkflowSchema, shownWorkflowSchema } from "../../../domain/workflow-schema.ts";
import { SAVE_STATUSES } from "../../../domain/workflow.ts";

export const getAnswer = v.union([v.nullable(shownWorkflowSchema), v.array(namedWorkflowSchema)]);

export const setAnswer = shownWorkflowSchema;

export const resetAnswer = v.object({
  workflow: v.string(),
  /** False if it was not in progress. */
  removed: v.boolean(),
});

export const saveAnswer = v.object({
  workflow: v.string(),
  /** Absolute path of the Markdown file. */
  archive: v.string(),
  status: v.picklist(SAVE_STATUSES),
  /** From the first step to the save. */
  duration_seconds: v.number(),
});

export const listAnswer = v.object({
  workflows: v.array(
    v.object({
      workflow: v.string(),
      step: v.string(),
      steps: v.array(v.string()),
      branch: v.nullable(v.string()),
      started_at: v.string(),
      updated_at: v.string(),
      /** Since its first step. */
      age_seconds: v.number(),
      /** Since its last step. */
      idle_seconds: v.number(),
    }),
  ),
  /** Workflows whose file cannot be read, and why. */
  damaged: v.array(v.object({ workflow: v.string(), problem: v.string() })),
});
