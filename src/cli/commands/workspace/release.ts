import * as v from "valibot";
import { LEASE_VARIABLES } from "../../../usecases/lease.ts";
import { releaseWorkspace } from "../../../usecases/workspace/release.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { release } from "../workspace.ts";

export const answer = v.object({
  workspace: v.string(),
  path: v.string(),
  /** Rescue that keeps what was in it. */
  rescue: v.nullable(v.string()),
  /** Why it is not back in the pool. */
  attention: v.nullable(v.string()),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args }: Input<typeof release>): Promise<Answer> {
  const app = await settledApp(ctx);
  const { workspace, rescue, attention } = await releaseWorkspace(app, args.name);
  if (app.repository?.location.worktree === workspace.path) {
    ctx.shell.unsetEnv(LEASE_VARIABLES);
  }
  return { workspace: workspace.name, path: workspace.path, rescue: rescue?.name ?? null, attention };
}

export function render({ workspace, rescue, attention }: Answer, { style }: Context): string {
  const kept =
    rescue === null ? "nothing in it needed keeping" : `what was in it is kept as rescue ${style.cyan(rescue)}`;
  const free = attention === null ? "is free" : `is set aside (${attention})`;
  return `${workspace} ${free}; ${kept}`;
}
