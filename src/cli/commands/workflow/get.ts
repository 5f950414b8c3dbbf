import { IncrError } from "../../../domain/error.ts";
import type { ShownWorkflow } from "../../../domain/workflow.ts";
import { getAllWorkflows, getWorkflow, type NamedWorkflow } from "../../../usecases/workflow/progress.ts";
import type { Input } from "../../command.ts";
import { workflowApp } from "../../workflow-app.ts";
import type { get } from "./declarations.ts";
import type { WorkflowContext } from "./context.ts";
import { warnOfDamage } from "./damage.ts";
import { jsonLine } from "./json-line.ts";

export { getAnswer as answer } from "./answers.ts";
export const render = jsonLine;

export function run(
  ctx: WorkflowContext,
  { args: { name }, flags: { all } }: Input<typeof get>,
): ShownWorkflow | NamedWorkflow[] | null {
  if (all === (name !== undefined)) {
    throw new IncrError("usage", all ? "--all takes no name" : "missing <name>, or --all", {
      hint: "incr workflow get --all",
    });
  }
  const app = workflowApp(ctx);
  if (name !== undefined) return getWorkflow(app, name);
  const { workflows, damaged } = getAllWorkflows(app);
  warnOfDamage(damaged, ctx);
  return workflows;
}
