/** The tab key in the real shells, in a real terminal, with a program of made-up commands behind it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { writeProgram } from "../support/made-up-program.ts";
import { runProcess } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeTempDir } from "../support/temp.ts";
import { openPane, type Pane } from "../support/tmux.ts";

const dir = makeTempDir("incr-completion-");
const bin = join(dir, "bin");
const home = join(dir, "home");
const env = { HOME: home, ZDOTDIR: home, PATH: `${bin}:${process.env["PATH"]}`, INCR_STATE_DIR: join(dir, "state") };

beforeAll(async () => {
  for (const folder of [bin, home, join(home, "subfolder")]) mkdirSync(folder);
  writeFileSync(join(home, "file-name.txt"), "");
  for (const name of ["incr", "work"]) await writeProgram("shell-program.ts", join(bin, name));
});

/** Asks the engine as the shells do; returns the values. */
async function ask(shell: string, ...words: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await runProcess(join(bin, "incr"), ["__complete", shell, "--", ...words], {
    env,
    cwd: home,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
}

describe("the engine", () => {
  test.each([
    [
      ["incr", ""],
      ["session", "todo", "work", "shell", "completion", "help"],
    ],
    [["incr", "se"], ["session"]],
    [["work", ""], ["create"]],
    [
      ["/usr/bin/incr", "session", ""],
      ["start", "done", "list"],
    ],
    [["incr", "--no-color", "session", "st"], ["start"]],
    [["incr", "-C", "/tmp", "session", "st"], ["start"]],
    [
      ["incr", "-C", "session", ""],
      ["session", "todo", "work", "shell", "completion", "help"],
    ],
    [["incr", "help", "session", "l"], ["list"]],
    [
      ["incr", "session", "list", "-"],
      ["--status", "--all", "-C", "--no-color", "--help", "--json"],
    ],
    [["incr", "session", "list", "--all", "--a"], []],
    [["incr", "session", "done", "--j"], []],
    [
      ["incr", "session", "list", "--status", ""],
      ["active", "completed", "failed"],
    ],
    [["incr", "session", "list", "--status", "AC"], ["active"]],
    [["incr", "session", "list", "--status=f"], ["--status=failed"]],
    [
      ["incr", "shell", "init", ""],
      ["bash", "zsh", "fish"],
    ],
    [["incr", "todo", "create", ""], [":file"]],
    [["incr", "todo", "create", "--dir", ""], [":directory"]],
    [["incr", "-C", ""], [":directory"]],
    [["incr", "todo", "create", "x", ""], []],
    [["incr", "nonsense", ""], []],
    [["incr", "session", "nonsense", ""], []],
    [["incr", "session", "list", "--nonsense", "--st"], ["--status"]],
    [["incr", "__com"], []],
    [["incr", "__complete", "bash", "--", ""], [":command"]],
    [["incr", "__complete", "bash", "--", "x", ""], [":file"]],
  ])("%j", async (words, values) => {
    expect(await ask("zsh", ...words)).toEqual(values);
  });

  test("bash breaks --flag=value into words and wants only the value", async () => {
    expect(await ask("bash", "incr", "session", "list", "--status", "=", "f")).toEqual(["failed"]);
    expect(await ask("bash", "incr", "session", "list", "--status", "=")).toEqual(["active", "completed", "failed"]);
  });

  test("never fails: a broken setting is no reason to disturb somebody who types", async () => {
    const { code, stderr } = await runProcess(
      join(bin, "incr"),
      ["__complete", "zsh", "--", "incr", "session", "show", ""],
      {
        env: { ...env, INCR_STATE_DIR: "relative" },
      },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

const SHELLS = {
  bash: {
    command: ["bash", "--norc", "--noprofile", "-i"],
    setUp: ["PS1='> '", "set +o history", 'eval "$(incr shell init bash)"'],
  },
  zsh: {
    command: ["zsh", "-f", "-i"],
    setUp: ["PS1='> '", "autoload -U compinit && compinit -u -D", 'eval "$(incr shell init zsh)"'],
  },
  fish: {
    command: [
      "fish",
      "--no-config",
      "-i",
      "-C",
      "function fish_prompt; echo '> '; end; set -g fish_autosuggestion_enabled 0",
    ],
    setUp: ["incr shell init fish | source"],
  },
};

test.skipIf(lacks("tmux") || lacks("zsh"))(
  "the zsh script works as a file in fpath too, before it was ever evaluated",
  async () => {
    const functions = join(home, "functions");
    mkdirSync(functions);
    const { stdout } = await runProcess(join(bin, "incr"), ["completion", "zsh"], { env });
    writeFileSync(join(functions, "_incr"), stdout);
    const pane = await openPane(["zsh", "-f", "-i"], { cwd: home, env });
    await pane.enter(
      `PS1='> '; fpath=(${functions} $fpath); autoload -U compinit && compinit -u -D; clear; echo ready`,
    );
    await pane.see(/^ready$/m);
    await pane.type("incr session sta");
    await pane.press("Tab");
    await pane.see("> incr session start");
    await pane.type("; work cre");
    await pane.press("Tab");
    expect(await pane.see("; work create")).not.toContain("not found");
    // Values without a description have no dashes behind them.
    await pane.press("C-e", "C-u");
    await pane.enter("clear");
    await pane.type("incr session list --status ");
    await pane.press("Tab");
    expect(await pane.see(/active +completed +failed.*$/m)).toMatch(/^active +completed +failed\s*$/m);
  },
);

describe.skipIf(lacks("tmux")).each(["bash", "zsh", "fish"] as const)("the tab key in %s", (shell) => {
  let pane: Pane;

  beforeAll(async () => {
    if (lacks(shell)) return;
    pane = await openPane(SHELLS[shell].command, { cwd: home, env });
    await pane.see(/[>#$%]/);
    for (const line of SHELLS[shell].setUp) await pane.enter(line);
    await pane.enter("clear; echo ready");
    await pane.see(/^ready$/m);
  });

  /** Types a line, presses tab, and waits until the line is as it should be. */
  async function completes(typed: string, line: string): Promise<void> {
    // Not C-c: it makes the terminal throw away what is typed right after it.
    await pane.press("C-e", "C-u");
    await pane.enter("clear");
    await pane.see(/^\S{0,3}\s*$/);
    await pane.type(typed);
    await pane.press("Tab");
    await pane.see(`> ${line}`);
  }

  test.skipIf(lacks(shell)).each([
    ["incr sessi", "incr session"],
    ["incr session sta", "incr session start"],
    ["incr session list --sta", "incr session list --status"],
    ["incr session list --status ac", "incr session list --status active"],
    ["incr session list --status=comp", "incr session list --status=completed"],
    ["incr shell init zs", "incr shell init zsh"],
    ["incr todo create fil", "incr todo create file-name.txt"],
    ["incr todo create --dir sub", "incr todo create --dir subfolder/"],
  ])("%s⇥", async (typed, line) => {
    await completes(typed, line);
    expect(await pane.screen()).not.toContain("command not found");
  });
});
