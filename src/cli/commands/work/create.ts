import { relative } from "node:path";
import type * as v from "valibot";
import { IncrError } from "../../../domain/error.ts";
import { createStream } from "../../../usecases/stream/create.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { create } from "../work.ts";
import type { createAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { createAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof createAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof create>): Promise<Answer> {
  const { name, stages, plan } = flags;
  if (stages !== undefined && plan !== undefined) {
    throw new IncrError("usage", "--stages is for the template, and --plan brings stages of its own", {
      hint: `work create --plan ${plan}`,
    });
  }
  return await createStream(streamApp(ctx), { name, stages: stages ?? 1, file: plan });
}

export function render({ id, plan, current }: Answer, { cwd, style }: Context): string {
  const path = relative(cwd, plan);
  return `${style.cyan(id)}${current ? " (current)" : ""}  ${path.startsWith("..") ? plan : path}`;
}
