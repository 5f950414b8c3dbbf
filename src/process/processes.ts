/** The port `Processes` on this machine. */
import type { Processes } from "../ports/processes.ts";
import { createDarwinTable } from "./darwin.ts";
import { identify, identityOf, stateOf } from "./identity.ts";
import { killTree } from "./kill.ts";
import { findLeaseProcesses, isLeaseGone, toLiveProcess } from "./lease.ts";
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
    findOccupants: (dir) => findOccupants(table, dir),
    descendants(pid) {
      const rows = table.rows();
      const found = withDescendants(rows, [pid]);
      return rows.filter((row) => row.pid !== pid && found.has(row.pid)).map((row) => toLiveProcess(table, row));
    },
    killTree: (request) => killTree(table, request),
  };
}

function systemTable(): ProcessTable {
  return process.platform === "darwin" ? createDarwinTable() : createLinuxTable();
}
