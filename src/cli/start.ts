/** Ties a command line to this process: its arguments, environment and exit code. */
import { basename } from "node:path";
import { reportFailure } from "./failure.ts";
import { hasFlag } from "./global-flags.ts";
import { leadOthers } from "./handover.ts";
import { processHost, type Host } from "./host.ts";
import { createOutput } from "./output.ts";
import type { Registry } from "./registry.ts";
import { runCommandLine } from "./run.ts";
import { SHELL_NAME, SHELL_OUT } from "./shell-changes.ts";
import { PLAIN } from "./style.ts";

/** Runs the command line that this process was started with; the process ends by itself when everything is written. */
export function start(registry: Registry): void {
  const argv = process.argv.slice(2);
  const host = processHost(programOf(process.argv[1] ?? ""), { ...process.env });
  // Children inherit our environment, and must not write into the caller's shell.
  delete process.env[SHELL_OUT];
  delete process.env[SHELL_NAME];

  process.on("uncaughtException", (error) => {
    const json = hasFlag(argv, "--json");
    const out = createOutput({ stdout: host.stdout, stderr: host.stderr, json, style: () => PLAIN });
    process.exit(exitCodeFor(argv, reportFailure(out, error)));
  });

  const others = leadOthers(registry, programOf);
  void runCommandLine(registry, argv, host).then(async (exitCode) => {
    process.exitCode = exitCodeFor(argv, exitCode);
    if (others !== undefined) await others.end();
    // What is still being written must not be cut off. If nothing is pending, this spares two milliseconds in which memory would be tidied up.
    if (process.getActiveResourcesInfo().length === 0) process.exit();
    process.once("beforeExit", () => process.exit());
  });
}

/** Installed under both names: which one was typed is in the path that node was given. */
function programOf(path: string): Host["program"] {
  return /^work(?:\.cjs)?$/.test(basename(path)) ? "work" : "incr";
}

/** A hook must never stand in the way of the agent that runs it: by some exit codes it would refuse a prompt. */
function exitCodeFor(argv: readonly string[], exitCode: number): number {
  return argv[0] === "hook" ? 0 : exitCode;
}
