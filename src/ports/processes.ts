/** What the use-cases need to know of processes: who runs, provably, and how to end them. */
import type { Lease, ProcessIdentity } from "../domain/lease.ts";

/** `unknown`: it cannot be told from here (another machine, another container, no permission). Unknown is never treated as dead. */
export type ProcessState = "alive" | "dead" | "unknown";

/** A process that was seen alive. Pid and start time together name it: a later process with the same pid has another start time. */
export interface LiveProcess {
  pid: number;
  /** As in `ProcessIdentity`: opaque, compared for equality. */
  started_at: string;
  /** Its command line, cut to one readable line. */
  command: string;
}

export interface Occupant extends LiveProcess {
  /** Its working directory, symlinks resolved. */
  cwd: string;
  /** The same relative to the folder that was asked for; empty for that folder itself. */
  within: string;
}

export interface LeaseProcesses {
  /** The owner and its child, whoever carries `INCR_LEASE_ID=<id>` in the environment, and their descendants. */
  processes: LiveProcess[];
  /** May belong to the lease: their environment cannot be read and nothing rules them out. */
  unreadable: LiveProcess[];
}

/** Whether a lease ended by itself. Only `gone: true` allows to take its workspace back. */
export type LeaseVerdict =
  | { gone: true }
  | {
      gone: false;
      reason: "held" | "owner_alive" | "child_alive" | "processes_left" | "unknown";
      /** Why, in words: `2 processes still carry the lease: 4711 npm test, …`. */
      because: string;
      /** The processes that the reason is about. */
      pids: number[];
    };

export interface KillRequest {
  /** Where to begin; a process whose start time is another one is left alone. */
  processes: readonly Pick<LiveProcess, "pid" | "started_at">[];
  /** Everything that carries this lease is ended too, wherever it went. */
  leaseId?: string;
  /** The same for another entry of the environment, `NAME=value`, in place of a lease's. */
  mark?: string;
  /** Asked first; default SIGTERM. */
  signal?: NodeJS.Signals;
  /** Milliseconds until what is left gets SIGKILL. */
  graceMs: number;
}

export interface Processes {
  /** This process. */
  currentIdentity(): ProcessIdentity;
  /** The process that has this pid now; undefined if there is none, or nothing can be read about it. */
  identify(pid: number): ProcessIdentity | undefined;
  /** State of the process that `identity` names (its child is not looked at). */
  stateOf(identity: ProcessIdentity): ProcessState;
  /** Living processes of a lease of either kind. Zombies do not count; we ourselves do if we carry it, but not as its owner. */
  findLeaseProcesses(lease: Lease): LeaseProcesses;
  /** The whole verdict on a lease that lives and dies with a process. A `held` lease is never gone. */
  isLeaseGone(lease: Lease): LeaseVerdict;
  /** The same for what `owner` does under a mark of its own in the environment, `NAME=value`. */
  isGone(owner: ProcessIdentity | undefined, mark: string): LeaseVerdict;
  /** Living processes whose working directory is `dir` or inside it, except ourselves and our ancestors. A folder of many workspaces may be asked at once. */
  findOccupants(dir: string): Occupant[];
  /** Living children, their children, and so on. */
  descendants(pid: number): LiveProcess[];
  /** The living parent of a process, its parent, and so on. */
  ancestors(pid: number): LiveProcess[];
  /** Sends a signal to one process, if it still is the one that is meant. */
  tell(process: Pick<LiveProcess, "pid" | "started_at">, signal: NodeJS.Signals): void;
  /**
   * Ends processes with all their descendants: asks, waits, then kills, and looks again until nothing is left. Neither we nor our ancestors are touched.
   * @returns what could not be ended
   */
  killTree(request: KillRequest): Promise<LiveProcess[]>;
}
