/** Runs a command line inside the test, against commands of the test's own: for the framework itself. Real commands are run as processes (`runIncr`). */
import { command, type Command, type CommandBody, type CommandSpec } from "../../src/cli/command.ts";
import type { Host } from "../../src/cli/host.ts";
import type { Entry, Registry } from "../../src/cli/registry.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import type { App } from "../../src/usecases/app.ts";

export interface HostOptions {
  program?: Host["program"];
  env?: Record<string, string>;
  /** Columns of a terminal on stdin, stdout and stderr; absent: all three are pipes. */
  terminal?: number;
  input?: string;
  now?: Date;
  app?: App;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `words` in `registry` and returns what was printed. */
export async function runLine(
  registry: Registry,
  words: readonly string[],
  options: HostOptions = {},
): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  const terminal = (name: keyof typeof written) => ({
    write(chunk: string | Uint8Array) {
      written[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    },
    flush: () => Promise.resolve(),
    isTTY: options.terminal !== undefined,
    width: options.terminal ?? Number.POSITIVE_INFINITY,
  });
  const host: Host = {
    program: options.program ?? "incr",
    env: options.env ?? {},
    now: () => options.now ?? new Date("2026-01-07T14:30:00.000Z"),
    stdout: terminal("stdout"),
    stderr: terminal("stderr"),
    stdin: { isTTY: options.terminal !== undefined, read: () => Promise.resolve(options.input ?? "") },
    enter: (directory) => directory ?? "/here",
    createApp: () =>
      options.app === undefined ? Promise.reject(new Error("this test has no app")) : Promise.resolve(options.app),
  };
  const code = await runCommandLine(registry, words, host);
  return { code, ...written };
}

/** A registry with one noun for each first word of these commands. */
export function registryOf(...commands: Command[]): Registry {
  const names = [...new Set(commands.map(({ spec }) => spec.path[0]))];
  return names.map((name): Entry => ({
    name,
    summary: `About ${name}`,
    group: "Work",
    load: () => Promise.resolve({ commands: commands.filter(({ spec }) => spec.path[0] === name) }),
  }));
}

/** A command whose body stands in the test. */
export function testCommand<const S extends CommandSpec, A>(spec: S, body: CommandBody<S, A>): Command {
  return command(spec, () => Promise.resolve(body));
}
