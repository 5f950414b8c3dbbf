/** Runs one command line: find the command, read its input, run it, show the answer. */
import type { Command, CommandBody } from "./command.ts";
import type { Context } from "./context.ts";
import { reportFailure } from "./failure.ts";
import { hasFlag, type Globals } from "./global-flags.ts";
import type { Host } from "./host.ts";
import { createOutput, type Output } from "./output.ts";
import { parseInput } from "./parse.ts";
import type { Registry } from "./registry.ts";
import { resolveCommand } from "./resolve.ts";
import { createShellChanges, SHELL_NAME, SHELL_OUT, type ShellChanges } from "./shell-changes.ts";
import { COLOURED, PLAIN, type Style } from "./style.ts";
import { VERSION } from "./version.ts";

declare const __INCR_FAULTS__: boolean | undefined;

/** Runs `argv` (without node and program) to its end, everything printed, and returns the exit code. Never rejects. */
export async function runCommandLine(registry: Registry, argv: readonly string[], host: Host): Promise<number> {
  // Known before anything is parsed, so that even a malformed command line is refused in the form that was asked for.
  const json = hasFlag(argv, "--json");
  const noColor = json || hasFlag(argv, "--no-color");
  const out = createOutput({
    stdout: host.stdout,
    stderr: host.stderr,
    json,
    style: () => styleFor(host.stderr, host.env, noColor),
  });
  let exitCode: number;
  try {
    exitCode = await dispatch(registry, argv, host, out);
  } catch (error) {
    exitCode = reportFailure(out, error);
  }
  await out.flush();
  return exitCode;
}

async function dispatch(registry: Registry, argv: readonly string[], host: Host, out: Output): Promise<number> {
  if (hasFlag(argv, "--version")) {
    out.text(`incr ${VERSION}`);
    return 0;
  }
  const { program } = host;
  const resolution = await resolveCommand(registry, program === "work" ? asIncr(argv) : argv, program);
  if (resolution.kind !== "command" || hasFlag(argv, "--help", "-h")) {
    const { helpFor } = await import("./help.ts");
    out.text(
      await helpFor(registry, resolution, host, styleFor(host.stdout, host.env, hasFlag(argv, "--no-color", "--json"))),
    );
    return 0;
  }
  return runCommand(resolution.command, resolution.args, registry, host, out);
}

/** `work create` is `incr work create`, `work help create` is `incr help work create`. */
function asIncr(argv: readonly string[]): string[] {
  return argv[0] === "help" ? ["help", "work", ...argv.slice(1)] : ["work", ...argv];
}

async function runCommand(
  command: Command,
  args: readonly string[],
  registry: Registry,
  host: Host,
  out: Output,
): Promise<number> {
  const { input, globals } = parseInput(command.spec, args, host.program);
  const shell = createShellChanges(host.env);
  let exitCode = 0;
  const ctx = createContext({ registry, host, out, shell, globals, exit: (code) => void (exitCode = code) });
  try {
    const body = await command.load();
    const answer: unknown = await body.run(ctx, input);
    await show(command, body, answer, ctx);
  } finally {
    out.transient(undefined);
    changeShell(shell, out);
  }
  return exitCode;
}

/** The command has done its work by now: a shell that stays where it is does not make that undone. */
function changeShell(shell: ShellChanges, out: Output): void {
  try {
    shell.write();
  } catch (error) {
    const message = `the directory and environment of your shell stay as they are: ${error instanceof Error ? error.message : String(error)}`;
    out.warning({ code: "shell_unchanged", message });
  }
}

async function show(command: Command, body: CommandBody, answer: unknown, ctx: Context): Promise<void> {
  if (ctx.json && command.spec.json !== null) {
    if (typeof __INCR_FAULTS__ !== "undefined" && __INCR_FAULTS__) {
      (await import("./answer-check.ts")).checkAnswer(command.spec, body, answer);
    }
    ctx.out.json(answer);
    return;
  }
  const text = body.render?.(answer, ctx);
  if (text !== undefined) ctx.out.text(text);
}

interface ContextParts {
  registry: Registry;
  host: Host;
  out: Output;
  shell: ShellChanges;
  globals: Globals;
  exit(code: number): void;
}

function createContext(parts: ContextParts): Context {
  const { registry, host, out, shell, globals, exit } = parts;
  const { [SHELL_OUT]: _out, [SHELL_NAME]: _name, ...env } = host.env;
  let app: ReturnType<Host["createApp"]> | undefined;
  const ctx: Context = {
    program: host.program,
    cwd: host.enter(globals.directory),
    env,
    json: globals.json,
    now: host.now,
    lockTimeoutMs: host.lockTimeoutMs,
    stdout: host.stdout,
    stderr: host.stderr,
    stdin: host.stdin,
    get interactive() {
      return !globals.json && host.stdin.isTTY && host.stderr.isTTY;
    },
    get style() {
      return styleFor(host.stdout, host.env, globals.json || globals.noColor);
    },
    out,
    notify: out.notice,
    warn: out.warning,
    shell,
    registry,
    app: () => (app ??= host.createApp(ctx)),
    within: (directory) => createContext({ ...parts, globals: { ...globals, directory } }),
    exit,
  };
  return ctx;
}

function styleFor(stream: { isTTY: boolean }, env: Host["env"], noColor: boolean): Style {
  return noColor || env["NO_COLOR"] || env["TERM"] === "dumb" || !stream.isTTY ? PLAIN : COLOURED;
}
