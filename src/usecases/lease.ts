/** Making leases, and what their holders' processes carry in the environment. */
import { choosePort } from "../domain/port.ts";
import type { Holder, Intent, Lease, LeaseKind } from "../domain/lease.ts";
import { leaseOf } from "../domain/workspace.ts";
import type { ReadTx } from "../ports/store.ts";
import type { App } from "./app.ts";

/** A lease that begins with the intent to acquire: its process is this command until the workspace is ready. */
export async function newLease(
  app: App,
  tx: ReadTx,
  input: { kind: LeaseKind; holder: Holder; action: "acquire" | "resume" },
): Promise<Lease> {
  const now = app.now().toISOString();
  const identity = app.processes.currentIdentity();
  return {
    lease_id: app.randomText(20),
    kind: input.kind,
    holder: input.holder,
    acquired_at: now,
    port: choosePort(await listTakenPorts(tx)),
    intent: { action: input.action, since: now, process: identity },
    ...(input.kind === "process" ? { process: identity } : {}),
  };
}

/** An intent of this very process. */
export function newIntent(app: App, action: Intent["action"], outcome?: Intent["outcome"]): Intent {
  return {
    action,
    since: app.now().toISOString(),
    process: app.processes.currentIdentity(),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/** Everything that `leaseEnvironment` may set: nothing of an outer lease may be left beside an inner one. */
export const LEASE_VARIABLES = [
  "INCR_LEASE_ID",
  "INCR_WORKSPACE",
  "INCR_SESSION_ID",
  "INCR_TODO_ID",
  "INCR_PORT",
] as const;

export interface LeaseFacts {
  lease_id: string;
  /** Absolute path of the workspace. */
  path: string;
  session_id?: string;
  todo_id?: string;
  port?: number;
}

/** What hooks, commands, agents and the shell of a leased workspace carry. */
export function leaseEnvironment(facts: LeaseFacts): Record<string, string> {
  return {
    INCR_LEASE_ID: facts.lease_id,
    INCR_WORKSPACE: facts.path,
    ...(facts.session_id === undefined ? {} : { INCR_SESSION_ID: facts.session_id }),
    ...(facts.todo_id === undefined ? {} : { INCR_TODO_ID: facts.todo_id }),
    ...(facts.port === undefined ? {} : { INCR_PORT: String(facts.port) }),
  };
}

async function listTakenPorts(tx: ReadTx): Promise<number[]> {
  const workspaces = await tx.list("workspaces");
  return workspaces.flatMap(({ record }) => {
    const port = record.status === "acquired" ? leaseOf(record).port : undefined;
    return port === undefined ? [] : [port];
  });
}
