/** The pool of workspaces and the leases on them: pure transitions. A lease is checked by its id at every step. */
import { IncrError } from "./error.ts";
import type { Holder, Intent, Lease } from "./lease.ts";
import type { AcquiredWorkspace, Workspace } from "./records.ts";

export interface Reservation {
  lease: Lease;
  pid: number;
  purpose?: string;
  rev?: string;
}

/** A workspace that was not there before, reserved from its first moment. @param now ISO time */
export function createWorkspace(
  input: { name: string; repo: string; path: string } & Reservation,
  now: string,
): AcquiredWorkspace {
  const { lease, pid, purpose, rev, ...identity } = input;
  return {
    ...identity,
    status: "acquired",
    created_at: now,
    updated_at: now,
    provisioned: false,
    ...reserved({ lease, pid, purpose, rev }, now),
  };
}

/** @throws IncrError `held` */
export function reserveWorkspace(workspace: Workspace, input: Reservation, now: string): AcquiredWorkspace {
  if (workspace.status === "acquired") throw heldError(workspace);
  return { ...withoutLease(workspace), status: "acquired", updated_at: now, ...reserved(input, now) };
}

/**
 * Writes down what the holder is about to do.
 * @param stale an unfinished step whose process is gone: whoever comes first puts another one in its place, and the second finds a living one
 * @throws IncrError `stale_token`; `held` while another step is under way
 */
export function beginIntent(workspace: Workspace, leaseId: string, intent: Intent, stale?: Intent): AcquiredWorkspace {
  const held = requireLease(workspace, leaseId);
  const lease = held.lease as Lease;
  if (lease.intent !== undefined && lease.intent.action !== "draining" && !isSameStep(lease.intent, stale)) {
    throw new IncrError("held", `${workspace.name} is in the middle of ${describeAction(lease.intent)}`, {
      hint: "wait for it to end, then try again",
      data: { workspace: workspace.name, intent: lease.intent.action, pid: lease.intent.process.pid },
    });
  }
  return { ...held, updated_at: intent.since, lease: { ...lease, intent } };
}

/** Whether it is the step that was seen before, and not one that somebody has begun since. */
export function isSameStep(a: Intent | undefined, b: Intent | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.action === b.action && a.process.pid === b.process.pid && a.process.started_at === b.process.started_at;
}

/** The step is done, or given up: the lease stands without an intent. @throws IncrError `stale_token` */
export function endIntent(
  workspace: Workspace,
  leaseId: string,
  now: string,
  changes: Partial<Lease> = {},
): AcquiredWorkspace {
  const held = requireLease(workspace, leaseId);
  const { intent, ...lease } = held.lease as Lease;
  void intent;
  return { ...held, updated_at: now, lease: { ...lease, ...changes } };
}

/**
 * Ends a lease. With `attention` the workspace is kept out of the pool: something in it could neither be saved nor removed.
 * @throws IncrError `stale_token`
 */
export function releaseWorkspace(
  workspace: Workspace,
  leaseId: string,
  now: string,
  outcome: { attention?: string } = {},
): Workspace {
  const held = requireLease(workspace, leaseId);
  const free = withoutLease(held);
  return {
    ...free,
    status: "available",
    updated_at: now,
    ...(outcome.attention === undefined ? {} : { attention: outcome.attention }),
  };
}

/** The workspace, if `leaseId` is its current lease. @throws IncrError `stale_token` */
export function requireLease(workspace: Workspace | undefined, leaseId: string): AcquiredWorkspace {
  if (workspace?.status === "acquired" && leaseOf(workspace).lease_id === leaseId) {
    return { ...workspace, lease: leaseOf(workspace) };
  }
  throw new IncrError(
    "stale_token",
    `the lease ${leaseId} on ${workspace?.name ?? "the workspace"} is not current any more`,
    {
      hint: "somebody ended or took over this session; see `incr session list`",
      data: { lease_id: leaseId },
    },
  );
}

/** The lease of an acquired workspace. Files of other implementations have none: then somebody unknown holds it, and only a person can end that. */
export function leaseOf(workspace: AcquiredWorkspace): Lease {
  return (
    workspace.lease ?? {
      lease_id: `unknown-${workspace.name}`,
      kind: "held",
      holder: {
        type: "person",
        id: workspace.acquired_by_pid === undefined ? "unknown" : `pid ${workspace.acquired_by_pid}`,
      },
      acquired_at: workspace.acquired_at ?? workspace.updated_at,
    }
  );
}

/** The first free workspace of the pool that nobody stands in, in name order; undefined if a new one is needed. */
export function chooseWorkspace(pool: readonly Workspace[], occupied: ReadonlySet<string>): Workspace | undefined {
  return pool
    .filter((workspace) => workspace.status === "available" && workspace.attention === undefined)
    .filter((workspace) => !occupied.has(workspace.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))[0];
}

/** `ws-001`, `ws-002`, …: the first number that no workspace of the repository has. */
export function nextWorkspaceName(taken: Iterable<string>): string {
  const names = new Set(taken);
  for (let number = 1; ; number++) {
    const name = `ws-${String(number).padStart(3, "0")}`;
    if (!names.has(name)) return name;
  }
}

/** `session ab12cd34`, for messages. */
export function describeHolder(holder: Holder): string {
  if (holder.type === "person") return holder.id === "" ? "a person" : holder.id;
  return `${holder.type.replace("_", " ")} ${holder.id}`;
}

/** What everybody else is told about a workspace that is held. */
export function heldError(workspace: AcquiredWorkspace): IncrError {
  const lease = leaseOf(workspace);
  return new IncrError(
    "held",
    `${workspace.name} is held by ${describeHolder(lease.holder)} since ${lease.acquired_at}`,
    {
      hint:
        lease.holder.type === "session"
          ? `incr session show ${lease.holder.id}`
          : `incr workspace show ${workspace.name}`,
      data: { workspace: workspace.name, holder: lease.holder, acquired_at: lease.acquired_at },
    },
  );
}

function describeAction(intent: Intent): string {
  return `a step (${intent.action}) by process ${intent.process.pid}`;
}

function reserved(input: Reservation, now: string) {
  return {
    acquired_by_pid: input.pid,
    acquired_at: now,
    lease: input.lease,
    ...(input.purpose === undefined ? {} : { purpose: input.purpose }),
    ...(input.rev === undefined ? {} : { rev: input.rev }),
  };
}

function withoutLease<W extends Workspace>(workspace: W) {
  const { status, ...rest } = workspace;
  const { lease, acquired_at, acquired_by_pid, purpose, rev, attention, ...kept } = rest as Omit<
    AcquiredWorkspace,
    "status"
  >;
  void [status, lease, acquired_at, acquired_by_pid, purpose, rev, attention];
  return kept;
}
