/** Running the user's commands: hooks with their output on stderr, and one command with the caller's own terminal. */
import { constants } from "node:os";
import type { ChildProcess } from "node:child_process";
import { IncrError } from "../domain/error.ts";
import type { CaughtSignals, CommandEnd, CommandRequest, HookRequest, Runner } from "../ports/runner.ts";
import { ChildStartError, runChild, startChild } from "./child.ts";

export interface RunnerOptions {
  /** Environment of the children, before what a request adds: the caller's, without what git sets inside hooks. */
  env: NodeJS.ProcessEnv;
  /** Whether the command shares a terminal with us, which then sends its signals to both. */
  terminal(): boolean;
  /** Takes the output of hooks line by line; absent: it goes to stderr as it is. */
  onHookLine?: (line: string) => void;
}

/** What a terminal or a supervisor sends to make us stop. */
const STOPPING = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
type Stopping = (typeof STOPPING)[number];

export function createRunner({ env, terminal, onHookLine }: RunnerOptions): Runner {
  let child: ChildProcess | null = null;

  async function hook({ command, cwd, env: more }: HookRequest): Promise<number> {
    const options = { cwd, env: { ...env, ...more } };
    try {
      if (onHookLine === undefined) {
        return await exitOf(await startChild("sh", ["-c", command], { ...options, stdio: ["ignore", 2, 2] }));
      }
      const { code, signal, stdout, stderr } = await runChild("sh", ["-c", command], options);
      for (const line of `${stdout.toString("utf8")}${stderr}`.split("\n")) if (line !== "") onHookLine(line);
      return code ?? 128 + signalNumber(signal);
    } catch (error) {
      throw startFailure(error, command, cwd);
    }
  }

  async function catchSignals<T>(work: (signals: CaughtSignals) => Promise<T>): Promise<T> {
    let first: string | null = null;
    const listener = (signal: Stopping): void => {
      // A key pressed at the terminal reaches the child without us, and what it means is the child's affair.
      const typed = (signal === "SIGINT" || signal === "SIGQUIT") && terminal();
      if (typed && child !== null) return;
      first ??= signal;
      child?.kill(signal);
    };
    for (const signal of STOPPING) process.on(signal, listener);
    try {
      return await work({ interruptedBy: () => first });
    } finally {
      for (const signal of STOPPING) process.off(signal, listener);
    }
  }

  async function command(request: CommandRequest): Promise<CommandEnd> {
    const options = { cwd: request.cwd, env: { ...env, ...request.env }, stdio: "inherit" as const };
    let started: ChildProcess;
    try {
      started = await startChild(request.file, request.args, options);
    } catch (error) {
      throw startFailure(error, request.file, request.cwd);
    }
    child = started;
    const ended = new Promise<CommandEnd>((resolve) => {
      started.once("exit", (code, signal) => {
        child = null;
        resolve({ code, signal, signalNumber: signal === null ? null : signalNumber(signal) });
      });
    });
    // One that came while the child was being made was noted, and nobody passed it on.
    const early = request.signals.interruptedBy();
    if (early !== null) started.kill(early as NodeJS.Signals);
    if (started.pid !== undefined) await request.onStart(started.pid);
    return await ended;
  }

  return { hook, catchSignals, command };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : (constants.signals[signal] ?? 0);
}

function startFailure(error: unknown, command: string, cwd: string): unknown {
  if (!(error instanceof ChildStartError)) return error;
  const why =
    error.errno === "ENOENT"
      ? "there is no such program"
      : error.errno === "EACCES"
        ? "it is not executable"
        : error.errno;
  return new IncrError("command_failed", `${command} could not be started: ${why}`, {
    hint: "check its name and the PATH",
    data: { command, cwd, errno: error.errno },
    cause: error,
  });
}
