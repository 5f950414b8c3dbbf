import type * as v from "valibot";
import { currentStream } from "../../../usecases/stream/create.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { current } from "../work.ts";
import type { currentAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { currentAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof currentAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof current>): Promise<Answer> {
  return await currentStream(streamApp(ctx), flags.set);
}

export function render({ id }: Answer): string {
  return id;
}
