/** `work continue`: where a stream stopped, what is to be done about what failed, and on. */
import { expect, test } from "vitest";
import { openPane } from "../support/tmux.ts";
import { BASE, openTeam, type Team } from "./team.ts";

/** The first batch has run: one thread is completed, the other one has failed. */
async function openFailed(): Promise<Team> {
  const team = await openTeam();
  team.does({ "01.01.01": [{ run: "echo one > one.txt" }], "01.01.02": [{ fail: "the model is gone" }] });
  await team.term.fails(1, "work multi --batch 1.1");
  return team;
}

test("without a terminal flags say whether to go on without what failed, to fix it first, or to abort", async () => {
  const team = await openFailed();
  const { term } = team;
  expect(await term.fails(2, "work continue")).toBe(
    "Found 1 incomplete thread from previous run\nerror: there is no terminal to ask on: go on without 01.01.02 failed?\nhint: answer with --yes to go on, --fix to fix them first, or --abort\n",
  );
  expect(await term.fails(2, "work continue --yes --fix")).toMatch(/^error: --yes and --fix exclude each other/);
  expect(await term.fails(2, "work continue --fix")).toMatch(/hint: work fix --thread 01\.01\.02 --resume \| --retry/);
  const aborted = await term.run("work continue --abort --json");
  expect([aborted.code, aborted.stdout]).toEqual([1, ""]);
  const [found, end] = aborted.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(found).toMatchObject({
    code: "incomplete",
    data: { threads: [{ id: "01.01.02", status: "failed", actions: ["resume", "retry", "agent"] }], merges: [] },
  });
  expect(end).toMatchObject({ code: "aborted", message: "aborted, nothing was changed" });
  expect(await team.runs("01.01.02")).toHaveLength(1);

  // Without the one that failed: what is completed is merged, and the next batch begins there.
  team.does({ "01.02.01": [{ run: "cat one.txt > colours.txt" }] });
  const { code, stderr } = await term.run("work continue --yes");
  expect(code).toBe(0);
  expect(stderr).toContain(`batch 01.01 is merged into ${BASE}: 01.01.01\n`);
  expect(stderr).toContain(`batch 01.02 is merged into ${BASE}: 01.02.01\n`);
  expect(stderr).toMatch(
    /^waiting: stage 02 waits for an approval, and 01\.01\.02 did not come to its end; next: work fix, then work approve stage 1, then work multi --continue$/m,
  );
  expect(await team.git(["show", `${BASE}:colours.txt`])).toBe("one");
  expect(await team.runs("01.01.02")).toHaveLength(1);

  // It comes in later, and then nothing keeps the rest any more.
  team.does({ "01.01.02": [{ run: "echo two > two.txt" }], "02.01.01": [{ run: "cat one.txt two.txt > out.txt" }] });
  await term.ok("work fix --thread 1.1.2 --retry");
  expect(await team.git(["show", `${BASE}:two.txt`])).toBe("two");
  expect(await term.fails(1, "work continue --abort")).toMatch(/^hint: work approve stage 1$/m);
  await term.ok("work approve stage 1");
  expect(await term.ok("work continue --abort 2>&1")).toMatch(
    /^all batches are merged; take them over with: git merge incr\/stream\/001-login\/base$/m,
  );
  expect(await team.git(["show", `${BASE}:out.txt`])).toBe("one\ntwo");
  for (const [thread, runs] of [
    ["01.01.01", 1],
    ["01.01.02", 2],
    ["01.02.01", 1],
    ["02.01.01", 1],
  ] as const)
    expect(await team.runs(thread)).toHaveLength(runs);

  // What is left to do is told until it is done
  const next = async () => (await term.json("work status --json")).next;
  expect(await next()).toBe("work approve stage 2");
  await term.ok("work approve stage 2");
  expect(await next()).toBe(`git merge ${BASE}`);
  await team.git(["merge", "--quiet", BASE]);
  expect(await next()).toBeNull();
});

