import type * as v from "valibot";
import { resetWorkflow } from "../../../usecases/workflow/reset.ts";
import type { Input } from "../../command.ts";
import { workflowApp } from "../../workflow-app.ts";
import type { reset } from "./declarations.ts";
import type { resetAnswer } from "./answers.ts";
import type { WorkflowContext } from "./context.ts";

export { resetAnswer as answer } from "./answers.ts";

/** Prints nothing. */
export async function run(
  ctx: WorkflowContext,
  { args: { name: workflow } }: Input<typeof reset>,
): Promise<v.InferOutput<typeof resetAnswer>> {
  const removed = await resetWorkflow(workflowApp(ctx), workflow);
  if (!removed)
    ctx.notify({ code: "nothing_to_reset", message: `there is no workflow ${workflow} to forget`, data: { workflow } });
  return { workflow, removed };
}
