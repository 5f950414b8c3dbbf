import { IncrError } from "../../../domain/error.ts";
import { CONTEXT_HINT, type ShownWorkflow } from "../../../domain/workflow.ts";
import { parseJson } from "../../../store/json-text.ts";
import { setWorkflow } from "../../../usecases/workflow/set.ts";
import type { Input } from "../../command.ts";
import { workflowApp } from "../../workflow-app.ts";
import type { set } from "./declarations.ts";
import type { WorkflowContext } from "./context.ts";
import { jsonLine } from "./json-line.ts";

export { setAnswer as answer } from "./answers.ts";
export const render = jsonLine;

export async function run(ctx: WorkflowContext, { args }: Input<typeof set>): Promise<ShownWorkflow> {
  const { name: workflow, step } = args;
  const context = args.context === undefined ? {} : parseContext(args.context);
  return await setWorkflow(workflowApp(ctx), { workflow, step, context });
}

function parseContext(text: string): unknown {
  const json = parseJson(new TextEncoder().encode(text));
  if (json.ok) return json.value;
  const { problem, line, column } = json;
  const where = line === 1 ? `character ${column}` : `line ${line}, character ${column}`;
  // Of a file it is said that its end is unexpected
  const what = problem.includes("end of the file") ? "it ends too early" : problem;
  throw new IncrError("invalid_input", `the context is not JSON: ${what}, at ${where}`, { hint: CONTEXT_HINT });
}
