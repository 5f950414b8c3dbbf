import * as v from "valibot";
import { workspaceSchema } from "../../../domain/records.ts";
import { describeHolder, leaseOf } from "../../../domain/workspace.ts";
import { showWorkspace } from "../../../usecases/workspace/show.ts";
import { formatAge } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderFields } from "../../fields.ts";
import { settledApp } from "../../settled-app.ts";
import type { show } from "../workspace.ts";

export const answer = v.object({
  workspace: workspaceSchema,
  /** `missing`: the folder is gone. `foreign`: it is no worktree of this repository. */
  folder: v.picklist(["worktree", "missing", "foreign"]),
  head: v.nullable(v.string()),
  branch: v.nullable(v.string()),
  /** Paths with changes that are not ignored. */
  changed: v.array(v.string()),
  /** An unfinished merge, rebase or the like. */
  operation: v.nullable(v.string()),
  /** Other processes whose working directory is in it. */
  occupants: v.array(v.object({ pid: v.number(), command: v.string(), cwd: v.string() })),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args }: Input<typeof show>): Promise<Answer> {
  const { workspace, found, occupants } = await showWorkspace(await settledApp(ctx), args.name);
  const facts = found.kind === "worktree" ? found : { head: null, branch: null, changed: [], operation: null };
  return {
    workspace,
    folder: found.kind,
    head: facts.head,
    branch: facts.branch,
    changed: facts.changed,
    operation: facts.operation,
    occupants: occupants.map(({ pid, command, cwd }) => ({ pid, command, cwd })),
  };
}

export function render(answer_: Answer, ctx: Context): string {
  const { workspace, folder, head, branch, changed, operation, occupants } = answer_;
  const lease = workspace.status === "acquired" ? leaseOf(workspace) : undefined;
  const files =
    changed.length === 0
      ? "none"
      : `${changed.length}: ${changed.slice(0, 5).join(", ")}${changed.length > 5 ? ", …" : ""}`;
  return renderFields(
    [
      ["workspace", workspace.name],
      ["path", workspace.path],
      ["status", workspace.attention === undefined ? workspace.status : `set aside: ${workspace.attention}`],
      [
        "holder",
        lease === undefined
          ? undefined
          : `${describeHolder(lease.holder)}, ${lease.kind} for ${formatAge(lease.acquired_at, ctx.now())}`,
      ],
      [
        "step",
        lease?.intent === undefined ? undefined : `${lease.intent.action}, by process ${lease.intent.process.pid}`,
      ],
      ["purpose", workspace.purpose],
      ["folder", folder === "worktree" ? undefined : folder],
      ["branch", branch ?? (head === null ? undefined : `detached at ${head.slice(0, 12)}`)],
      ["changes", folder === "worktree" ? files : undefined],
      ["unfinished", operation ?? undefined],
      ["in use by", occupants.map(({ pid, command }) => `${pid} ${command}`).join(", ")],
    ],
    ctx.style,
  );
}
