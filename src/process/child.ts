/** The only door to child processes: argv arrays, never shell strings. */
import type { ChildProcess, StdioOptions } from "node:child_process";

/** Loaded by the first child: commands that only read our own files start faster without it. */
const childProcess = () => process.getBuiltinModule("node:child_process");

export interface ChildOptions {
  cwd?: string;
  /** The whole environment of the child; absent: ours. */
  env?: NodeJS.ProcessEnv;
  /** Written to the child's stdin, which is then closed; absent: stdin is empty. */
  input?: string | Uint8Array;
  /** `inherit` gives the child our terminal (all three streams); stdout and stderr of the result are then empty. Default `capture`. */
  stdio?: "capture" | "inherit";
  /** Called with each piece of output as it comes, besides collecting it. */
  onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /** Ends the child with SIGTERM after this many milliseconds. */
  timeoutMs?: number;
}

export interface ChildResult {
  /** Exit code, null if a signal ended the child. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

/** A program that could not be started at all: not found, not executable, or its folder is missing. */
export class ChildStartError extends Error {
  readonly file: string;
  readonly errno: string;
  constructor(file: string, cause: NodeJS.ErrnoException) {
    super(cause.message, { cause });
    this.file = file;
    this.errno = cause.code ?? "unknown";
  }
}

/**
 * Runs a program to its end.
 * @throws ChildStartError when it cannot be started; an exit code or a signal is a result, not an error.
 */
export function runChild(file: string, args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
  const inherit = options.stdio === "inherit";
  return new Promise((resolve, reject) => {
    const child = childProcess().spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      timeout: options.timeoutMs,
      stdio: inherit ? "inherit" : [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout.push(chunk);
      options.onOutput?.("stdout", chunk);
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr.push(chunk);
      options.onOutput?.("stderr", chunk);
    });
    child.once("error", (error) => reject(new ChildStartError(file, error)));
    child.once("close", (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") }),
    );
    if (options.input !== undefined && child.stdin) {
      // A child that does not read its input to the end closes the pipe: its exit code tells, not our EPIPE.
      child.stdin.on("error", () => {});
      child.stdin.end(options.input);
    }
  });
}

/** `runChild` for the few places that cannot wait (process facts on macOS). */
export function runChildSync(file: string, args: readonly string[], options: ChildOptions = {}): ChildResult {
  const result = childProcess().spawnSync(file, args, {
    cwd: options.cwd,
    env: options.env,
    input: options.input,
    timeout: options.timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    stdio: options.stdio === "inherit" ? "inherit" : ["pipe", "pipe", "pipe"],
  });
  if (result.error && result.status === null && result.signal === null) throw new ChildStartError(file, result.error);
  return {
    code: result.status,
    signal: result.signal,
    stdout: result.stdout ?? Buffer.alloc(0),
    stderr: result.stderr?.toString("utf8") ?? "",
  };
}

export interface StartOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  stdio?: StdioOptions;
  /** A process group of its own, without our terminal. */
  detached?: boolean;
}

/**
 * Starts a program and leaves its streams and its end to the caller. Resolves once it runs.
 * @throws ChildStartError when it cannot be started.
 */
export function startChild(file: string, args: readonly string[], options: StartOptions = {}): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = childProcess().spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: options.stdio ?? "inherit",
      detached: options.detached ?? false,
    });
    child.once("spawn", () => resolve(child));
    child.once("error", (error) => reject(new ChildStartError(file, error)));
  });
}
