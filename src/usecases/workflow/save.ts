/**
 * Archiving a workflow in three steps, each durable before the next: the state names the archive that is going to be (`archiving`), the archive is made,
 * the state is removed. Whoever comes after a crash finds either the state alone, which is in progress then, or an archive with exactly the text that the
 * state's own claim gives: that one is saved, and its state only has to go.
 */
import { IncrError } from "../../domain/error.ts";
import { workflowTime, type Archiving, type SaveStatus, type WorkflowState } from "../../domain/workflow.ts";
import { archiveName, renderArchive, sameRequest, workflowSeconds } from "../../domain/workflow-archive.ts";
import { requireWorkflowName } from "../../domain/workflow-name.ts";
import type { HeldWorkflow } from "../../ports/workflows.ts";
import { finishedSave, type WorkflowApp } from "./progress.ts";

export interface SaveRequest {
  workflow: string;
  status: SaveStatus;
  notes: string | null;
}

export interface SavedWorkflow {
  workflow: string;
  /** Absolute path. */
  archive: string;
  status: SaveStatus;
  /** From the first step to the save. */
  duration_seconds: number;
}

/** @throws IncrError `not_found` if it is not in progress, `invalid_input`, `corrupt`, `busy`, `io` */
export async function saveWorkflow(app: WorkflowApp, request: SaveRequest): Promise<SavedWorkflow> {
  const workflow = requireWorkflowName(request.workflow);
  // Asked first without the lock, whose file would be all that is left of saving nothing
  if (app.workflows.read(workflow) === null) throw notInProgress(workflow);
  return await app.workflows.exclusively(workflow, async (held) => {
    const { state } = held;
    if (state === null) throw notInProgress(workflow);
    const finished = finishedSave(app.workflows, workflow, state);
    if (finished !== undefined && !sameRequest(finished, request)) sayWhatIsLeftOut(app, workflow, finished);
    const { archive, at, status } = finished ?? (await makeArchive(app, held, state, request));
    held.remove();
    await app.step("workflow:removed");
    return {
      workflow,
      archive: app.workflows.archivePath(archive),
      status,
      duration_seconds: workflowSeconds(state.started_at, at),
    };
  });
}

async function makeArchive(
  app: WorkflowApp,
  held: HeldWorkflow,
  state: WorkflowState,
  { workflow, status, notes }: SaveRequest,
): Promise<Archiving> {
  const at = workflowTime(app.now());
  for (let n = 1; ; n += 1) {
    const archive = archiveName(workflow, state, at, n);
    if (app.workflows.hasArchive(archive)) continue;
    const archiving = { archive, at, status, notes };
    held.write({ ...state, archiving });
    await app.step("workflow:claimed");
    // Another workflow with the same words in its name may have been quicker
    if (!held.createArchive(archive, renderArchive(workflow, state, archiving))) continue;
    await app.step("workflow:archived");
    return archiving;
  }
}

function notInProgress(workflow: string): IncrError {
  return new IncrError("not_found", `there is no workflow ${workflow} in progress`, {
    hint: "incr workflow get --all",
    data: { workflow },
  });
}

function sayWhatIsLeftOut(app: WorkflowApp, workflow: string, { archive, status }: Archiving): void {
  app.notify({
    code: "saved_before",
    message: `${workflow} had been saved as ${archive} with the status ${status}; the status and notes given now are not in it`,
    data: { workflow, archive: app.workflows.archivePath(archive), status },
  });
}
