import type { DamagedWorkflow } from "../../../usecases/workflow/progress.ts";
import type { WorkflowContext } from "./context.ts";

/** A damaged file must not hide the workflows that can be read, so it is no error; but it is said. */
export function warnOfDamage(damaged: readonly DamagedWorkflow[], { warn }: Pick<WorkflowContext, "warn">): void {
  for (const { workflow, problem } of damaged) {
    warn({ code: "damaged_workflow", message: `${workflow} is left out: ${problem}`, data: { workflow } });
  }
}
