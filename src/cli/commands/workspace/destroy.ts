import * as v from "valibot";
import { destroyWorkspaces, findRefusal } from "../../../usecases/workspace/destroy.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { destroy } from "../workspace.ts";

export const answer = v.object({
  destroyed: v.array(v.object({ name: v.string(), path: v.string(), rescue: v.nullable(v.string()) })),
  /** Left alone, with the reason: `unsafe` ones are free, and were to go. */
  kept: v.array(
    v.object({ name: v.string(), path: v.string(), code: v.picklist(["held", "unsafe"]), why: v.string() }),
  ),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args, flags }: Input<typeof destroy>): Promise<Answer> {
  const result = await destroyWorkspaces(await settledApp(ctx), { names: args.name ?? [], all: flags.all });
  const refusal = findRefusal(result);
  if (refusal !== null) {
    ctx.out.error(refusal);
    ctx.exit(refusal.exitCode);
  }
  return result;
}

export function render({ destroyed, kept }: Answer, { style }: Context): string {
  const lines = [
    ...destroyed.map(
      ({ name, rescue }) =>
        `${name} is removed${rescue === null ? "" : `; what was in it is kept as rescue ${style.cyan(rescue)}`}`,
    ),
    ...kept.map(({ name, why }) => `${name} stays: ${why}`),
  ];
  return lines.length === 0 ? "there are no workspaces" : lines.join("\n");
}
