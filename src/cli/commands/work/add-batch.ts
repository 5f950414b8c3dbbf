import type * as v from "valibot";
import { addBatchTo } from "../../../usecases/stream/edit.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { addBatch } from "./declare-plan.ts";
import type { addAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { addAnswer as answer } from "./answers.ts";
export { renderAdded as render } from "./added.ts";

export async function run(ctx: Context, { flags }: Input<typeof addBatch>): Promise<v.InferOutput<typeof addAnswer>> {
  return await addBatchTo(streamApp(ctx), flags.stream, { stage: flags.stage, name: flags.name.trim() });
}
