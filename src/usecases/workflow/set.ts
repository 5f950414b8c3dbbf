import { requireContext, showWorkflow, takeStep, workflowTime, type ShownWorkflow } from "../../domain/workflow.ts";
import { requireStep, requireWorkflowName } from "../../domain/workflow-name.ts";
import { finishedSave, type WorkflowApp } from "./progress.ts";

export interface StepRequest {
  workflow: string;
  step: string;
  /** Anything but an object is refused. */
  context?: unknown;
}

/** Starts a workflow, or takes one to its next step, and returns what it is then. @throws IncrError `invalid_input`, `corrupt`, `busy`, `io` */
export async function setWorkflow(app: WorkflowApp, request: StepRequest): Promise<ShownWorkflow> {
  const workflow = requireWorkflowName(request.workflow);
  const step = requireStep(request.step);
  const context = requireContext(request.context ?? {});
  return await app.workflows.exclusively(workflow, ({ state, write }) => {
    const saved = state === null ? undefined : finishedSave(app.workflows, workflow, state);
    if (saved !== undefined) {
      app.notify({
        code: "save_finished",
        message: `${workflow} was saved as ${saved.archive} before, so it begins anew`,
        data: { workflow, archive: app.workflows.archivePath(saved.archive) },
      });
    }
    const next = takeStep(saved === undefined ? state : null, { step, context }, workflowTime(app.now()));
    write(next);
    return showWorkflow(next);
  });
}