test("a thread that is blocked before it ever ran is not for work fix: it is named, and can be left behind", async () => {
  const team = await openTeam();
  const { term } = team;
  await term.ok("work update --thread 1.1.2 --status blocked");
  const stopped = "failed: 01.01.02 is blocked; next: work list --status blocked\n";
  expect((await term.run("work continue")).stderr).toMatch(new RegExp(`${stopped}$`));
  expect((await term.run("work continue --abort")).stderr).toBe(stopped);
  expect(await term.fails(1, "work fix --thread 1.1.2 --retry")).toBe(
    "error: thread 01.01.02 is not to be fixed: it is blocked, and has not been started yet\nhint: work update --thread 01.01.02 --status pending once nothing keeps it any more, then work continue\n",
  );
  // What fails behind it now was not known when somebody said to go on.
  team.does({ "01.02.01": [{ fail: "the model is gone" }] });
  const left = (what: string) =>
    `waiting: stage 02 waits for an approval, and ${what}, then work approve stage 1, then work multi --continue\n`;
  expect(await term.fails(1, "work continue --yes")).toContain(
    left("01.01.02, 01.02.01 did not come to their end; next: work fix"),
  );
  team.does({});
  await term.ok("work fix --thread 1.2.1 --retry");
  const { code, stderr } = await term.run("work continue --yes");
  expect(code).toBe(0);
  expect(stderr).toContain(left("01.01.02 is blocked; next: work list --status blocked"));
  expect(await team.threads()).toMatchObject({
    "01.01.02": { status: "blocked" },
    "01.02.01": { status: "completed" },
  });

  // What is open in a stage that was accepted without it keeps nobody.
  team.does({ "02.01.01": [{ run: "echo out > out.txt" }] });
  await term.ok("work approve stage 1 --force");
  expect((await term.run("work multi --continue")).stderr).toMatch(
    /batch 02\.01 is merged[^]*completed: everything is done, but for 01\.01\.02: their stage was accepted without that\n$/,
  );
  expect(await term.fails(1, "work multi --batch 1.1")).toContain("01.01.02 is blocked");
});

test("a thread that has run is its number: another name is told, and tasks.json is made again from TASKS.md", async () => {
  const team = await openTeam();
  const { term } = team;
  await term.ok("work execute --thread Page");
  await term.ok("sed -i.old 's/Thread 02: Page/Thread 02: Leaf/' work/001-login/PLAN.md");
  expect((await term.run("work approve plan")).stderr).toContain(
    'warning: TASKS.md:12:1: thread 01.01.02 is called "Leaf"',
  );
  const { stderr } = await term.run("work approve tasks");
  expect(stderr).toBe(
    'warning: TASKS.md:12:1: thread 01.01.02 is called "Leaf" in the plan; if its tasks are meant for that, write `#### Thread 02: Leaf`\nthread 01.01.02 has run as "Page", and is called "Leaf" now: runs, status and branch stay with the number\n',
  );
  await term.ok("sed -i.old 's/Thread 02: Page/Thread 02: Leaf/' work/001-login/TASKS.md");
  expect((await term.run("work approve plan && work approve tasks")).stderr).toBe("");

  await term.ok("rm work/001-login/tasks.json");
  expect(await term.json("work status --json")).toMatchObject({
    gates: { tasks: { status: "changed", reason: "tasks.json was removed" } },
    next: "work approve tasks",
  });
  await term.ok("work approve tasks && work continue --abort");
  expect((await team.threads())["01.01.02"]).toMatchObject({ name: "Leaf", status: "completed", sessions: 1 });

  await term.ok("rm work/index.json");
  expect(await term.fails(1, "work status")).toMatch(
    /^error: there is no workstream yet\nhint: incr doctor finds those/,
  );
});

test("on a terminal it shows what failed, and fixes it before it goes on", async () => {
  const team = await openFailed();
  const pane = await openPane(["bash", "--norc", "--noprofile"], {
    cwd: team.root,
    env: { ...team.term.env, PS1: "$ " },
    height: 60,
  });
  await pane.enter("work continue --piped --headless");
  const asked = await pane.see("Abort");
  expect(asked).toMatch(/^Found 1 incomplete thread from previous run$/m);
  expect(asked).toMatch(/^01\.01\.02 +failed +1 +one .*Page$/m);
  expect(asked).toMatch(/What now\?[^]*Continue \(skip failed\)[^]*Fix first[^]*Abort/);
  await pane.press("Down", "Down", "Enter");
  await pane.see("aborted, nothing was changed");
  expect(await team.runs("01.01.02")).toHaveLength(1);

  team.does({ "01.01.02": [{ run: "echo two > two.txt" }] });
  await pane.enter("clear; work continue --piped --headless --fix");
  await pane.see(/^(?![^]*aborted)[^]*Which thread\?[^]*none of them/);
  await pane.press("Enter");
  await pane.see("New stage");
  await pane.press("Down", "Enter");
  await pane.see("Begin thread 01.01.02 (Page) again with one?");
  await pane.press("Enter");
  await pane.see(`batch 01.01 is merged into ${BASE}`);
  expect(await team.runs("01.01.02")).toMatchObject([{ status: "failed" }, { status: "completed" }]);
  expect(await team.runs("01.01.01")).toHaveLength(1);
  expect(await team.git(["show", `${BASE}:two.txt`])).toBe("two");
});
