import { relative } from "node:path";
import { saveWorkflow, type SavedWorkflow } from "../../../usecases/workflow/save.ts";
import type { Input } from "../../command.ts";
import { raw, type RawText } from "../../output.ts";
import { workflowApp } from "../../workflow-app.ts";
import type { save } from "./declarations.ts";
import type { WorkflowContext } from "./context.ts";

export { saveAnswer as answer } from "./answers.ts";

export async function run(ctx: WorkflowContext, { args, flags }: Input<typeof save>): Promise<SavedWorkflow> {
  const { status, notes = null } = flags;
  return await saveWorkflow(workflowApp(ctx), { workflow: args.name, status, notes });
}

/** The archive's path: from here if it is below, as the documentation shows it. */
export function render({ archive }: SavedWorkflow, { cwd }: Pick<WorkflowContext, "cwd">): RawText {
  const path = relative(cwd, archive);
  return raw(`${path.startsWith("..") ? archive : path}\n`);
}
