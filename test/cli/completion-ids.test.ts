/** Ids under the tab key, from real records. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { runIncr } from "../support/incr.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal } from "../support/terminal.ts";

test("todos, sessions and workspaces, each with what tells them apart", async () => {
  const repo = await makeRepo();
  const term = openTerminal(repo);
  const login = await term.ok('incr todo create "Fix the login"');
  const docs = await term.ok('incr todo create "Write docs" --priority 0');
  const done = await term.ok('incr todo create "Old"');
  await term.ok(`incr todo start ${done} && incr todo finish ${done}`);
  await term.ok(`incr session start ${login}`);
  const { sessions } = await term.json("incr session list --json");
  const complete = (words: string) => term.ok(`incr __complete zsh -- incr ${words}`);

  // The most urgent first, what is over last.
  expect(await complete('session start ""')).toBe(`${docs}\tWrite docs\n${login}\tFix the login\n${done}\tOld (done)`);
  expect(await complete(`session start ${login.slice(0, 5).toUpperCase()}`)).toBe(`${login}\tFix the login`);
  expect(await complete('session show ""')).toBe(`${sessions[0].id}\tactive, todo ${login}`);
  expect(await complete('workspace show ""')).toMatch(/^ws-001\t/);
  expect(await complete('rescue show ""')).toBe("");
});

test("outside of a repository there are none, and nothing is written anywhere", async () => {
  const dir = makeTempDir();
  const env = { INCR_STATE_DIR: `${dir}/state`, INCR_DATA_DIR: `${dir}/data` };
  const repo = await makeRepo();
  for (const cwd of [dir, repo.root]) {
    const { code, stdout, stderr } = await runIncr(["__complete", "bash", "--", "incr", "session", "show", ""], {
      cwd,
      env,
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
  }
  expect([existsSync(env.INCR_STATE_DIR), existsSync(env.INCR_DATA_DIR)]).toEqual([false, false]);
  expect(await repo.git(["for-each-ref", "refs/incr"])).toBe("");
});
