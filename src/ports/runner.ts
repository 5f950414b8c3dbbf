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
  /** Called once it runs, before anything is waited for. */
  onStart(pid: number): Promise<void>;
}

export interface CommandEnd {
  /** The child's own exit code; null if a signal killed it. */
  code: number | null;
  signal: string | null;
  /** Number of that signal. */
  signalNumber: number | null;
  /** A signal that told us to stop meanwhile; it was passed on to the child. */
  interruptedBy: string | null;
}

export interface Runner {
  /** Output goes to the user's stderr. @returns the exit code, 128+signal if it was killed */
  hook(request: HookRequest): Promise<number>;
  /**
   * Runs with the caller's own stdin, stdout, stderr and terminal, passing signals on.
   * @throws IncrError `command_failed` if it cannot be started
   */
  command(request: CommandRequest): Promise<CommandEnd>;
}
