/** The processes of this machine as the kernel shows them; `linux.ts` and `darwin.ts` each read them in their own way. */

export interface ProcessRow {
  pid: number;
  /** Pid of the parent; 1 or a subreaper once the real parent is gone, 0 for what has no parent in our pid namespace. */
  parent: number;
  group: number;
  /** Session id; 0 for all where the system does not tell (macOS). */
  session: number;
  /** Opaque start time, as kept in `ProcessIdentity.started_at`. */
  startedAt: string;
  /** Short name of the program. */
  name: string;
  /** Has ended and waits to be reaped. */
  zombie: boolean;
  /** Suspended by SIGSTOP, SIGTSTP or a debugger. */
  stopped: boolean;
  /** A thread of the kernel, which has no environment. */
  kernel: boolean;
}

/**
 * What the environment of a process says about a mark: it has it, it does not, or cannot be read. Unreadable ones of other users are told apart,
 * since work that we started does not change users without leaving its parent in between.
 */
export type MarkReading = "carries" | "free" | "unreadable" | "other_user";

export interface MarkedRow extends ProcessRow {
  mark: MarkReading;
}

/** `gone`: no such process. `hidden`: there is one, or there may be one, and nothing can be read about it. */
export type Look = ProcessRow | "gone" | "hidden";

export interface ProcessTable {
  /** Name of this machine, for equality. */
  host(): string;
  /** Id of the current boot; empty if the system does not tell. */
  bootId(): string;
  /** The pid namespace that we are in, where there are such. */
  namespace(): string | undefined;
  /** False when the table shows the pids of another namespace than ours: then no pid can be looked up. */
  isOurs(): boolean;
  look(pid: number): Look;
  /** Every living process. */
  rows(): ProcessRow[];
  /** Every living process, with whether its environment has the entry `mark` (`NAME=value`). Complete: a process that was forked meanwhile is seen too. */
  survey(mark: string): MarkedRow[];
  /** Start times in order of time: a later process has a greater number; NaN for an unreadable time. */
  startOrder(startedAt: string): number;
  /** The command line on one line; the name in brackets if there is none. */
  commandOf(row: ProcessRow): string;
  /** Working directories, symlinks resolved, of all processes where they can be read. */
  directories(): Map<number, string>;
  /** Of orphans that cannot be read: without those that the system itself started, by what else is known about them. */
  withoutServices(orphans: ProcessRow[]): ProcessRow[];
}
