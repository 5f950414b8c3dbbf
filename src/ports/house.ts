/**
 * The house: our own folders and files as files, for the few use-cases that care for them (doctor, status, import). What is in them as records is the
 * store's affair. All paths are absolute.
 */
import type { State } from "../domain/records.ts";
import type { WorkspaceSighting } from "../domain/rebuild.ts";

/** What became of a file of ours. `damaged`: it is there and cannot be understood; it is left as it is until somebody asks for a repair. */
export type FileHealth =
  | { kind: "good" | "missing" }
  | { kind: "damaged" | "newer" | "unreadable"; problem: string; data: Record<string, unknown> };

export interface StateHealth {
  path: string;
  health: FileHealth;
  /** The copy of the save before the last one, if it can be read. */
  backup: { path: string; saved_at: string } | null;
}

/** What a repair of `state.json` did. */
export interface RebuildReport {
  /** Where the damaged file is kept; null if there was none. */
  aside: string | null;
  /** When the copy was saved that the records come of; null without one. */
  backup_of: string | null;
  /** Records that were read from the damaged file itself. */
  salvaged: number;
  /** Workspaces that are held by an unknown person now, since nothing says who has them. */
  held: string[];
}

export interface HistoryHealth {
  path: string;
  lines: number;
  /** Lines that every reader skips, counted from 1. */
  bad: { line: number; problem: string }[];
}

/** A file or folder of ours that others can look into, or that we ourselves cannot use. */
export interface ModeProblem {
  path: string;
  /** The permission bits that it has, such as 0o755. */
  mode: number;
  /** Those that it should have. */
  wanted: number;
  /** Whether it is ours to change. */
  owned: boolean;
}

export interface LockHealth {
  path: string;
  /** `broken`: the file system grants a lock twice, or has none. */
  state: "free" | "held" | "broken";
  problem: string | null;
  /** Who says to hold it; in a free lock, one that died. */
  holder: { pid: number; command: string; since: string } | null;
}

/** Something in the folder of workspaces. */
export interface WorkspaceFolder extends WorkspaceSighting {
  /** False for files, and for folders that are named otherwise than workspaces are. */
  named: boolean;
}

/** The log of one agent session. */
export interface AgentLogFile {
  /** Absolute. */
  path: string;
  /** Of the session. */
  id: string;
  bytes: number;
  /** When its last event was written, ISO. */
  written_at: string;
}

export interface House {
  /** Holds `state.json`, history and `trust.json`. */
  readonly stateDir: string;
  /** Holds `<repo>/ws-001`. */
  readonly workspacesDir: string;

  examineState(): StateHealth;
  /**
   * Puts a damaged or vanished `state.json` right, alone among all writers: what was there is set aside, the records come of the last good copy and of
   * whatever can still be read, and every workspace on disk that these do not account for is marked as held. Null if it could be read by then.
   * Errors: `newer_state`, `busy`, `io`; nothing was changed then.
   */
  rebuildState(request: { now: Date; randomText: (n: number) => string }): Promise<RebuildReport | null>;

  checkHistory(): HistoryHealth[];
  /** Moves the lines that cannot be read into a file of their own, which is named. Errors: `busy`, `io`. */
  setHistoryLinesAside(path: string, now: Date): Promise<{ aside: string; lines: number }>;

  examineTrust(): { path: string; health: FileHealth };
  /** Moves a damaged `trust.json` away, which takes every consent back. Null if it could be read by then. Errors: `busy`, `io`. */
  setTrustAside(now: Date): Promise<string | null>;

  /** What writers that died left over. Asks for no lock, so that some of it may belong to a writer that lives. */
  listLeftovers(commonDir: string | null): string[];
  /** Removes those that no living writer can have, and names them. */
  sweepLeftovers(commonDir: string | null): Promise<string[]>;

  /** The logs of one repository's agent sessions. Errors: `io`. */
  listAgentLogs(repo: string): AgentLogFile[];
  /** Removes one. Errors: `io`. */
  removeAgentLog(path: string): void;

  listModeProblems(): ModeProblem[];
  /** Gives `problem.path` the mode that it should have, unless it was changed since. */
  mendMode(problem: ModeProblem): void;

  /** The lock files that there are: of the state, and of the repository whose common git directory is given. */
  checkLocks(commonDir: string | null): Promise<LockHealth[]>;
  /** Takes away the name of a holder that died. */
  clearLockHolder(path: string): Promise<void>;

  /** What is in the folder of workspaces, for all repositories. Errors: `io`. */
  listFolders(): WorkspaceFolder[];
  /** What git's own files say about a folder; git is not started. */
  sight(path: string): Omit<WorkspaceSighting, "repo" | "name" | "path">;
  /** Bytes on disk, in the order of `paths`; null for what is gone or takes longer than `timeoutMs` altogether. */
  diskUse(paths: readonly string[], timeoutMs: number): Promise<(number | null)[]>;
  isThere(path: string): boolean;
  /** Root of the repository whose checkout (main or linked) is at `path`, or that is there itself if it is bare; null if there is none. */
  repositoryAt(path: string): string | null;
  /** A path as somebody wrote it: absolute, `~` and symlinks resolved, and the main checkout's root if it is a checkout of a repository. */
  sourcePath(path: string): string;

  /** Version of the git that is used, such as `2.39.5`; null if it cannot be started. */
  gitVersion(): Promise<string | null>;
  /** What is wrong with the user's own configuration file, in one line. */
  examineUserConfig(): Promise<string | null>;

  /** The state file of the program's older name, if there is one. */
  olderStateFile(): string | null;
  /** Any state file of the shared format, put right where other writers differ. Errors: `corrupt`, `newer_state`, `not_found`, `io`. */
  readStateFile(path: string): State;
}
