import type * as v from "valibot";
import { addStageTo } from "../../../usecases/stream/edit.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { addStage } from "./declare-plan.ts";
import type { addAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { addAnswer as answer } from "./answers.ts";
export { renderAdded as render } from "./added.ts";

export async function run(ctx: Context, { flags }: Input<typeof addStage>): Promise<v.InferOutput<typeof addAnswer>> {
  return await addStageTo(streamApp(ctx), flags.stream, {
    name: flags.name.trim(),
    after: flags.after,
    renumber: flags.renumber,
  });
}
