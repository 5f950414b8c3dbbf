import * as v from "valibot";
import { listRescues } from "../../../usecases/rescue/rescue.ts";
import { formatAge } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import { renderTable } from "../../table.ts";
import type { list } from "../rescue.ts";
import { rescueAnswer } from "./answer.ts";

export const answer = v.object({ rescues: v.array(rescueAnswer) });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof list>): Promise<Answer> {
  return { rescues: await listRescues(await settledApp(ctx), { all: flags.all }) };
}

export function render({ rescues }: Answer, ctx: Context): string {
  if (rescues.length === 0) return "no rescues: nothing had to be kept aside";
  return renderTable(
    rescues,
    [
      { header: "RESCUE", value: (one) => one.name, paint: (text, _one, style) => style.cyan(text) },
      { header: "AGE", value: (one) => formatAge(one.created_at, ctx.now()), align: "right" },
      { header: "TODO", value: (one) => one.todo_id },
      { header: "SESSION", value: (one) => one.session_id },
      { header: "WHY", value: (one) => `${one.reason}${one.restored ? " (restored)" : ""}`, flexible: true },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}
