import * as v from "valibot";
import { showRescue } from "../../../usecases/rescue/rescue.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderFields } from "../../fields.ts";
import { raw, type RawText } from "../../output.ts";
import { settledApp } from "../../settled-app.ts";
import type { show } from "../rescue.ts";
import { rescueAnswer } from "./answer.ts";

export const answer = v.object({
  rescue: rescueAnswer,
  /** The files as `git diff --stat` lists them, with the patch if it was asked for. */
  files: v.string(),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args, flags }: Input<typeof show>): Promise<Answer> {
  const color = !ctx.json && ctx.style.bold("x") !== "x";
  return await showRescue(await settledApp(ctx), args.name, { patch: flags.patch, color });
}

export function render({ rescue, files }: Answer, ctx: Context): RawText {
  const resume = rescue.session_id === null ? undefined : `incr session resume ${rescue.session_id}`;
  const fields = renderFields(
    [
      ["rescue", rescue.name],
      ["why", rescue.reason],
      ["made", rescue.created_at],
      ["on", rescue.branch ?? rescue.head ?? undefined],
      ["todo", rescue.todo_id ?? undefined],
      ["commit", rescue.commit],
      ["resume", resume],
      ["restore", `incr rescue restore ${rescue.name}`],
    ],
    ctx.style,
  );
  return raw(`${fields}\n\n${files}\n`);
}
