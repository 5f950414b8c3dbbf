/**
 * Runs `incr` inside the test, with the real state, git and files: for what a test sets up before it begins and looks up after its end, since starting node takes
 * longer than most commands do. What a test is about runs as a process of its own (`runIncr`, `openTerminal`).
 */
import { createRequire } from "node:module";
import { inject } from "vitest";
import type { Terminal } from "../../src/cli/host.ts";
import type * as Program from "./inside-program.ts";
import { parseJson, type Environment, type Finished } from "./process.ts";

let program: typeof Program | undefined;

/** Runs `incr <words>` as if it had been started in `cwd`, with `env` added to the test's own environment and nothing on stdin. */
export async function runInside(
  words: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Environment },
): Promise<Finished> {
  program ??= createRequire(import.meta.url)(inject("insideProgram")) as typeof Program;
  const written = { stdout: "", stderr: "" };
  const pipe = (name: keyof typeof written): Terminal => ({
    write: (chunk) => void (written[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8")),
    flush: () => Promise.resolve(),
    isTTY: false,
    width: Number.POSITIVE_INFINITY,
  });
  const code = await program.runCommandLine(program.REGISTRY, words, {
    ...program.processHost("incr", { ...process.env, ...env }),
    stdout: pipe("stdout"),
    stderr: pipe("stderr"),
    stdin: { isTTY: false, read: () => Promise.resolve("") },
    enter: (directory) => directory ?? cwd,
  });
  return { code, signal: null, ...written, json: () => parseJson(written.stdout, written.stderr) };
}

/** Runs `incr <words> --json` inside the test, which has to succeed, and returns its answer. */
export async function askInside<T = any>(
  words: readonly string[],
  place: { cwd: string; env?: Environment },
): Promise<T> {
  const result = await runInside([...words, "--json"], place);
  if (result.code !== 0) throw new Error(`incr ${words.join(" ")} ended with ${result.code}\n${result.stderr}`);
  return result.json();
}
