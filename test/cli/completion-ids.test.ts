/** Ids under the tab key, from real records. */
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { expect, test } from "vitest";
import { runIncr } from "../support/incr.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal } from "../support/terminal.ts";
import { openApproved } from "../stream/desk.ts";

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

test("streams, their parts and their agents, of the stream that the line names", async () => {
  const { term } = await openApproved();
  await term.ok("work create --name Other");
  await term.ok("work agents add careful --model x/y --best-for proofs");
  await term.ok("work update --task 1.1.1.1 --status completed");
  const complete = async (words: string) => await term.ok(`incr __complete zsh -- work ${words}`);
  const values = async (words: string) => (await complete(words)).split("\n").map((line) => line.split("\t")[0]);

  expect(await complete('current --set ""')).toBe("001-login\tLogin (current)\n002-other\tOther");
  expect(await values('add-batch --stage ""')).toEqual(["1", "2"]);
  expect(await complete("add-thread --stage 1 --batch ''")).toBe("1\tBase\n2\tPolish");
  expect(await complete("add-thread --stage=2 --batch=")).toBe("--batch=1\tOut");
  expect(await complete("add-thread --batch ''")).toBe("");
  expect(await complete('approve stage ""')).toBe("1\tBuild\n2\tShip");
  expect(await complete("assign --thread 01.01.0")).toBe("01.01.01\tForm (in_progress)\n01.01.02\tPage (pending)");
  expect(await values("assign --thread 1.1")).toEqual(["1.1.1", "1.1.2"]);
  expect(await values("assign --stream 002-other --thread ''")).toEqual(["01.01.01"]);
  expect(await complete("assign --thread 1.1.1 --agent ''")).toBe("careful\tproofs");
  expect(await complete("agents remove ''")).toBe("careful\tproofs");
  expect(await complete("update --task 01.01.01.")).toBe(
    "01.01.01.01\tDo it (completed)\n01.01.01.02\tTry it (pending)",
  );
  expect(await values("read 01.01")).toEqual(["01.01.01", "01.01.02"]);
  expect(await values("read 01.01.01.")).toEqual(["01.01.01.01", "01.01.01.02"]);
  expect(await values("list 01")).toEqual(["01", "01.01", "01.02", "01.01.01", "01.01.02", "01.02.01"]);
  expect(await complete("assign --stream nowhere --thread ''")).toBe("");
});

test("of the repository that -C names, wherever one stands", async () => {
  const [here, there] = [await makeRepo(), await makeRepo()];
  const term = openTerminal(here);
  const [todo, other] = [
    await term.ok('incr todo create "Here"'),
    await term.ok(`incr -C ${there.root} todo create "There"`),
  ];
  const complete = (words: string) => term.ok(`HOME=${there.dir} incr __complete zsh -- ${words}`);
  const candidate = `${other}\tThere`;
  expect(await complete(`incr -C ${there.root} todo show ''`)).toBe(candidate);
  expect(await complete(`incr todo show -C${there.root} ''`)).toBe(candidate);
  expect(await complete(`incr todo show -C '~/${relative(there.dir, there.root)}' ${other.slice(0, 4)}`)).toBe(
    candidate,
  );
  expect(await complete(`incr -C ${relative(here.root, there.root)} todo dep add --no-color ''`)).toBe(candidate);
  expect(await complete("incr -C /nowhere todo show ''")).toBe("");
  expect(await complete("incr -C /nowhere todo dep r")).toMatch(/^remove\t/);
  expect(await complete("incr todo show ''")).toBe(`${todo}\tHere`);

  const { term: streams } = await openApproved();
  const plans = await streams.ok("pwd");
  expect(await complete(`work -C ${plans} read 1.1.`)).toMatch(/^1\.1\.1\t/);
  expect(await complete(`incr -C ${plans} wait 1.1.`)).toMatch(/^1\.1\.1\t/);
  expect(await complete(`incr -C ${plans} wait 00`)).toMatch(/^001-login\t/);
});

test("what can be waited for", async () => {
  const repo = await makeRepo();
  const term = openTerminal(repo);
  const todo = await term.ok('incr todo create "Fix the login"');
  await term.ok(`incr session start ${todo}`);
  const { sessions } = await term.json("incr session list --json");
  expect(await term.ok('incr __complete zsh -- incr wait ""')).toBe(`${sessions[0].id}\tactive, todo ${todo}`);
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
