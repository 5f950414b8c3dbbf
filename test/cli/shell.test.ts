/** `incr shell init` in the real shells, with a program of made-up commands behind it. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { writeProgram } from "../support/made-up-program.ts";
import { runProcess, type Environment, type Finished } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeTempDir } from "../support/temp.ts";

const dir = makeTempDir("incr-shell-");
const bin = join(dir, "bin");
const home = join(dir, "home");
const state = join(dir, "state of 'mine'");

beforeAll(async () => {
  mkdirSync(bin);
  mkdirSync(home);
  await writeProgram("shell-program.ts", join(bin, "incr"));
});

const NASTY = [
  "plain",
  "with space",
  "it's",
  'quo"te',
  "$(touch pwned)",
  "`touch pwned`",
  "back\\slash",
  "new\nline",
  "é 日本",
  "-dash",
  "a;b&c|d",
  "*?[x]",
  "~",
];

/** How to write things in each shell. */
const DIALECTS = {
  bash: {
    args: ["--norc", "--noprofile"],
    init: 'eval "$(incr shell init bash)"',
    status: "echo status $?",
    strict: "set -eu",
    orElse: (line: string) => `${line} || echo refused $?`,
    alias: "shopt -s expand_aliases\nalias i='incr --no-color'",
  },
  zsh: {
    args: ["-f"],
    init: 'eval "$(incr shell init zsh)"',
    status: "echo status $?",
    strict: "set -eu",
    orElse: (line: string) => `${line} || echo refused $?`,
    alias: "alias i='incr --no-color'",
  },
  fish: {
    args: ["--no-config"],
    init: "incr shell init fish | source",
    status: "echo status $status",
    strict: "",
    orElse: (line: string) => `${line}; or echo refused $status`,
    alias: "alias i='incr --no-color'",
  },
};

describe.each(["bash", "zsh", "fish"] as const)("in %s", (shell) => {
  const dialect = DIALECTS[shell];

  /** Runs a script in the shell, after `init`. */
  function run(lines: string[], { env = {}, input }: { env?: Environment; input?: string } = {}): Promise<Finished> {
    const script = join(makeTempDir("incr-script-"), "script");
    writeFileSync(script, [dialect.init, ...lines, ""].join("\n"));
    return runProcess(shell, [...dialect.args, script], {
      cwd: home,
      env: { HOME: home, PATH: `${bin}:${process.env["PATH"]}`, INCR_STATE_DIR: state, ...env },
      ...(input === undefined ? {} : { input }),
    });
  }
  const show = `printf '%s\\0' "$PWD" "$INCR_WORKSPACE" "$INCR_LEASE_ID"`;

  describe.skipIf(lacks(shell))("the function", () => {
    test.each(NASTY)("goes to %j and keeps the lease, whatever the names are", async (name) => {
      const target = join(dir, "places", shell, name);
      mkdirSync(target, { recursive: true });
      const { stdout, stderr } = await run(["incr session start", show], { env: { TARGET: target, VALUE: name } });
      expect(stderr).toBe("");
      expect(stdout).toBe(`${target}\n${[target, target, name].map((text) => `${text}\0`).join("")}`);
      expect(existsSync(join(home, "pwned")) || existsSync(join(target, "pwned"))).toBe(false);
      expect(readdirSync(join(state, "shell"))).toEqual([]);
    });

    const there = () => {
      const target = join(dir, "there");
      mkdirSync(target, { recursive: true });
      return { TARGET: target, VALUE: "lease" };
    };

    test("comes back with done, and forgets the lease", async () => {
      const { stdout } = await run(["incr session start", "incr session done", show], { env: there() });
      expect(stdout).toBe(`${join(dir, "there")}\n${home}\0\0\0`);
    });

    test("recognises its commands between global flags, under an alias and with --json", async () => {
      const { stdout } = await run(
        [
          dialect.alias,
          // An alias counts from the next line that is read.
          shell === "fish" ? "" : "eval 'i session start >/dev/null; pwd; cd /'",
          "incr -C / --no-color session start k3 >/dev/null; pwd; cd /",
          "incr -C session session start >/dev/null; pwd",
          "incr session start --json; pwd",
        ],
        { env: there() },
      );
      const target = join(dir, "there");
      const lines = stdout.trimEnd().split("\n");
      const before = shell === "fish" ? [target] : [target, target];
      expect(lines.slice(0, before.length)).toEqual(before);
      // `-C session` names a folder that is not there: nothing may change.
      expect(lines[before.length]).toBe("/");
      expect(lines.at(-1)).toBe(target);
      expect(JSON.parse(lines.slice(before.length + 1, -1).join("\n"))).toEqual({
        path: target,
        active: true,
        leaked: null,
      });
    });

    test("keeps the exit code, and changes what the command asked for before it failed", async () => {
      const { stdout } = await run(["incr session start --fail", dialect.status, "pwd"], { env: there() });
      expect(stdout).toBe(`${join(dir, "there")}\nstatus 4\n${join(dir, "there")}\n`);
    });

    test("leaves every other command alone: arguments, stdin, exit code", async () => {
      const { stdout } = await run(
        ["incr session list", "pwd", "echo hello | incr todo create", dialect.orElse("incr nonsense 2>/dev/null")],
        { env: there() },
      );
      expect(stdout).toBe(`active false\n${home}\npipe: hello\nrefused 2\n`);
    });

    test("works in a strict shell", async () => {
      const { stdout, code } = await run(
        [dialect.strict, "incr session start", dialect.orElse("incr session start --fail"), "pwd"],
        { env: there() },
      );
      const target = join(dir, "there");
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${target}\n${target}\nrefused 4\n${target}\n` });
    });

    test("says so when the directory has vanished, and fails", async () => {
      const { stdout, stderr } = await run(["incr session start", dialect.status], {
        env: { TARGET: join(dir, "nowhere"), VALUE: "" },
      });
      expect(stdout).toBe(`${join(dir, "nowhere")}\nstatus 1\n`);
      expect(stderr).toMatch(/nowhere/);
    });

    test("a state folder that cannot be written leaves the shell where it is, with a warning", async () => {
      const file = join(dir, `file-${shell}`);
      writeFileSync(file, "");
      const { stdout, stderr } = await run(["incr session start", dialect.status, "pwd"], {
        env: { ...there(), INCR_STATE_DIR: file },
      });
      expect(stdout).toBe(`${join(dir, "there")}\nstatus 0\n${home}\n`);
      expect(stderr).toMatch(/^warning: the directory and environment of your shell stay as they are: /);
    });
  });
});

test("without the function the path is the only line on stdout, and nothing is written", async () => {
  const target = join(dir, "there");
  mkdirSync(target, { recursive: true });
  const fresh = join(dir, "fresh");
  const { code, stdout, stderr } = await runProcess(join(bin, "incr"), ["session", "start"], {
    env: { TARGET: target, INCR_STATE_DIR: fresh },
  });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${target}\n`, stderr: "" });
  expect(existsSync(fresh)).toBe(false);
});
