import type * as v from "valibot";
import { addThreadTo } from "../../../usecases/stream/edit.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { addThread } from "./declare-plan.ts";
import type { addAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { addAnswer as answer } from "./answers.ts";
export { renderAdded as render } from "./added.ts";

export async function run(ctx: Context, { flags }: Input<typeof addThread>): Promise<v.InferOutput<typeof addAnswer>> {
  const details = flags.details === "-" ? await ctx.stdin.read() : flags.details;
  return await addThreadTo(streamApp(ctx), flags.stream, {
    stage: flags.stage,
    batch: flags.batch,
    name: flags.name.trim(),
    summary: flags.summary,
    details,
  });
}
