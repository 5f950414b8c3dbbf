/** What jobs need besides agents: the answers that agents leave in files, test commands, the log. */
import type { MARKER_FILES } from "../domain/own-files.ts";
import type { LoggedJobEvent } from "../domain/job/event.ts";

export type AnswerFile = (typeof MARKER_FILES)[number];

/** The log of one job: only ever appended to, readable while it is written. */
export interface JobLog {
  /** Absolute. */
  readonly path: string;
  /** @throws IncrError `io` */
  append(event: LoggedJobEvent): void;
  /** The events from a place in the file on. A last line that is not whole yet is left for the next time. A missing file has none. */
  read(from?: number): { events: LoggedJobEvent[]; next: number };
}

export interface TestLaunch {
  /** A shell command line from the configuration. */
  command: string;
  cwd: string;
  /** Added to the caller's environment. */
  env: Record<string, string>;
  /** Called with whole lines as they come, standard output and error in one. */
  onOutput(text: string): void;
}

/** A test command at work, in a process group of its own. */
export interface RunningTest {
  pid: number;
  /** Resolves when it has ended and its output was read. */
  ended: Promise<{ code: number | null; signal: string | null }>;
}

export interface Jobs {
  log(file: string): JobLog;
  /** Content of an answer at the root of a worktree; null if there is no such file, or it is no plain file. @throws IncrError `io` */
  readAnswer(folder: string, name: AnswerFile): string | null;
  writeAnswer(folder: string, name: AnswerFile, text: string): void;
  /** Whatever stands there, so that an old answer is not taken for a new one. @throws IncrError `io` */
  removeAnswer(folder: string, name: AnswerFile): void;
  /** @throws IncrError `command_failed` if it cannot be started */
  startTest(launch: TestLaunch): Promise<RunningTest>;
}
