/** Running commands of the user's: hooks of a workspace, the command of `session run`. */

export interface HookRequest {
  /** A shell command line from the configuration. */
  command: string;
  cwd: string;
  /** Added to the caller's environment. */
  env: Record<string, string>;
}

export interface CommandRequest {
  file: string;
  args: string[];
  cwd: string;
  /** Added to the caller's environment. */
  env: Record<string, string>;
  signals: CaughtSignals;
  /** Called once it runs, before anything is waited for. */
  onStart(pid: number): Promise<void>;
}

export interface CommandEnd {
  /** The child's own exit code; null if a signal killed it. */
  code: number | null;
  signal: string | null;
  /** Number of that signal. */
  signalNumber: number | null;
}

/** Signals that told us to stop since we began to listen. */
export interface CaughtSignals {
  /** The first one, such as `SIGTERM`. One that was typed at a terminal while a child ran is the child's own affair and does not count. */
  interruptedBy(): string | null;
  /** Those that were typed at a terminal while a child ran, and reached it too. */
  typed(): readonly string[];
  /** Calls back with the first one, at once if it has come already. For work that is no child of the runner's. */
  onInterrupt(listener: (signal: string) => void): void;
}

export interface Runner {
  /** Output goes to the user's stderr. @returns the exit code, 128+signal if it was killed */
  hook(request: HookRequest): Promise<number>;
  /** While `work` runs, SIGINT, SIGTERM and SIGHUP do not end us: they are noted, and passed on to the command that runs. */
  catchSignals<T>(work: (signals: CaughtSignals) => Promise<T>): Promise<T>;
  /**
   * Runs with the caller's own stdin, stdout, stderr and terminal, passing signals on.
   * @throws IncrError `command_failed` if it cannot be started
   */
  command(request: CommandRequest): Promise<CommandEnd>;
}
