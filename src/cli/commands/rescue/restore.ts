import * as v from "valibot";
import { restoreRescue } from "../../../usecases/rescue/rescue.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { restore } from "../rescue.ts";
import { rescueAnswer } from "./answer.ts";

export const answer = v.object({ rescue: rescueAnswer, path: v.string(), branch: v.string() });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args, flags }: Input<typeof restore>): Promise<Answer> {
  return await restoreRescue(await settledApp(ctx), args.name, flags.into);
}

export function render({ rescue, path, branch }: Answer, { style }: Context): string {
  return `rescue ${rescue.name} is back in ${path}, on branch ${style.cyan(branch)}`;
}
