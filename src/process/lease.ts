/** Whether the processes of a lease are provably gone. */
import type { Lease, ProcessIdentity } from "../domain/lease.ts";
import type { LeaseProcesses, LeaseVerdict, LiveProcess } from "../ports/processes.ts";
import { examine } from "./identity.ts";
import { findLineage, type Kin } from "./lineage.ts";
import type { MarkedRow, ProcessRow, ProcessTable } from "./table.ts";

/** What marks every process of a lease in its environment. */
export function leaseMark(leaseId: string): string {
  return `INCR_LEASE_ID=${leaseId}`;
}

/**
 * Everything alive that belongs to a lease, and what may but cannot be read: the owner (unless that is us, who ask), its child, what descends from
 * them, what carries the lease in its environment, and what is left of their process groups.
 */
export function findLeaseProcesses(table: ProcessTable, lease: Lease): LeaseProcesses {
  return findProcesses(table, lease.process ?? lease.intent?.process, leaseMark(lease.lease_id));
}

/** The same for whatever carries the mark `NAME=value`. */
export function findProcesses(table: ProcessTable, owner: ProcessIdentity | undefined, mark: string): LeaseProcesses {
  const own = owner === undefined ? [] : [owner, ...childOf(owner)];
  const ends = own.map((one) => examine(table, one));
  if (ends.some((end) => end.state === "dead" && end.reboot)) return { processes: [], unreadable: [] };

  const rows = toKin(table, table.survey(mark));
  const { members, unknown } = findLineage(rows, {
    pids: own.filter((one, index) => ends[index]?.state === "alive" && one.pid !== process.pid).map(({ pid }) => pid),
    leaders: own.filter((one) => one.pid !== process.pid && !isReused(table, one)).map(({ pid }) => pid),
    // The owner's start rather than the time of acquisition: clocks are set, ticks are not.
    since: owner === undefined ? Number.NEGATIVE_INFINITY : table.startOrder(owner.started_at),
  });
  const pick = (pids: Set<number>) => rows.filter((row) => pids.has(row.pid));
  return {
    processes: pick(members).map((row) => toLiveProcess(table, row)),
    unreadable: table.withoutServices(pick(unknown)).map((row) => toLiveProcess(table, row)),
  };
}

/**
 * A lease of kind `process` is gone when its owner is, and the child that it started, and every other process of it.
 * @returns the first reason against it
 */
export function isLeaseGone(table: ProcessTable, lease: Lease): LeaseVerdict {
  if (lease.kind === "held") return against("held", "the lease is held until somebody ends it");
  return isGone(table, lease.process, leaseMark(lease.lease_id));
}

/** The same for what a process does under the mark `NAME=value`. */
export function isGone(table: ProcessTable, owner: ProcessIdentity | undefined, mark: string): LeaseVerdict {
  if (owner === undefined) return against("unknown", "nothing is recorded about its process");

  const end = examine(table, owner);
  if (end.state === "unknown") return against("unknown", end.why);
  if (end.state === "alive") return against("owner_alive", `process ${owner.pid} is alive`, [owner.pid]);
  if (end.reboot) return { gone: true };

  for (const child of childOf(owner)) {
    const end = examine(table, child);
    if (end.state === "unknown") return against("unknown", end.why, [child.pid]);
    if (end.state === "alive")
      return against("child_alive", `its command (process ${child.pid}) is alive`, [child.pid]);
  }
  return verdictOf(findProcesses(table, owner, mark));
}

/** What processes look like to the rules of lineage. */
export function toKin(table: ProcessTable, rows: readonly MarkedRow[]): (Kin & MarkedRow)[] {
  return rows.map((row) => ({ ...row, order: table.startOrder(row.startedAt) }));
}

/** A row of the table as the use-cases get it, with its command line cut to 80 characters on one line. */
export function toLiveProcess(table: ProcessTable, row: ProcessRow): LiveProcess {
  return { pid: row.pid, started_at: row.startedAt, command: shorten(table.commandOf(row)) };
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

/** The command that the owner started, as an identity of its own: one or none. */
function childOf(owner: ProcessIdentity): ProcessIdentity[] {
  return owner.child_pid === undefined
    ? []
    : [{ ...owner, pid: owner.child_pid, started_at: owner.child_started_at ?? "" }];
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
