/** Running the user's commands: hooks with their output on stderr, and one command with the caller's own terminal. */
import { constants } from "node:os";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { IncrError } from "../domain/error.ts";
import type { CaughtSignals, CommandEnd, CommandRequest, HookRequest, Runner } from "../ports/runner.ts";
import { ChildStartError, startChild } from "./child.ts";
import { hasMissed, isInForeground } from "./foreground.ts";

export interface RunnerOptions {
  /** Environment of the children, before what a request adds: the caller's, without what git sets inside hooks. */
  env: NodeJS.ProcessEnv;
  /** Whether we have a terminal, where the system does not say whether its keys reach us: then they reach the command too. */
  terminal(): boolean;
  /** Pids of everything that a process has started. */
  descendants(pid: number): number[];
  /** Takes the output of hooks line by line; absent: it goes to stderr as it is. */
  onHookLine?: (line: string) => void;
}

/** What a terminal or a supervisor sends to make us stop. */
const STOPPING = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
type Stopping = (typeof STOPPING)[number];

/** The kernel tells all of a foreground group of a key at once; this is for a busy machine. */
const MISSED_AFTER_MS = 100;

export function createRunner({ env, terminal, descendants, onHookLine }: RunnerOptions): Runner {
  /** The hook or command that runs now. */
  let child: ChildProcess | null = null;
  let isHook = false;
  let commandRan = false;

  async function hook({ command, cwd, env: more }: HookRequest): Promise<number> {
    const lines = onHookLine === undefined ? null : onHookLine;
    const stdio = lines === null ? (["ignore", 2, 2] as const) : (["ignore", "pipe", "pipe"] as const);
    let started: ChildProcess;
    try {
      started = await startChild("sh", ["-c", command], { ...place(cwd, more), stdio: [...stdio] });
    } catch (error) {
      throw startFailure(error, command, cwd);
    }
    const told = lines === null ? [] : [started.stdout, started.stderr].map((stream) => tellLines(stream, lines));
    isHook = true;
    const end = await untilEnd(started);
    // What it left running in the background may keep the streams open.
    await Promise.race([Promise.all(told), new Promise((resolve) => setTimeout(resolve, 200).unref())]);
    return end.code ?? 128 + (end.signalNumber ?? 0);
  }

  async function catchSignals<T>(work: (signals: CaughtSignals) => Promise<T>): Promise<T> {
    let first: string | null = null;
    const typed = new Set<string>();
    const waiting: ((signal: string) => void)[] = [];
    const listener = (signal: Stopping): void => {
      // A key pressed at the terminal reaches the child without us, and what it means is the child's affair.
      const key = (signal === "SIGINT" || signal === "SIGQUIT") && (isInForeground() ?? terminal());
      // Its end may be heard of before the key that ended it.
      if (key && (child !== null || commandRan)) {
        typed.add(signal);
        if (child !== null) setTimeout(passOnMissed, MISSED_AFTER_MS, child, signal).unref();
        return;
      }
      passOn(signal);
    };
    /** What looked like a key was sent to us alone if the command goes on although it would have died of it. */
    const passOnMissed = (told: ChildProcess, signal: Stopping): void => {
      if (child !== told || told.pid === undefined || !hasMissed(told.pid, signalNumber(signal))) return;
      typed.delete(signal);
      passOn(signal);
    };
    const passOn = (signal: Stopping): void => {
      first ??= signal;
      if (isHook && child?.pid !== undefined) for (const pid of descendants(child.pid)) send(pid, signal);
      child?.kill(signal);
      for (const tell of waiting.splice(0)) tell(signal);
    };
    const onInterrupt = (tell: (signal: string) => void): void => {
      if (first === null) waiting.push(tell);
      else tell(first);
    };
    for (const signal of STOPPING) process.on(signal, listener);
    try {
      return await work({ interruptedBy: () => first, typed: () => [...typed], onInterrupt });
    } finally {
      for (const signal of STOPPING) process.off(signal, listener);
    }
  }

  async function command(request: CommandRequest): Promise<CommandEnd> {
    let started: ChildProcess;
    try {
      started = await startChild(request.file, request.args, { ...place(request.cwd, request.env), stdio: "inherit" });
    } catch (error) {
      throw startFailure(error, request.file, request.cwd);
    }
    isHook = false;
    commandRan = true;
    const ended = untilEnd(started);
    // One that came while the child was being made was noted, and nobody passed it on.
    const early = request.signals.interruptedBy();
    if (early !== null) started.kill(early as NodeJS.Signals);
    if (started.pid !== undefined) await request.onStart(started.pid);
    return await ended;
  }

  return { hook, catchSignals, command };

  /** Programs that trust PWD would otherwise believe to be where we are. */
  function place(cwd: string, more: Record<string, string>) {
    return { cwd, env: { ...env, PWD: cwd, ...more } };
  }

  /** From now until its end, `started` is who gets the signals that we get. */
  function untilEnd(started: ChildProcess): Promise<CommandEnd> {
    child = started;
    return new Promise((resolve) => {
      started.once("exit", (code, signal) => {
        child = null;
        resolve({ code, signal, signalNumber: signal === null ? null : signalNumber(signal) });
      });
    });
  }
}

/** A shell that is told to stop does not tell what it waits for. */
function send(pid: number, signal: Stopping): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

/** Resolves when the stream has ended. */
function tellLines(stream: Readable | null, tell: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (stream === null) return resolve();
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") tell(line);
    });
    stream.once("close", () => {
      if (rest !== "") tell(rest);
      resolve();
    });
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
