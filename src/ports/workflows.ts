/** Where workflows in progress and the archives of past ones are kept: files of the repository, which scripts change too. */
import type { WorkflowState } from "../domain/workflow.ts";

export interface Workflows {
  /** Names of the workflows that have a file, sorted by code unit. */
  names(): string[];
  /** As of now, without any lock; null if there is no file. Errors: `corrupt`, `io`. */
  read(workflow: string): WorkflowState | null;
  /** Text of an archive, by the name of its file; null if there is none. Errors: `io`. */
  readArchive(file: string): string | null;
  /** Whether the name is taken. */
  hasArchive(file: string): boolean;
  /** Absolute path of an archive. */
  archivePath(file: string): string;
  /**
   * Runs `work` with the workflow's lock held, which the scripts respect; what is changed is on the disk when the change returns.
   * Errors: `busy`, `corrupt`, `io`, and what `work` throws.
   */
  exclusively<R>(workflow: string, work: (held: HeldWorkflow) => R | Promise<R>): Promise<R>;
  /** Removes the workflow's file unread, whatever it holds; false if there is none. Errors: `busy`, `io`. */
  discard(workflow: string): Promise<boolean>;
}

export interface HeldWorkflow {
  /** Null if there is no file. */
  readonly state: WorkflowState | null;
  write(state: WorkflowState): void;
  remove(): void;
  /** Makes an archive, whole or not at all; false, and nothing done, if there is a file of that name. */
  createArchive(file: string, text: string): boolean;
}
