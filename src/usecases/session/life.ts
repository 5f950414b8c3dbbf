/** Whether what a session runs lives: a `held` one needs nothing to run, one of a `run` lives with its command. */
import type { Lease } from "../../domain/lease.ts";
import { recordKey, type Session } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { App } from "../app.ts";

/** The others than `held` are about a run. `orphaned`: its own process is gone, and something that it had started runs on. */
export type SessionLiveness = "held" | "running" | "orphaned" | "gone" | "unknown";

/** A process that keeps an orphaned session. */
export interface Survivor {
  pid: number;
  /** Its command line, cut to one readable line. */
  command: string;
}

export interface Life {
  liveness: SessionLiveness;
  /** Of an orphaned one, its command first; empty otherwise. */
  survivors: Survivor[];
}

/** What the processes of a session's lease say; the lease has to be that session's. */
export function lifeOf(app: App, lease: Lease): Life {
  if (lease.kind === "held") return { liveness: "held", survivors: [] };
  const verdict = app.processes.isLeaseGone(lease);
  if (verdict.gone) return { liveness: "gone", survivors: [] };
  if (verdict.reason === "unknown") return { liveness: "unknown", survivors: [] };
  if (verdict.reason === "owner_alive") return { liveness: "running", survivors: [] };
  return { liveness: "orphaned", survivors: listSurvivors(app, lease) };
}

/** Without us, who may have been started by one of them. */
function listSurvivors(app: App, lease: Lease): Survivor[] {
  const own = app.processes.currentIdentity().pid;
  const command = lease.process?.child_pid;
  return app.processes
    .findLeaseProcesses(lease)
    .processes.filter(({ pid }) => pid !== own)
    .toSorted((a, b) => Number(b.pid === command) - Number(a.pid === command))
    .map(({ pid, command }) => ({ pid, command }));
}

export interface Orphan {
  session_id: string;
  survivors: Survivor[];
}

/** Those of the sessions that are orphaned. */
export async function findOrphans(app: App, sessions: readonly Session[]): Promise<Orphan[]> {
  const runs = sessions.filter(({ status, lease_kind }) => status === "active" && lease_kind === "process");
  if (runs.length === 0) return [];
  const held = await app.store.read(
    async (tx) =>
      await Promise.all(
        runs.map(async (session) => ({
          session,
          workspace: await tx.find("workspaces", recordKey(session.repo, session.workspace_name)),
        })),
      ),
  );
  return held.flatMap(({ session, workspace }) => {
    const lease = workspace?.status === "acquired" ? leaseOf(workspace) : undefined;
    if (lease === undefined || lease.lease_id !== session.lease_id) return [];
    const { liveness, survivors } = lifeOf(app, lease);
    return liveness === "orphaned" ? [{ session_id: session.id, survivors }] : [];
  });
}

const NAMED = 3;

/** That it is orphaned, by whom it is kept, as every command says it. */
export function describeOrphan(survivors: readonly Survivor[]): string {
  const named = survivors.slice(0, NAMED).map(({ pid, command }) => `${pid} ${command}`);
  const more = survivors.length > NAMED ? `, and ${survivors.length - NAMED} more` : "";
  const who = named.length === 0 ? "" : `: ${named.join(", ")}${more}`;
  return `its process is gone, and something that it had started runs on${who}`;
}

/** What ends an orphaned session: it is settled when nothing of it runs any more. */
export function orphanWayOut({ session_id, survivors }: Orphan): string {
  const wait = `incr wait ${session_id}`;
  return survivors.length === 0 ? wait : `${wait}, or end it with kill ${survivors.map(({ pid }) => pid).join(" ")}`;
}
