/**
 * The four scripts of the `session` skill: the commands' own code, without the rest of the command line. Exempt from the rule on exiting: each script is
 * an entry point of its own, started by node or bun in somebody's repository.
 */
import { IncrError } from "../../domain/error.ts";
import * as specs from "../commands/workflow/declarations.ts";
import * as get from "../commands/workflow/get.ts";
import * as reset from "../commands/workflow/reset.ts";
import * as save from "../commands/workflow/save.ts";
import * as set from "../commands/workflow/set.ts";
import type { CommandSpec, Input } from "../command.ts";
import { enterDirectory } from "../directory.ts";
import { reportFailure } from "../failure.ts";
import { hasFlag } from "../global-flags.ts";
import { createOutput, type Output, type RawText } from "../output.ts";
import { parseInput } from "../parse.ts";
import { descriptorSink } from "../sink.ts";
import { PLAIN } from "../style.ts";
import { VERSION } from "../version.ts";
import type { WorkflowContext } from "../commands/workflow/context.ts";

const SCRIPTS = {
  get: script(specs.get, get.run, get.render, "<workflow> | --all"),
  set: script(specs.set, set.run, set.render, "<workflow> <step> [context-json]"),
  reset: script(specs.reset, reset.run, printNothing, "<workflow>"),
  save: script(specs.save, save.run, save.render, "<workflow> [--status=completed|failed] [--notes=TEXT]"),
};

/** Runs the script `name` with this process's arguments; the process ends by itself when everything is written. */
export async function runScript(name: keyof typeof SCRIPTS): Promise<void> {
  const [, file = `${name}.ts`, ...argv] = process.argv;
  const json = hasFlag(argv, "--json");
  const out = createOutput({ stdout: descriptorSink(1), stderr: descriptorSink(2), json, style: () => PLAIN });
  const call = callOf(file);
  try {
    await run(SCRIPTS[name], argv, `usage: ${call(name)}`, out);
  } catch (error) {
    process.exitCode = reportFailure(out, error instanceof IncrError ? withScripts(error, call) : error);
  }
  await out.flush();
}

interface Script {
  spec: CommandSpec;
  run(ctx: WorkflowContext, input: Input): unknown;
  render(answer: unknown, ctx: WorkflowContext): RawText | undefined;
  usage: string;
}

/** The declaration and body of a command, their types forgotten. Only what is named here is shipped: the schemas of the answers are not. */
function script<S extends CommandSpec, A>(
  spec: S,
  run: (ctx: WorkflowContext, input: Input<S>) => A | Promise<A>,
  render: (answer: A, ctx: WorkflowContext) => RawText | undefined,
  usage: string,
): Script {
  return { spec, run, render, usage };
}

function printNothing(): undefined {}

async function run(
  { spec, usage, ...body }: Script,
  argv: readonly string[],
  call: string,
  out: Output,
): Promise<void> {
  if (hasFlag(argv, "--version")) return out.text(`incr ${VERSION}`);
  if (hasFlag(argv, "--help", "-h")) return out.text(`${spec.summary}\n\n${call} ${usage}`);
  const { input, globals } = parseInput(spec, argv);
  const cwd = enterDirectory(globals.directory);
  const ctx: WorkflowContext = { cwd, now: () => new Date(), notify: out.notice, warn: out.warning };
  const answer = await body.run(ctx, input);
  if (globals.json) return out.json(answer);
  const text = body.render(answer, ctx);
  if (text !== undefined) out.text(text);
}

/** How a script beside `file` is called with the program that runs this one. */
function callOf(file: string): (name: string) => string {
  const program = process.versions["bun"] === undefined ? "node" : "bun run";
  const folder = file.replace(/[^/]*$/, "");
  const here = `${process.cwd()}/`;
  const shown = folder.startsWith(here) ? folder.slice(here.length) : folder;
  return (name) => `${program} ${shown}${name}.ts`;
}

/** The hints name commands, which a repository with the scripts need not have. */
function withScripts({ code, message, hint, data, cause }: IncrError, call: (name: string) => string): IncrError {
  const scriptHint = hint?.replace(/^incr workflow (\w+)/, (command, verb: string) =>
    verb in SCRIPTS ? call(verb) : command,
  );
  return new IncrError(code, message, { ...(scriptHint === undefined ? {} : { hint: scriptHint }), data, cause });
}
