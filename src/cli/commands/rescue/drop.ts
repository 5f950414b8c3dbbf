import * as v from "valibot";
import { dropRescue } from "../../../usecases/rescue/rescue.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { drop } from "../rescue.ts";
import { rescueAnswer } from "./answer.ts";

export const answer = v.object({ dropped: v.array(rescueAnswer) });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args }: Input<typeof drop>): Promise<Answer> {
  return { dropped: await dropRescue(await settledApp(ctx), args.name) };
}

export function render({ dropped }: Answer): string {
  return dropped
    .map(({ name, ref, commit }) => `dropped ${name}; \`git update-ref ${ref} ${commit}\` undoes it`)
    .join("\n");
}
