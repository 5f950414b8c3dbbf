/** Who a process is, and whether it still lives. */
import type { ProcessIdentity } from "../domain/lease.ts";
import type { ProcessState } from "../ports/processes.ts";
import type { ProcessRow, ProcessTable } from "./table.ts";

/** A state with the reason where it is not known. `reboot`: dead with everything else that ran then. */
export type Examination =
  | { state: "alive"; row: ProcessRow }
  | { state: "dead"; reboot: boolean }
  | { state: "unknown"; why: string };

/** The identity of the process that has `pid` now; undefined if it is gone or cannot be looked up from here. */
export function identify(table: ProcessTable, pid: number): ProcessIdentity | undefined {
  const row = table.isOurs() ? table.look(pid) : "hidden";
  return typeof row !== "object" || row.zombie ? undefined : identityOf(table, pid, row.startedAt);
}

/** An identity on this machine, this boot and in this pid namespace. An unreadable start time is kept empty, and matches nothing. */
export function identityOf(table: ProcessTable, pid: number, startedAt: string): ProcessIdentity {
  const namespace = table.namespace();
  return {
    host: table.host(),
    boot_id: table.bootId(),
    ...(namespace === undefined ? {} : { pid_namespace: namespace }),
    pid,
    started_at: startedAt,
  };
}

/** `examine` without the reasons. */
export function stateOf(table: ProcessTable, identity: ProcessIdentity): ProcessState {
  return examine(table, identity).state;
}

/** Whether the process named by `identity` lives, from the strongest evidence to the weakest. Whatever cannot be read is `unknown`. */
export function examine(table: ProcessTable, identity: ProcessIdentity): Examination {
  if (identity.boot_id === "" || table.bootId() === "") return { state: "unknown", why: "the boot is not known" };
  // A boot id is random, so an equal one means this very kernel, whatever the machine is called by now.
  if (identity.boot_id !== table.bootId()) {
    if (identity.host === table.host()) return { state: "dead", reboot: true };
    return { state: "unknown", why: `it belongs to another machine, ${machineName(identity.host)}` };
  }
  if (identity.pid_namespace !== table.namespace() || !table.isOurs()) {
    return { state: "unknown", why: "it belongs to another container (pid namespace)" };
  }
  const row = table.look(identity.pid);
  if (row === "gone" || (typeof row === "object" && row.zombie)) return { state: "dead", reboot: false };
  if (row === "hidden" || identity.started_at === "") {
    return { state: "unknown", why: `process ${identity.pid} cannot be inspected` };
  }
  if (row.startedAt !== identity.started_at) return { state: "dead", reboot: false };
  return { state: "alive", row };
}

/** The part of a host that people know. */
function machineName(host: string): string {
  return host.split("/")[0] ?? host;
}
