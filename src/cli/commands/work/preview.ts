import type * as v from "valibot";
import { previewPlan } from "../../../usecases/stream/plan.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { preview } from "../work.ts";
import type { treeAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { treeAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof treeAnswer>;

export function run(ctx: Context, { flags }: Input<typeof preview>): Answer {
  return previewPlan(streamApp(ctx), flags.stream, flags.plan);
}

export function render({ title, stages }: Answer, { style }: Context): string {
  const lines = [style.bold(title ?? "(no title)")];
  for (const stage of stages) {
    const { open, resolved } = stage.questions;
    lines.push("", `${style.cyan(stage.id)}  ${style.bold(stage.name)}`);
    if (open + resolved > 0) lines.push(`    questions: ${open} open, ${resolved} resolved`);
    for (const batch of stage.batches) {
      lines.push(`  ${style.cyan(batch.id)}  ${batch.name}`);
      for (const { id, name, summary } of batch.threads) {
        lines.push(`    ${style.cyan(id)}  ${name}`);
        if (summary !== null)
          lines.push(...summary.split(/\r\n?|\n/).map((line) => style.dim(`              ${line}`)));
      }
    }
  }
  return lines.join("\n");
}
