/** What the use-cases need of a journal: its files, and what git says of the repository around it. */
import type { JournalConfig } from "../domain/journal/config.ts";
import type { CommitCounts, WorkingTree } from "../domain/journal/counts.ts";
import type { DailyEntry } from "../domain/journal/daily-log.ts";
import type { JournalEvent, NoteEvent, Place } from "../domain/journal/event.ts";
import type { Report } from "../domain/journal/report.ts";
import type { CurrentSession } from "../domain/journal/records.ts";
import type { JournalState } from "../domain/journal/state.ts";

/** What a decision changes; absent parts stay as they are. */
export interface JournalChange<T> {
  /** Sessions that ended in it are unfinished in its bookkeeping: their files are written once it is saved. */
  state?: JournalState;
  /** The state holds all that the spooled events did: their files are removed once it is saved. */
  tookSpool?: boolean;
  /** Entries of the notes that it added. */
  entries?: readonly DailyEntry[];
  result: T;
}

export interface JournalView {
  state: JournalState;
  /** Events that wait to be applied, in no order. */
  spooled: JournalEvent[];
  /** Sessions whose ending was left half written, and is whole now. */
  finished: Report[];
}

export interface Journal {
  /** Folder that `.work-shell` and `work-shell.md` lie in; absolute. */
  readonly root: string;
  /** Null where there is no repository. */
  readonly git: JournalGit | null;
  /** Whether somebody began a journal here. */
  exists(): boolean;
  /** What is wrong with the file is told by `notify`, and the default stands. Errors: `io`. */
  config(): Promise<JournalConfig>;
  /** As of now: no lock, nothing written. Errors: `corrupt`, `newer_state`, `io`. */
  read(): Omit<JournalView, "finished">;
  /**
   * Finishes what an earlier change left half written, then decides alone and keeps the outcome, durably: when the promise resolves, whatever happens later
   * loses none of it and writes none of it twice. `decide` may be given up by returning no state.
   * Errors: `corrupt`, `newer_state`, `busy`, `io`, and what `decide` throws.
   */
  change<T>(decide: (view: JournalView) => JournalChange<T>, options?: { waitMs?: number }): Promise<T>;
  /** Puts an event aside, durably, for the next change to apply. Errors: `io`. */
  spool(event: JournalEvent): void;
  /**
   * Keeps a note although the state cannot be changed: in the spool, and in the daily log unless that is busy. Returns whether it is in the log.
   * Errors: `io`.
   */
  keepAside(event: NoteEvent, entry: DailyEntry): Promise<boolean>;
  /** Whether there are files of a session of that id. */
  hasReport(id: string): boolean;
  /** Newest first. */
  listReportIds(): string[];
  /** Undefined if there is none. Errors: `corrupt`, `io`. */
  readReport(id: string): Report | undefined;
}

/** `null` means without end: HEAD as it is now. */
export type Until = string | null;

/** Whether the journal's files were committed, and if not, why. */
export type JournalCommit =
  | { kind: "committed"; commit: string; parent: string }
  | { kind: "nothing" }
  | { kind: "skipped"; why: string };

/** git, as far as a journal asks it. What git cannot say is unknown, never an error: a journal goes on without it. */
export interface JournalGit {
  /** Branch and commits that the caller's worktree and the main checkout stand at, read from files where that is possible. `quick` never starts git. */
  place(options?: { quick?: boolean }): Promise<Place>;
  /** What is not committed in the caller's worktree; null if it is bare, or git does not answer within a moment. */
  workingTree(): Promise<WorkingTree | null>;
  /** Times at which HEAD moved in the worktrees of a session, since its start. */
  headMoves(session: CurrentSession): Promise<string[]>;
  /** What was committed in the worktrees of a session up to a moment. */
  countCommits(session: CurrentSession, until: Until): Promise<CommitCounts>;
  /** Commits the journal's own files in the main checkout, and nothing else: what is staged stays staged, what is changed stays changed. */
  commitJournal(message: string): Promise<JournalCommit>;
}
