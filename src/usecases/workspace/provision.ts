/** Making a workspace ready to run: files copied from the main checkout, then the configured commands. No lock is held here. */
import { IncrError } from "../../domain/error.ts";
import type { Lease } from "../../domain/lease.ts";
import type { AcquiredWorkspace } from "../../domain/records.ts";
import { requireRepository, type App } from "../app.ts";
import { leaseEnvironment } from "../lease.ts";

/** Returns whether `on-create` has run to its end in this worktree. @throws IncrError `command_failed` */
export async function provision(
  app: App,
  workspace: AcquiredWorkspace,
  lease: Lease,
  context: {
    created: boolean;
    session_id?: string | undefined;
    todo_id?: string | undefined;
    /** Files that were brought back and must not be copied over. */
    keep?: readonly string[];
  },
): Promise<boolean> {
  const { worktrees, config } = requireRepository(app);
  const settings = (await config()).workspace;
  if (settings.copy.length > 0) {
    const { skipped } = await worktrees.copyFiles(workspace.path, settings.copy, context.keep);
    for (const { name, why } of skipped) {
      app.notify({
        code: "not_copied",
        message: `${name} was not copied into ${workspace.name}: ${why}`,
        data: { name },
      });
    }
  }
  const env = leaseEnvironment({
    lease_id: lease.lease_id,
    path: workspace.path,
    ...(context.session_id === undefined ? {} : { session_id: context.session_id }),
    ...(context.todo_id === undefined ? {} : { todo_id: context.todo_id }),
    ...(lease.port === undefined ? {} : { port: lease.port }),
  });
  const firstTime = context.created || workspace.provisioned !== true;
  const commands = [
    ...(firstTime ? settings.onCreate.map((command) => ({ key: "on-create", command })) : []),
    ...settings.onAcquire.map((command) => ({ key: "on-acquire", command })),
  ];
  for (const { key, command } of commands) {
    app.notify({ code: "hook", message: `${workspace.name}: ${key}: ${command}`, data: { key, command } });
    const code = await app.runner.hook({ command, cwd: workspace.path, env });
    if (code !== 0) {
      // Whatever it started in the background would go on in a workspace that is given back.
      await app.processes.killTree({ processes: [], leaseId: lease.lease_id, graceMs: 2000 });
      throw new IncrError("command_failed", `workspace.${key} failed with ${code}: ${command}`, {
        hint: "mend the command in incr.toml, or what it needs; nothing was started",
        data: { key, command, exit_code: code },
      });
    }
  }
  return true;
}
