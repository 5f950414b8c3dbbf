/** The port `Processes` on this machine. */
import type { LiveProcess, Processes } from "../ports/processes.ts";
import { createDarwinTable } from "./darwin.ts";
import { identify, identityOf, stateOf } from "./identity.ts";
import { killTree } from "./kill.ts";
import { findLeaseProcesses, isGone, isLeaseGone, toLiveProcess } from "./lease.ts";
import { withDescendants } from "./lineage.ts";
import { createLinuxTable } from "./linux.ts";
import { findOccupants } from "./occupants.ts";
import type { ProcessTable } from "./table.ts";

export function createProcesses(table: ProcessTable = systemTable()): Processes {
  return {
    currentIdentity: () => identify(table, process.pid) ?? identityOf(table, process.pid, ""),
    identify: (pid) => identify(table, pid),
    stateOf: (identity) => stateOf(table, identity),
    findLeaseProcesses: (lease) => findLeaseProcesses(table, lease),
    isLeaseGone: (lease) => isLeaseGone(table, lease),
    isGone: (owner, mark) => isGone(table, owner, mark),
    findOccupants: (dir) => findOccupants(table, dir),
    descendants(pid) {
      const rows = table.rows();
      const found = withDescendants(rows, [pid]);
      return rows.filter((row) => row.pid !== pid && found.has(row.pid)).map((row) => toLiveProcess(table, row));
    },
    ancestors(pid) {
      const rows = new Map(table.rows().map((row) => [row.pid, row]));
      const found: LiveProcess[] = [];
      for (let row = rows.get(rows.get(pid)?.parent ?? 0); row !== undefined; row = rows.get(row.parent)) {
        if (found.some((one) => one.pid === row?.pid)) break;
        found.push(toLiveProcess(table, row));
      }
      return found;
    },
    tell(target, signal) {
      if (identify(table, target.pid)?.started_at !== target.started_at) return;
      try {
        process.kill(target.pid, signal);
      } catch (error) {
        // It has ended just now, or is another user's: then nothing was told.
        if (!["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      }
    },
    killTree: (request) => killTree(table, request),
  };
}

function systemTable(): ProcessTable {
  return process.platform === "darwin" ? createDarwinTable() : createLinuxTable();
}
