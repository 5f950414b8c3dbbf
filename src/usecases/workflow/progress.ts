/** Which workflows are in progress, and where they stand. Reads only; no lock is taken. */
import { IncrError } from "../../domain/error.ts";
import { showWorkflow, type Archiving, type ShownWorkflow, type WorkflowState } from "../../domain/workflow.ts";
import { renderArchive, workflowSeconds } from "../../domain/workflow-archive.ts";
import { requireWorkflowName } from "../../domain/workflow-name.ts";
import type { Workflows } from "../../ports/workflows.ts";
import type { WholeApp } from "../app.ts";

/** The part of the world that workflows need: the scripts have no other. */
export type WorkflowApp = Pick<WholeApp, "now" | "notify" | "step" | "workflows">;

/** Null if it is not in progress. @throws IncrError `invalid_input`, `corrupt`, `io` */
export function getWorkflow({ workflows }: Pick<WholeApp, "workflows">, workflow: string): ShownWorkflow | null {
  const state = readInProgress(workflows, requireWorkflowName(workflow));
  return state === null ? null : showWorkflow(state);
}

export type NamedWorkflow = { workflow: string } & ShownWorkflow;

/** A workflow whose file cannot be read; `problem` is one line that names the file. */
export interface DamagedWorkflow {
  workflow: string;
  problem: string;
}

/** All that are in progress, sorted by name. One damaged file does not hide the others. */
export function getAllWorkflows({ workflows }: Pick<WholeApp, "workflows">): {
  workflows: NamedWorkflow[];
  damaged: DamagedWorkflow[];
} {
  const found: NamedWorkflow[] = [];
  const damaged: DamagedWorkflow[] = [];
  for (const workflow of workflows.names()) {
    try {
      const state = readInProgress(workflows, workflow);
      if (state !== null) found.push(Object.assign({ workflow }, showWorkflow(state), { workflow }));
    } catch (error) {
      if (!(error instanceof IncrError)) throw error;
      damaged.push({ workflow, problem: error.message });
    }
  }
  return { workflows: found, damaged };
}

/** A workflow in progress at a glance. */
export interface WorkflowSummary {
  workflow: string;
  step: string;
  steps: string[];
  branch: string | null;
  started_at: string;
  updated_at: string;
  /** Seconds since its first step. */
  age_seconds: number;
  /** Seconds since its last step. */
  idle_seconds: number;
}

/** For people: all that are in progress, the one that was touched last first. */
export function listWorkflows(app: Pick<WholeApp, "workflows" | "now">): {
  workflows: WorkflowSummary[];
  damaged: DamagedWorkflow[];
} {
  const { workflows, damaged } = getAllWorkflows(app);
  const now = app.now().toISOString();
  const summaries = workflows.map(({ workflow, step, steps, context: { branch }, started_at, updated_at }) => ({
    workflow,
    step,
    steps,
    branch: typeof branch === "string" ? branch : null,
    started_at,
    updated_at,
    age_seconds: workflowSeconds(started_at, now),
    idle_seconds: workflowSeconds(updated_at, now),
  }));
  return { workflows: summaries.toSorted((a, b) => a.idle_seconds - b.idle_seconds), damaged };
}

/** The state, unless it was archived: a save that died after that has left the file behind. */
export function readInProgress(workflows: Workflows, workflow: string): WorkflowState | null {
  const state = workflows.read(workflow);
  return state === null || finishedSave(workflows, workflow, state) !== undefined ? null : state;
}

/**
 * The save that has written its archive and only not yet removed the state. The archive's whole text is the proof: another workflow may have taken
 * a name that was claimed and not used.
 */
export function finishedSave(workflows: Workflows, workflow: string, state: WorkflowState): Archiving | undefined {
  const { archiving } = state;
  if (archiving === undefined) return undefined;
  return workflows.readArchive(archiving.archive) === renderArchive(workflow, state, archiving) ? archiving : undefined;
}
