/** What carrying out batches needs of the machine: a log that several processes write and read, processes that outlive us, terminals for them. */
import type { ConductEvent } from "../domain/stream/conduct.ts";

export interface ConductLog {
  /** Absolute. */
  readonly path: string;
  /** Errors: `io`. */
  append(event: ConductEvent): void;
  /** The events from a place in the file on. A last line that is not whole yet is left for the next time. A missing file has none. */
  read(from?: number): { events: ConductEvent[]; next: number };
}

export interface Conduct {
  /** The log of one stream: that of all its conductors, one after the other. */
  log(repo: string, stream: string): ConductLog;
  /** Starts this program with other words, without our terminal and outside of our session; its output goes to a file beside the log. Errors: `command_failed`. @returns its pid */
  startDetached(words: readonly string[], log: ConductLog): Promise<number>;
  /** Terminals of a stream's own. */
  terminals(repo: string, stream: string): Terminals;
}

export interface Pane {
  /** The id that tmux gave it: `%3`. */
  id: string;
  /** Of the program in it. */
  pid: number;
}

/** A server of tmux for one stream, with one session. */
export interface Terminals {
  /** Whether there is such a program. */
  isInstalled(): boolean;
  /** What a person types to look at it. */
  readonly attach: string;
  /** Whether the server runs. */
  isOpen(): Promise<boolean>;
  /** Starts the server with this program of ours in the first window. Errors: `command_failed`. */
  open(name: string, words: readonly string[]): Promise<Pane>;
  /** The same in a window more. Errors: `command_failed`. */
  add(name: string, words: readonly string[]): Promise<Pane>;
  /** Takes a window away, with what runs in it. One that is gone already is none. */
  close(pane: Pick<Pane, "id">): Promise<void>;
  /** Ends the server with everything in it. */
  closeAll(): Promise<void>;
}
