import type * as v from "valibot";
import { formatDiagnostic } from "../../../domain/stream/plan/diagnostic.ts";
import { validateStream } from "../../../usecases/stream/plan.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { validate } from "../work.ts";
import type { validateAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { validateAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof validateAnswer>;

export function run(ctx: Context, { args, flags }: Input<typeof validate>): Answer {
  const answer = validateStream(streamApp(ctx), flags.stream, args.part);
  if (!answer.valid) ctx.exit(1);
  return answer;
}

export function render({ stream, valid, plan, tasks }: Answer): string {
  const lines = [
    ...(plan ?? []).map((diagnostic) => formatDiagnostic("PLAN.md", diagnostic)),
    ...(tasks ?? []).map(({ severity, task, message }) => `tasks.json: ${task}: ${severity}: ${message}`),
  ];
  const looked = [...(plan === null ? [] : ["plan"]), ...(tasks === null ? [] : ["tasks"])].join(" and ");
  if (lines.length === 0) return looked === "" ? `${stream} has no tasks yet` : `${stream}: ${looked} without a fault`;
  return [...lines, `${stream}: ${valid ? "no errors" : "not valid"}`].join("\n");
}
