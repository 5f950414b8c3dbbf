/** Whether the processes of a lease are provably gone. */
import type { Lease, ProcessIdentity } from "../domain/lease.ts";
import type { LeaseProcesses, LeaseVerdict, LiveProcess } from "../ports/processes.ts";
import { examine } from "./identity.ts";
import { findLineage, type Kin, type Lineage, type Roots } from "./lineage.ts";
import type { MarkedRow, ProcessRow, ProcessTable } from "./table.ts";

/** What marks every process of a lease in its environment. */
export function leaseMark(leaseId: string): string {
  return `INCR_LEASE_ID=${leaseId}`;
}

/** Everything alive that carries the lease or descends from it, and what may but cannot be read. */
export function findLeaseProcesses(table: ProcessTable, leaseId: string): LeaseProcesses {
  return surveyLineage(table, leaseId, { pids: [], leaders: [], since: Number.NEGATIVE_INFINITY });
}

/**
 * A lease of kind `process` is gone when its owner is, and the child that it started, and every process that descends from them or carries the lease.
 * @returns the first reason against it
 */
export function isLeaseGone(table: ProcessTable, lease: Lease): LeaseVerdict {
  if (lease.kind === "held") return against("held", "the lease is held until somebody ends it");
  const owner = lease.process;
  if (owner === undefined) return against("unknown", "nothing is recorded about its process");

  const end = examine(table, owner);
  if (end.state === "unknown") return against("unknown", end.why);
  if (end.state === "alive") return against("owner_alive", `process ${owner.pid} is alive`, [owner.pid]);
  if (end.reboot) return { gone: true };

  const child = childOf(owner);
  if (child !== undefined) {
    const end = examine(table, child);
    if (end.state === "alive")
      return against("child_alive", `its command (process ${child.pid}) is alive`, [child.pid]);
    if (end.state === "unknown") return against("unknown", end.why, [child.pid]);
  }
  return verdictOf(
    surveyLineage(table, lease.lease_id, {
      pids: [],
      leaders: [owner, child].flatMap((one) => (one === undefined || isReused(table, one) ? [] : [one.pid])),
      // The owner's start rather than the time of acquisition: clocks are set, ticks are not.
      since: table.startOrder(owner.started_at),
    }),
  );
}

/** What processes look like to the rules of lineage. */
export function toKin(table: ProcessTable, rows: readonly MarkedRow[]): (Kin & MarkedRow)[] {
  return rows.map((row) => ({ ...row, order: table.startOrder(row.startedAt) }));
}

export function toLiveProcess(table: ProcessTable, row: ProcessRow): LiveProcess {
  return { pid: row.pid, started_at: row.startedAt, command: shorten(table.commandOf(row)) };
}

function surveyLineage(table: ProcessTable, leaseId: string, roots: Roots): LeaseProcesses {
  const rows = toKin(table, table.survey(leaseMark(leaseId)));
  const { members, unknown }: Lineage = findLineage(rows, roots);
  const pick = (pids: Set<number>) => rows.filter((row) => pids.has(row.pid));
  return {
    processes: pick(members).map((row) => toLiveProcess(table, row)),
    unreadable: table.withoutServices(pick(unknown)).map((row) => toLiveProcess(table, row)),
  };
}

function verdictOf({ processes, unreadable }: LeaseProcesses): LeaseVerdict {
  const [some, why]: [LiveProcess[], string] =
    processes.length > 0
      ? [
          processes,
          processes.length === 1
            ? "1 process still carries the lease"
            : `${processes.length} processes still carry the lease`,
        ]
      : [
          unreadable,
          unreadable.length === 1
            ? "1 process cannot be ruled out"
            : `${unreadable.length} processes cannot be ruled out`,
        ];
  if (some.length === 0) return { gone: true };
  const named = some.slice(0, 3).map(({ pid, command }) => `${pid} ${command}`);
  const because = `${why}: ${named.join(", ")}${some.length > named.length ? ", …" : ""}`;
  return against(
    processes.length > 0 ? "processes_left" : "unknown",
    because,
    some.map(({ pid }) => pid),
  );
}

/** The command that the owner started, as an identity of its own. */
function childOf(owner: ProcessIdentity): ProcessIdentity | undefined {
  if (owner.child_pid === undefined) return undefined;
  return { ...owner, pid: owner.child_pid, started_at: owner.child_started_at ?? "" };
}

/** A pid is not given out while a group or session of that number exists, so a stranger under it means that the group is gone. */
function isReused(table: ProcessTable, { pid, started_at }: ProcessIdentity): boolean {
  const row = table.look(pid);
  return typeof row === "object" && row.startedAt !== started_at;
}

function against(
  reason: Extract<LeaseVerdict, { gone: false }>["reason"],
  because: string,
  pids: number[] = [],
): LeaseVerdict {
  return { gone: false, reason, because, pids };
}

function shorten(command: string): string {
  const line = command.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
