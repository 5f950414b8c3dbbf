/**
 * Which leases nobody will end any more. Apart from settling them, since every command looks and few find any.
 */
import type { Lease } from "../domain/lease.ts";
import type { AcquiredWorkspace, ActiveSession } from "../domain/records.ts";
import { leaseOf } from "../domain/workspace.ts";
import type { App } from "./app.ts";
import { findRepoSlug } from "./repository.ts";

/** A lease that nobody will end any more. */
export interface DeadLease {
  workspace: AcquiredWorkspace;
  lease: Lease;
  session: ActiveSession | undefined;
  /** What had begun and was not confirmed, else the run itself. */
  what: "acquire" | "resume" | "release" | "destroy" | "draining" | "run";
}

/** Reads only. */
export async function findDeadLeases(app: App, repo: string): Promise<DeadLease[]> {
  const { workspaces, sessions } = await app.store.read(async (tx) => ({
    workspaces: await tx.list("workspaces", { repo }),
    sessions: await tx.list("sessions", { repo }),
  }));
  const dead: DeadLease[] = [];
  for (const { record: workspace } of workspaces) {
    if (workspace.status !== "acquired") continue;
    const lease = leaseOf(workspace);
    const what = judge(app, lease);
    if (what === null) continue;
    const session = sessions
      .map(({ record }) => record)
      .find((one) => one.lease_id === lease.lease_id && one.status === "active");
    dead.push({ workspace, lease, session: session as ActiveSession | undefined, what });
  }
  return dead;
}

function judge(app: App, lease: Lease): DeadLease["what"] | null {
  const { intent } = lease;
  if (intent === undefined) {
    return lease.kind === "process" && app.processes.isLeaseGone(lease).gone ? "run" : null;
  }
  if (app.processes.stateOf(intent.process) !== "dead") return null;
  // Whatever was started under the lease may still be writing: hooks of a start, the command of a run, the rest of a finished one.
  if (lease.kind === "process" || intent.action === "acquire" || intent.action === "resume") {
    const { processes, unreadable } = app.processes.findLeaseProcesses(lease);
    if (processes.length + unreadable.length > 0) return null;
  }
  return intent.action;
}

/** Whether `settle` has anything to look at: a lease that nobody will end, or an agent session or a job, of which only settling itself can tell. Reads only. */
export async function mayNeedSettling(app: App): Promise<boolean> {
  if (app.repository === null) return false;
  const repo = await findRepoSlug(app);
  if (repo === null) return false;
  const active = await app.store.read(
    async (tx) => (await tx.list("opencode_sessions", { repo })).length + (await tx.list("jobs", { repo })).length,
  );
  return active > 0 || (await findDeadLeases(app, repo)).length > 0;
}
