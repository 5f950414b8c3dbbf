/** Tests that read like a terminal session: each line is run by a real bash with `incr` and `work` on its PATH. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { INCR, WORK } from "./incr.ts";
import {
  runProcess,
  spawnProcess,
  type Environment,
  type Finished,
  type ProcessOptions,
  type Running,
} from "./process.ts";
import type { TestRepo } from "./repo.ts";
import { makeTempDir } from "./temp.ts";

export interface Terminal {
  /** Where the next line runs; assign to it, or use `in`. */
  cwd: string;
  /** Environment of every line. */
  env: Environment;
  /** Runs one line, whatever its exit code. */
  run(line: string, options?: ProcessOptions): Promise<Finished>;
  /** Runs one line that must succeed, and returns its stdout without the last newline. */
  ok(line: string, options?: ProcessOptions): Promise<string>;
  /** Runs one line that must fail with `code`, and returns its stderr. */
  fails(code: number, line: string, options?: ProcessOptions): Promise<string>;
  /** Runs one line that must succeed and prints one JSON document, and returns that. */
  json<T = any>(line: string, options?: ProcessOptions): Promise<T>;
  /** Starts one line and returns while it runs. */
  start(line: string, options?: ProcessOptions): Running;
  /** A terminal on the same machine that stands in another folder. */
  in(cwd: string): Terminal;
}

/** Opens a terminal in the repository's checkout, with its state and data folders. */
export function openTerminal(repo: Pick<TestRepo, "root" | "env">): Terminal {
  return terminalIn(repo.root, { ...repo.env, PATH: `${makeBinDir()}:${process.env["PATH"]}` });
}

function terminalIn(start: string, env: Environment): Terminal {
  const terminal: Terminal = {
    cwd: start,
    env,
    run: (line, options) => runProcess("bash", ["-c", line], place(options)),
    async ok(line, options) {
      const result = await terminal.run(line, options);
      if (result.code !== 0) throw new Error(`${transcript(line, result)}\nit should have succeeded`);
      return result.stdout.replace(/\n$/, "");
    },
    async fails(code, line, options) {
      const result = await terminal.run(line, options);
      if (result.code !== code) throw new Error(`${transcript(line, result)}\nit should have ended with ${code}`);
      return result.stderr;
    },
    async json(line, options) {
      const result = await terminal.run(line, options);
      if (result.code !== 0) throw new Error(`${transcript(line, result)}\nit should have succeeded`);
      return result.json();
    },
    start: (line, options) => spawnProcess("bash", ["-c", `exec ${line}`], place(options)),
    in: (cwd) => terminalIn(cwd, env),
  };
  const place = (options: ProcessOptions = {}): ProcessOptions => ({
    ...options,
    cwd: options.cwd ?? terminal.cwd,
    env: { ...terminal.env, ...options.env },
  });
  return terminal;
}

/** A folder for PATH in which `incr` and `work` are those of the test build. */
export function makeBinDir(): string {
  const folder = makeTempDir("incr-bin-");
  symlinkSync(INCR, join(folder, "incr"));
  symlinkSync(WORK, join(folder, "work"));
  return folder;
}

function transcript(line: string, result: Finished): string {
  return `$ ${line}\n${result.stdout}${result.stderr}(exit ${result.code})`;
}
