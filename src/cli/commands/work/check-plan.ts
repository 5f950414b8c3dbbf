import type * as v from "valibot";
import { formatDiagnostic } from "../../../domain/stream/plan/diagnostic.ts";
import { checkPlanOf } from "../../../usecases/stream/plan.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { checkPlan } from "../work.ts";
import type { checkAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { checkAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof checkAnswer>;

export function run(ctx: Context, { flags }: Input<typeof checkPlan>): Answer {
  const answer = checkPlanOf(streamApp(ctx), flags.stream);
  if (answer.findings.length > 0) ctx.exit(1);
  return answer;
}

export function render({ stream, findings }: Answer): string {
  if (findings.length === 0) return `${stream}: no open question, and nothing is missing`;
  return findings.map((finding) => formatDiagnostic("PLAN.md", finding)).join("\n");
}
