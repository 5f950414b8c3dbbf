import type * as v from "valibot";
import { listWorkflows } from "../../../usecases/workflow/progress.ts";
import { formatAge } from "../../age.ts";
import type { Context } from "../../context.ts";
import { renderTable } from "../../table.ts";
import { workflowApp } from "../../workflow-app.ts";
import type { listAnswer } from "./answers.ts";
import { warnOfDamage } from "./damage.ts";

export { listAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof listAnswer>;

export function run(ctx: Context): Answer {
  const answer = listWorkflows(workflowApp(ctx));
  if (!ctx.json) warnOfDamage(answer.damaged, ctx);
  return answer;
}

export function render({ workflows }: Answer, ctx: Context): string {
  if (workflows.length === 0) return "no workflow is in progress";
  return renderTable(
    workflows,
    [
      { header: "WORKFLOW", value: (one) => one.workflow, paint: (text, _one, style) => style.cyan(text) },
      { header: "STEP", value: (one) => one.step },
      { header: "IDLE", value: (one) => formatAge(one.updated_at, ctx.now()), align: "right" },
      { header: "AGE", value: (one) => formatAge(one.started_at, ctx.now()), align: "right" },
      { header: "BRANCH", value: (one) => one.branch },
      { header: "PROGRESS", value: progress, flexible: true },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}

/** The way so far; the number comes first, since the end of a long way is cut off. */
function progress({ steps }: Answer["workflows"][number]): string {
  return `${steps.length}: ${steps.join(" → ")}`;
}
