import * as v from "valibot";
import { workspaceSchema } from "../../../domain/records.ts";
import { LEASE_VARIABLES, leaseEnvironment } from "../../../usecases/lease.ts";
import { acquireWorkspace } from "../../../usecases/workspace/acquire.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import { settledApp } from "../../settled-app.ts";
import type { acquire } from "../workspace.ts";

export const answer = v.object({
  workspace: workspaceSchema,
  path: v.string(),
  /** What the shell carries. */
  env: v.record(v.string(), v.string()),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof acquire>): Promise<Answer> {
  const app = await settledApp(ctx);
  const { workspace, lease } = await acquireWorkspace(app, {
    purpose: flags.purpose,
    ...(flags.rev === undefined ? {} : { rev: flags.rev }),
  });
  const env = leaseEnvironment({
    lease_id: lease.lease_id,
    path: workspace.path,
    ...(lease.port === undefined ? {} : { port: lease.port }),
  });
  ctx.shell.unsetEnv(LEASE_VARIABLES);
  ctx.shell.setEnv(env);
  ctx.shell.cd(workspace.path);
  ctx.notify({
    code: "workspace_acquired",
    message: `${workspace.name} is yours; \`incr workspace release ${workspace.name}\` gives it back`,
    data: { workspace: workspace.name },
  });
  return { workspace, path: workspace.path, env };
}

export function render({ path }: Answer): RawText {
  return raw(`${path}\n`);
}
