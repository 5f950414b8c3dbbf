/**
 * Workflow checkpoints: where a named procedure of several steps stands. The format is the documented one (docs/workflows.md). These files and all that
 * they import are shipped with the scripts of the `session` skill, which may need nothing installed: hence no schema library here.
 */
import { IncrError } from "./error.ts";
import type { SchemaIssue } from "./schema.ts";

/** A workflow in progress. Keys that this version does not know survive every change. */
export interface WorkflowState {
  /** When its first step was set: UTC, whole seconds, `2025-01-29T15:00:00Z`. */
  started_at: string;
  /** When a step was set last. */
  updated_at: string;
  /** The current step. */
  step: string;
  /** Every step once, in the order in which they were first reached. */
  steps: string[];
  context: Record<string, unknown>;
  /** A save that has been begun and is not over: see `src/usecases/workflow/save.ts`. */
  archiving?: Archiving;
}

export const SAVE_STATUSES = ["completed", "failed"] as const;
export type SaveStatus = (typeof SAVE_STATUSES)[number];

/** What a save was asked to write, and where: all that the archive's text depends on besides the state. */
export interface Archiving {
  /** Name of the file in the folder of archives. */
  archive: string;
  /** When it was begun; UTC, whole seconds. */
  at: string;
  status: SaveStatus;
  notes: string | null;
}

/** A workflow as `get` shows it: where it stands comes first, and what only a save needs is left out. */
export type ShownWorkflow = Omit<WorkflowState, "archiving">;

/**
 * Takes a step. A new workflow starts with it; in one that is there, `context` is merged key by key, one level deep (null is a value like any other), and
 * a step that was reached before moves `step` back to it and leaves `steps` as they are. A save that was begun and did not come about is forgotten.
 * @param state null for a workflow that is not in progress
 * @param now see `workflowTime`
 */
export function takeStep(
  state: WorkflowState | null,
  { step, context }: { step: string; context: Record<string, unknown> },
  now: string,
): WorkflowState {
  if (state === null) return { started_at: now, updated_at: now, step, steps: [step], context };
  const { archiving: _, ...kept } = state;
  return {
    ...kept,
    updated_at: now,
    step,
    steps: kept.steps.includes(step) ? kept.steps : [...kept.steps, step],
    context: { ...kept.context, ...context },
  };
}

/** The time in the documented form, which has no fractions of a second. */
export function workflowTime(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The state as it is shown to others; its step and context first, as the documentation has it. */
export function showWorkflow(state: WorkflowState): ShownWorkflow {
  const { step, context, archiving: _, ...rest } = state;
  return { step, context, ...rest };
}

/**
 * Checks what a file holds and returns it with every key that is in it. Files that other programs wrote in this format may lack `context` and `steps`.
 */
export function readWorkflow(raw: unknown): { ok: true; value: WorkflowState } | { ok: false; issue: SchemaIssue } {
  if (!isObject(raw)) return refuse("", "is not an object");
  const { started_at, updated_at, step, steps = [step], context = {}, archiving } = raw;
  if (!isTime(started_at)) return refuse("started_at", NOT_A_TIME);
  if (!isTime(updated_at)) return refuse("updated_at", NOT_A_TIME);
  if (typeof step !== "string" || step === "") return refuse("step", "is not the name of a step");
  if (!Array.isArray(steps) || !steps.every((each) => typeof each === "string"))
    return refuse("steps", "is not a list of texts");
  if (!isObject(context)) return refuse("context", "is not an object");
  if (archiving !== undefined && !isArchiving(archiving)) return refuse("archiving", "is not a save that was begun");
  return { ok: true, value: { ...raw, started_at, updated_at, step, steps, context } };
}

/** @throws IncrError `invalid_input` unless it is an object */
export function requireContext(context: unknown): Record<string, unknown> {
  if (isObject(context)) return context;
  const what = context === null ? "null" : Array.isArray(context) ? "a list" : `a ${typeof context}`;
  throw new IncrError("invalid_input", `the context must be a JSON object, not ${what}`, { hint: CONTEXT_HINT });
}

export const CONTEXT_HINT = `write the context as one word of the shell, such as '{"pr_number":8}'`;

const NOT_A_TIME = "is not a time such as 2025-01-29T15:00:00Z";

function refuse(path: string, message: string): { ok: false; issue: SchemaIssue } {
  return { ok: false, issue: { path, message } };
}

function isArchiving(value: unknown): value is Archiving {
  if (!isObject(value)) return false;
  const { archive, at, status, notes } = value;
  // The name leads to a file: one that leaves the folder is none of ours
  const isName = typeof archive === "string" && archive !== "" && !/[/\\]/.test(archive) && !archive.startsWith(".");
  return (
    isName &&
    isTime(at) &&
    SAVE_STATUSES.some((each) => each === status) &&
    (notes === null || typeof notes === "string")
  );
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
