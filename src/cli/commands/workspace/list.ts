import * as v from "valibot";
import { workspaceSchema, type Workspace } from "../../../domain/records.ts";
import { describeHolder, leaseOf } from "../../../domain/workspace.ts";
import { listWorkspaces } from "../../../usecases/workspace/find.ts";
import { formatAge } from "../../age.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import { renderTable, type Column } from "../../table.ts";

export const answer = v.object({ workspaces: v.array(workspaceSchema) });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context): Promise<Answer> {
  return { workspaces: await listWorkspaces(await settledApp(ctx)) };
}

export function render({ workspaces }: Answer, ctx: Context): string {
  if (workspaces.length === 0) return "no workspaces yet; `incr session start` and `incr workspace acquire` make them";
  const columns: Column<Workspace>[] = [
    { header: "WORKSPACE", value: (one) => one.name, paint: (text, _one, style) => style.cyan(text) },
    { header: "STATUS", value: statusText },
    { header: "HOLDER", value: (one) => (one.status === "acquired" ? describeHolder(leaseOf(one).holder) : "") },
    {
      header: "AGE",
      value: (one) => formatAge(one.status === "acquired" ? leaseOf(one).acquired_at : one.updated_at, ctx.now()),
      align: "right",
    },
    { header: "PURPOSE", value: (one) => one.purpose ?? one.attention, flexible: true },
    { header: "PATH", value: (one) => one.path, flexible: true },
  ];
  return renderTable(workspaces, columns, { width: ctx.stdout.width, style: ctx.style });
}

function statusText(workspace: Workspace): string {
  if (workspace.status === "available") return workspace.attention === undefined ? "available" : "set aside";
  const intent = leaseOf(workspace).intent;
  return intent === undefined ? "acquired" : intent.action === "draining" ? "draining" : `acquired (${intent.action})`;
}
