/** Giving a workspace back that a person holds. Sessions, jobs and threads end in their own ways. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type AcquiredWorkspace, type Workspace } from "../../domain/records.ts";
import { beginIntent, describeHolder, endIntent, leaseOf } from "../../domain/workspace.ts";
import { requireNoAgentAtWork } from "../agent/at-work.ts";
import type { App } from "../app.ts";
import { newIntent } from "../lease.ts";
import { requireWorkspace } from "./find.ts";
import { giveBack, type GivenBack } from "./give-back.ts";

export interface Released extends GivenBack {
  workspace: Workspace;
}

/** @throws IncrError `rule` if it is free; `held` if a session, job or thread holds it, or an agent works in it; `stale_token`; `unsafe` */
export async function releaseWorkspace(app: App, wanted: string | undefined): Promise<Released> {
  const held = requireHeldByPerson(app, await requireWorkspace(app, wanted));
  await requireNoAgentAtWork(app, held);
  const kept = await endLease(app, held, "left in a workspace that was released");
  return { ...kept, workspace: held };
}

/**
 * Ends the lease on a workspace that nobody needs any more. @param reason why there may be work in it, for the rescue
 * @throws IncrError `stale_token`, `held` while another step is under way, `unsafe`; the lease stands then
 */
export async function endLease(app: App, held: AcquiredWorkspace, reason: string): Promise<GivenBack> {
  const lease = leaseOf(held);
  const key = recordKey(held.repo, held.name);
  await app.store.transact(async (tx) => {
    const current = (await tx.find("workspaces", key)) ?? held;
    await tx.put("workspaces", key, beginIntent(current, lease.lease_id, newIntent(app, "release")));
  });
  await app.step("release:begun");
  try {
    return await giveBack(app, held, lease.lease_id, { reason, setAside: false });
  } catch (error) {
    await app.store
      .transact(async (tx) => {
        const current = await tx.find("workspaces", key);
        if (current === undefined) return;
        await tx.put("workspaces", key, endIntent(current, lease.lease_id, app.now().toISOString()));
      })
      .catch(() => {});
    throw error;
  }
}

function requireHeldByPerson(app: App, workspace: Workspace): AcquiredWorkspace {
  if (workspace.status === "available") {
    throw new IncrError("rule", `nobody holds ${workspace.name}`, { hint: "incr workspace list" });
  }
  const { holder, lease_id, intent } = leaseOf(workspace);
  if (intent?.action === "draining") {
    throw new IncrError("held", `${workspace.name} waits for processes of ${describeHolder(holder)} to end`, {
      hint: `incr workspace show ${workspace.name}`,
      data: { workspace: workspace.name, holder },
    });
  }
  if (holder.type === "session") {
    throw new IncrError("held", `${workspace.name} is held by session ${holder.id}`, {
      hint: `end the session with \`incr session done\` or \`incr session fail\`; see \`incr session show ${holder.id}\``,
      data: { workspace: workspace.name, holder },
    });
  }
  if (holder.type !== "person") {
    throw new IncrError("held", `${workspace.name} is held by ${describeHolder(holder)}`, {
      hint: `incr ${holder.type.replace("_session", "")} show ${holder.id}`,
      data: { workspace: workspace.name, holder },
    });
  }
  const token = app.caller.leaseId;
  if (token !== null && token !== lease_id && app.caller.cwd.startsWith(workspace.path)) {
    throw new IncrError("stale_token", `${workspace.name} was released and acquired again since this shell got it`, {
      hint: `incr workspace show ${workspace.name}`,
    });
  }
  return workspace;
}
