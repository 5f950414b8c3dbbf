/** The shell function around the real commands, in the real shells: start takes the shell into the workspace, done brings it back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runProcess } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { makeBinDir, openTerminal } from "../support/terminal.ts";

const SHELLS = {
  bash: {
    args: ["--norc", "--noprofile"],
    init: 'eval "$(incr shell init bash)"',
    set: (name: string, command: string) => `${name}=$(${command})`,
  },
  zsh: {
    args: ["-f"],
    init: 'eval "$(incr shell init zsh)"',
    set: (name: string, command: string) => `${name}=$(${command})`,
  },
  fish: {
    args: ["--no-config"],
    init: "incr shell init fish | source",
    set: (name: string, command: string) => `set ${name} (${command})`,
  },
};

describe.each(["bash", "zsh", "fish"] as const)("in %s", (shell) => {
  const { args, init, set } = SHELLS[shell];

  async function script(repo: TestRepo, lines: string[]): Promise<string[]> {
    const file = join(makeTempDir("incr-script-"), "script");
    writeFileSync(file, [init, ...lines, ""].join("\n"));
    const PATH = `${makeBinDir()}:${process.env["PATH"]}`;
    const { stdout } = await runProcess(shell, [...args, file], { cwd: repo.root, env: { ...repo.env, PATH } });
    return stdout.trimEnd().split("\n");
  }

  test.skipIf(lacks(shell))("a session from start to done, in a repository with a difficult name", async () => {
    const repo = await makeRepo({ name: 'it\'s $(x) "é"' });
    const id = await openTerminal(repo).ok('incr todo create "Fix it"');
    const lines = await script(repo, [
      `incr session start ${id}`,
      'echo "$PWD|$INCR_WORKSPACE|$INCR_TODO_ID"',
      'test -n "$INCR_LEASE_ID$INCR_SESSION_ID$INCR_PORT"; and echo kept'.replace(
        "; and",
        shell === "fish" ? "; and" : " &&",
      ),
      "echo fixed > fix.txt",
      "incr session done >/dev/null 2>&1",
      'echo "$PWD|$INCR_WORKSPACE|$INCR_LEASE_ID|$INCR_SESSION_ID|$INCR_TODO_ID|$INCR_PORT"',
    ]);
    const workspace = join(repo.dataDir, "workspaces");
    expect(lines[0]).toContain(workspace);
    expect(lines.slice(1)).toEqual([`${lines[0]}|${lines[0]}|${id}`, "kept", `${repo.root}|||||`]);
  });

  test.skipIf(lacks(shell))("fail brings the shell back too, and resume takes it there again", async () => {
    const repo = await makeRepo();
    const id = await openTerminal(repo).ok('incr todo create "Fix it"');
    const lines = await script(repo, [
      `incr session start ${id}`,
      "echo half > half.txt",
      "incr session fail >/dev/null 2>&1",
      'echo "$PWD"',
      `incr session resume ${id} >/dev/null 2>&1`,
      'cat half.txt; test "$PWD" = "$INCR_WORKSPACE"; and echo there'.replace(
        "; and",
        shell === "fish" ? "; and" : " &&",
      ),
    ]);
    expect(lines.slice(1)).toEqual([repo.root, "half", "there"]);
  });

  test.skipIf(lacks(shell))("a workspace of one's own", async () => {
    const repo = await makeRepo();
    const lines = await script(repo, [
      "incr workspace acquire --purpose 'try it'",
      'echo "$PWD"',
      "incr workspace release >/dev/null 2>&1",
      set("status_after", "incr workspace list --json"),
      'echo "[$INCR_LEASE_ID]"',
    ]);
    expect(lines[1]).toBe(lines[0]);
    expect(lines[2]).toBe("[]");
  });

  test.skipIf(lacks(shell))("a start that is refused leaves the shell where it is", async () => {
    const repo = await makeRepo();
    const lines = await script(repo, ["incr session start nothing 2>/dev/null", 'echo "$PWD|$INCR_LEASE_ID"']);
    expect(lines).toEqual([`${repo.root}|`]);
  });
});
