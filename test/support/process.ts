/** Starting real processes in tests; they are killed at the end of the test file if they still run. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { forgetGroup, rememberGroup, runId } from "./leftovers.ts";
import { waitFor } from "./wait.ts";

export type Environment = Record<string, string | undefined>;

export interface ProcessOptions {
  cwd?: string;
  /** Added to (or, when undefined, taken from) the test's own clean environment. */
  env?: Environment;
  /** What the process reads on stdin; without it stdin is empty. */
  input?: string | Buffer;
  /** Milliseconds after which the process is killed and the promise rejects; 60 s. */
  timeout?: number;
}

export interface Finished {
  /** The exit code, or 128 + number of the signal as a shell has it. */
  code: number;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout parsed as JSON. */
  json<T = any>(): T;
}

/** A process that runs. `finished` resolves when it has ended and its output is complete; a non-zero exit is no rejection. */
export interface Running {
  child: ChildProcess;
  pid: number;
  /** What has arrived so far. */
  stdout(): string;
  stderr(): string;
  finished: Promise<Finished>;
  /** To the process alone; the group is killed at the end of the test file. */
  kill(signal?: NodeJS.Signals): void;
  /** SIGKILL to the process and its group. Resolves when nothing of it lives: whoever is killed may need a while to get a processor for its end. */
  killGroup(): Promise<Finished>;
}

/** Starts a program as the leader of its own process group, so that all of it can be killed. */
export function spawnProcess(file: string, args: readonly string[], options: ProcessOptions = {}): Running {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, INCR_TEST_RUN: runId, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`cannot start ${file}`);
  rememberGroup(pid);
  child.stdin.on("error", () => undefined); // a program need not read its input
  child.stdin.end(options.input ?? "");
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const stdout = () => Buffer.concat(out).toString("utf8");
  const stderr = () => Buffer.concat(err).toString("utf8");

  const timeout = options.timeout ?? 60_000;
  const finished = new Promise<Finished>((resolve, reject) => {
    const timer = setTimeout(() => {
      process.kill(-pid, "SIGKILL");
      reject(new Error(`${file} ${args.join(" ")} ran longer than ${timeout} ms\n${stdout()}\n${stderr()}`));
    }, timeout);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      forgetGroup(pid);
      resolve({
        code: code ?? 128 + signalNumber(signal),
        signal,
        stdout: stdout(),
        stderr: stderr(),
        json: () => parseJson(stdout(), stderr()),
      });
    });
  });
  return {
    child,
    pid,
    stdout,
    stderr,
    finished,
    kill: (signal = "SIGTERM") => void child.kill(signal),
    async killGroup() {
      process.kill(-pid, "SIGKILL");
      await waitFor(`the end of all in group ${pid}`, () => !isGroupAlive(pid));
      return await finished;
    },
  };
}

/** Runs a program to its end. */
export function runProcess(file: string, args: readonly string[], options: ProcessOptions = {}): Promise<Finished> {
  return spawnProcess(file, args, options).finished;
}

/** Whether a process of the group lives; one that has ended and was not yet asked for its exit code does not. */
function isGroupAlive(group: number): boolean {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pgid=,stat="], { encoding: "utf8" });
  return stdout.split("\n").some((line) => {
    const [pgid, state = ""] = line.trim().split(/\s+/);
    return Number(pgid) === group && !/^[ZX]/.test(state);
  });
}

export function parseJson(stdout: string, stderr: string): any {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`stdout is not one JSON document: ${JSON.stringify(stdout)}\nstderr: ${stderr}`);
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  const numbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 };
  return signal === null ? 0 : (numbers[signal] ?? 0);
}
