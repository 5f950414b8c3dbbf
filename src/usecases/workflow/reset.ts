import { requireWorkflowName } from "../../domain/workflow-name.ts";
import type { WorkflowApp } from "./progress.ts";

/** Forgets a workflow without an archive, a damaged one too; false if there was none, which is as good. @throws IncrError `invalid_input`, `busy`, `io` */
export async function resetWorkflow({ workflows }: Pick<WorkflowApp, "workflows">, workflow: string): Promise<boolean> {
  return await workflows.discard(requireWorkflowName(workflow));
}
