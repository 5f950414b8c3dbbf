/** The real process around a command line: its terminal, environment, clock and folders. Tests hand in another one. */
import { fstatSync } from "node:fs";
import type { App } from "../usecases/app.ts";
import type { Context, Environment } from "./context.ts";
import { enterDirectory } from "./directory.ts";
import { descriptorSink, type Sink } from "./sink.ts";

/** One of the output streams, and what it leads to. */
export interface Terminal extends Sink {
  readonly isTTY: boolean;
  /** Columns; infinite when it is no terminal. */
  readonly width: number;
}

export interface Host {
  program: "incr" | "work";
  env: Environment;
  now(): Date;
  stdout: Terminal;
  stderr: Terminal;
  stdin: Context["stdin"];
  /** How long an update of a workstream waits for its lock, where that is not as long as usual. */
  lockTimeoutMs?: number;
  /**
   * The absolute current directory, after changing to `directory` if one is given.
   * @throws IncrError `invalid_input` or `io` if there is no such directory
   */
  enter(directory: string | undefined): string;
  createApp(ctx: Context): Promise<App>;
}

/** The host of a program that was started from a shell. Reads the terminal only when somebody asks for it: that costs as much as our whole start. */
export function processHost(program: Host["program"], env: Environment): Host {
  return {
    program,
    env,
    now: clock(env),
    stdout: terminalSink(1),
    stderr: terminalSink(2),
    stdin: {
      get isTTY() {
        return isTerminal(0);
      },
      read: readStdin,
    },
    enter: enterDirectory,
    createApp: async (ctx) => (await import("./compose.ts")).createApp(ctx),
  };
}

declare const __INCR_FAULTS__: boolean | undefined;

/** The system's clock; in a test build `INCR_TEST_NOW` may say what time it is. */
function clock(env: Environment): () => Date {
  const set = typeof __INCR_FAULTS__ !== "undefined" && __INCR_FAULTS__ ? env["INCR_TEST_NOW"] : undefined;
  return () => (set === undefined ? new Date() : new Date(set));
}

function terminalSink(fd: 1 | 2): Terminal {
  const sink = descriptorSink(fd);
  return {
    write: sink.write,
    flush: sink.flush,
    get isTTY() {
      return isTerminal(fd);
    },
    get width() {
      if (!isTerminal(fd)) return Number.POSITIVE_INFINITY;
      return (fd === 1 ? process.stdout : process.stderr).columns || 80;
    },
  };
}

/** `/dev/null` of Linux. */
const NULL_DEVICE = 0x103;

/** Pipes, files and `/dev/null` are told apart by their descriptor alone; only another device needs the terminal module, which takes a while to load. */
function isTerminal(fd: 0 | 1 | 2): boolean {
  try {
    const stat = fstatSync(fd);
    if (!stat.isCharacterDevice() || (stat.rdev === NULL_DEVICE && process.platform === "linux")) return false;
    return process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return false; // the descriptor is closed
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
