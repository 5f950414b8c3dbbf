/** The entry point of `incr` and `work`. */
import { basename } from "node:path";
import { reportFailure } from "./failure.ts";
import { hasFlag } from "./global-flags.ts";
import { processHost } from "./host.ts";
import { createOutput } from "./output.ts";
import { REGISTRY } from "./registry.ts";
import { runCommandLine } from "./run.ts";
import { SHELL_NAME, SHELL_OUT } from "./shell-changes.ts";
import { PLAIN } from "./style.ts";

const argv = process.argv.slice(2);
// Installed twice, under both names: which one was typed is in the path that node was given.
const program = /^work(?:\.cjs)?$/.test(basename(process.argv[1] ?? "")) ? "work" : "incr";
const host = processHost(program, { ...process.env });
// Children inherit our environment, and must not write into the caller's shell.
delete process.env[SHELL_OUT];
delete process.env[SHELL_NAME];

process.on("uncaughtException", (error) => {
  const out = createOutput({
    stdout: host.stdout,
    stderr: host.stderr,
    json: hasFlag(argv, "--json"),
    style: () => PLAIN,
  });
  process.exit(reportFailure(out, error));
});

// No `process.exit` here: it would cut off what is still being written.
void runCommandLine(REGISTRY, argv, host).then((exitCode) => {
  process.exitCode = exitCode;
});
