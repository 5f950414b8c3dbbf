/** Threads that failed or were cut off, and what is done about them. */
import { describe, expect, test } from "vitest";
import { openPane } from "../support/tmux.ts";
import { isAlive } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { BASE, openTeam, STREAM, type Team } from "./team.ts";

/** The first thread is completed; the second one has written something, and failed. */
async function openFailed(): Promise<Team> {
  const team = await openTeam();
  team.does({
    "01.01.01": [{ run: "echo one > one.txt" }],
    "01.01.02": [
      { run: "echo half > half.txt; git add half.txt; git commit -qm half; echo loose > loose.txt" },
      { fail: "the model is gone" },
    ],
  });
  await team.term.fails(1, "work multi --batch 1.1");
  return team;
}

test("an agent resolves a merge that conflicts; until it has, the merge stays open", async () => {
  const team = await openTeam();
  const { term, git } = team;
  team.does({ "01.01.01": [{ run: "echo first > same.txt" }], "01.01.02": [{ run: "echo second > same.txt" }] });
  await term.ok("work execute --thread 1.1.1");
  expect(await term.fails(1, "work execute --thread 1.1.2")).toMatch(
    /^batch 01\.01 is not merged: thread 01\.01\.02 does not fit/m,
  );
  team.does({ "01.01.02": [{ fail: "too hard" }] });
  const failed = await term.run("work fix --merge --agent two");
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/agent session \S+ failed.*too hard/);
  const prompt = team.starts().at(-1)?.prompt ?? "";
  expect(prompt).toMatch(/^# Resolve the merge of thread 01\.01\.02\n[^]*which has the work of 01\.01\.01 already/);
  expect(prompt).toMatch(/- same\.txt\n/);
  team.does({ "01.01.02": [] });
  expect(await term.fails(1, "work fix --merge --agent one")).toMatch(
    /^error: conflicts are not resolved yet: same\.txt$/m,
  );
  team.does({ "01.01.02": [{ run: "echo both > same.txt; git add same.txt" }] });
  expect((await term.json("work fix --merge --agent one --json")).merge).toMatchObject({
    batch: "01.01",
    merged: [{ thread: "01.01.02" }],
    conflict: null,
  });
  expect(await git(["show", `${BASE}:same.txt`])).toBe("both");
  expect(Object.values(team.workspaces()).every(({ status }) => status === "available")).toBe(true);
  expect(await team.runs("01.01.02")).toHaveLength(1);
});

test("work whose branch was deleted is merged as long as git has it, else it is asked for again", async () => {
  const team = await openTeam();
  const { term, git } = team;
  team.does({ "01.01.01": [{ run: "echo one > one.txt" }], "01.01.02": [] });
  await term.ok("work execute --thread 1.1.1");
  const branch = `incr/stream/${STREAM}/t-01.01.01`;
  await git(["branch", "-D", branch]);
  const { stderr } = await term.run("work execute --thread 1.1.2");
  expect(stderr).toMatch(
    /^incr\/stream\/001-login\/t-01\.01\.01 was deleted; its last commit [0-9a-f]{12} is merged all the same$/m,
  );
  expect(stderr).toContain(`batch 01.01 is merged into ${BASE}: 01.01.01\n`);
  expect(await git(["show", `${BASE}:one.txt`])).toBe("one");

  team.does({ "01.02.01": [{ run: "echo two > two.txt; git add .; git commit -qm two" }, { fail: "no" }] });
  await term.fails(1, "work execute --thread 1.2.1");
  const [tip] = (await git(["for-each-ref", "--format=%(objectname)", "refs/heads/incr/stream/*/t-01.02.01"])).split(
    "\n",
  );
  await git(["branch", "-D", `incr/stream/${STREAM}/t-01.02.01`]);
  await term.ok(`incr workspace destroy ${Object.keys(team.workspaces()).join(" ")}`);
  await git(["reflog", "expire", "--expire-unreachable=now", "--all"]);
  await git(["gc", "--quiet", "--prune=now"]);
  await expect(git(["cat-file", "-e", tip ?? ""])).rejects.toThrow("Command failed");
  expect(await term.fails(3, "work fix --thread 1.2.1 --resume")).toMatch(
    /\nhint: work fix --thread 01\.02\.01 --retry begins it again\n/,
  );
  await term.ok("work update --thread 1.2.1 --status completed");
  expect(await term.fails(3, "work multi --batch 1.2")).toMatch(
    /was deleted, and its last commit [0-9a-f]{12} is gone\nhint: work update --thread 01\.02\.01 --status pending, then work fix --thread 01\.02\.01 --retry\n/,
  );
  await term.ok("work update --thread 1.2.1 --status pending");
  team.does({ "01.02.01": [{ run: "echo again > two.txt" }] });
  await term.ok("work fix --thread 1.2.1 --retry");
  expect(await git(["show", `${BASE}:two.txt`])).toBe("again");
});

describe("by flags", () => {
  test("--resume goes on in the same conversation and the same workspace, with everything as it was left", async () => {
    const team = await openFailed();
    const { term, git } = team;
    const [first] = await team.runs("01.01.02");
    team.does({ "01.01.02": [{ run: "test -f half.txt && test -f loose.txt && echo done > done.txt" }] });
    const fixed = await term.run("work fix --thread 01.01.02 --resume --json");
    expect(fixed.code).toBe(0);
    expect(fixed.json()).toMatchObject({
      action: "run",
      rerun: { action: "resume", outcome: "completed", status: "completed", session_id: first.sessionId },
      merged: [{ batch: "01.01", merged: [{ thread: "01.01.01" }, { thread: "01.01.02" }], conflict: null }],
    });
    const [, second] = await team.runs("01.01.02");
    expect(second).toMatchObject({ sessionId: first.sessionId, status: "completed", exitCode: 0, agentName: "one" });
    const starts = team.starts().filter(({ prompt }) => /hread 01\.01\.02/.test(prompt));
    expect(starts).toHaveLength(2);
    expect(starts[1]?.cwd).toBe(starts[0]?.cwd);
    expect(starts[1]?.prompt).toMatch(/^Go on with thread 01\.01\.02.*failed: .*the model is gone/);
    expect((await git(["ls-tree", "--name-only", BASE])).split("\n")).toEqual(
      expect.arrayContaining(["done.txt", "half.txt", "loose.txt", "one.txt"]),
    );
    // Finished siblings never run again.
    expect(await team.runs("01.01.01")).toHaveLength(1);
    expect(await term.fails(1, "work fix --thread 1.1.1 --retry")).toMatch(
      /^error: thread 01\.01\.01 is not to be fixed: it is completed, and does not run again\nhint: work read 01\.01\.01; /,
    );
    expect(await term.ok("work fix")).toBe(`${STREAM}: nothing is to be fixed`);
  });

  test("--agent and --retry begin again where the thread began, keep what was tried, and say what went wrong", async () => {
    const team = await openFailed();
    const { term, git } = team;
    team.does({
      "01.01.02": [{ run: "test ! -e half.txt && test ! -e loose.txt && echo other > other.txt" }, { exit: 3 }],
    });
    await term.fails(3, "work fix --thread 1.1.2 --agent two");
    const told = team.starts().at(-1)?.prompt ?? "";
    expect(told).toMatch(/^# Thread 01\.01\.02: Page/);
    expect(told).toMatch(/an earlier attempt failed: .*the model is gone/);
    const kept = /`git show --first-parent ([0-9a-f]{12})`/.exec(told)?.[1] ?? "";
    expect(await git(["show", `${kept}:loose.txt`])).toBe("loose");
    expect(await git(["show", `${kept}:half.txt`])).toBe("half");

    team.does({ "01.01.02": [{ run: "test ! -e other.txt && echo new > new.txt" }] });
    const { rerun } = await term.json("work fix --thread Page --retry --model fake/third --json");
    expect(rerun).toMatchObject({ action: "retry", outcome: "completed" });
    expect((await team.runs("01.01.02")).map(({ agentName, status }) => [agentName, status])).toEqual([
      ["one", "failed"],
      ["two", "failed"],
      ["two", "completed"],
    ]);
    expect(new Set((await team.runs("01.01.02")).map(({ sessionId }) => sessionId)).size).toBe(3);
    const models = team.starts().map(({ args }) => args.find((word) => word.startsWith("fake/")));
    expect(models).toEqual(["fake/first", "fake/first", "fake/second", "fake/third"]);
    expect((await team.rescues()).length).toBeGreaterThan(1);
    const files = (await git(["ls-tree", "--name-only", BASE])).split("\n");
    expect(["new.txt", "half.txt", "other.txt"].map((file) => files.includes(file))).toEqual([true, false, false]);
    expect((await team.threads())["01.01.02"]).toMatchObject({ status: "completed", sessions: 3, resumable: false });
  });

  test("a run that was killed with its supervisor is settled, and resumed", async () => {
    const team = await openTeam();
    const { term } = team;
    team.does({
      "01.01.02": [{ run: "echo half > half.txt; echo ready >&2; sleep 0.1" }, { say: "ready" }, { stay: true }],
    });
    const running = term.start("work execute --thread 1.1.2");
    await waitFor("the agent to be at work", () => running.stdout().includes("ready"));
    for (const { pid } of team.starts()) process.kill(pid, "SIGKILL");
    running.kill("SIGKILL");
    await running.finished;
    for (const { pid } of team.starts()) await waitFor("the agent's end", () => !isAlive(pid));
    const asked = await term.run("work fix");
    expect(asked.stderr).toMatch(
      /^settled agent session \S+: failed.*its process is gone \(rescue .*; `work fix --stream 001-login --thread 01\.01\.02 --resume` goes on with it\n/,
    );
    expect(asked.stderr).toMatch(/\(01\.01\.02 interrupted\)\nhint: work fix --thread 01\.01\.02 --resume \| --retry/);
    team.does({ "01.01.02": [{ run: "grep -q half half.txt && echo all > all.txt" }] });
    await term.ok("work fix --thread 1.1.2 --resume");
    expect(await team.git(["show", `incr/stream/${STREAM}/t-01.01.02:half.txt`])).toBe("half");
  });

  test("says what it needs, and refuses what makes no sense", async () => {
    const team = await openFailed();
    const { term } = team;
    expect(await term.fails(2, "work fix")).toBe(
      "error: there is no terminal to ask on: what is to be fixed, and how? (01.01.02 failed)\nhint: work fix --thread 01.01.02 --resume | --retry | --agent <name>\n",
    );
    expect(await term.fails(2, "work fix --thread 1.1.2")).toMatch(
      /hint: work fix --thread 01\.01\.02 --resume \| --retry/,
    );
    expect(await term.fails(2, "work fix --retry")).toMatch(/hint: work fix --thread 01\.01\.02 /);
    expect(await term.fails(2, "work fix --thread 1.1.2 --resume --retry")).toMatch(
      /--resume and --retry exclude each other/,
    );
    expect(await term.fails(2, "work fix --thread 1.1.2 --resume --agent two")).toMatch(
      /--agent and --resume exclude each other: a conversation goes on with the agent that it began with/,
    );
    expect(await term.fails(2, "work fix --name Fixes")).toMatch(
      /hint: work add-stage --name "Fixes", or work fix --new-stage --name "Fixes"/,
    );
    expect(await term.fails(2, "work fix --thread 1.1.2 --new-stage --name Fixes")).toMatch(
      /--thread and --new-stage exclude each other/,
    );
    expect(await term.fails(2, "work fix --new-stage")).toMatch(
      /what is the new stage called\?\nhint: answer with --name <name>/,
    );
    expect(await term.fails(3, "work fix --thread 9.9.9 --retry")).toMatch(/there is no thread "9\.9\.9"/);
    expect(await term.fails(3, "work fix --thread 1.1.2 --agent nobody")).toMatch(
      /no agent "nobody" in work\/agents\.yaml/,
    );
    expect(await term.fails(1, "work fix --thread 1.2.1 --retry")).toMatch(
      /thread 01\.02\.01 is not to be fixed: it has not been started yet\nhint: work execute --thread 01\.02\.01/,
    );
    // What cannot be fixed at all is no question.
    expect(await term.fails(1, "work fix --thread 1.2.1")).toMatch(
      /01\.02\.01 is not to be fixed: it has not been started/,
    );
    expect(await term.fails(1, "work fix --thread 1.1.1")).toMatch(/01\.01\.01 is not to be fixed: it is completed/);
    expect(await team.runs("01.01.02")).toHaveLength(1);

    expect(await term.ok("work fix --new-stage --name 'Second try'")).toMatch(/^03 {2}work\/001-login\/PLAN\.md:\d+$/);
    expect(await team.read(`work/${STREAM}/PLAN.md`)).toMatch(/^### Stage 03: Second try$/m);
  });
});

describe("on a terminal", () => {
  test("shows the table, asks for thread, action and agent, asks again, and runs it", async () => {
    const team = await openFailed();
    const pane = await openPane(["bash", "--norc", "--noprofile"], {
      cwd: team.root,
      env: { ...team.term.env, PS1: "$ " },
      height: 50,
    });
    await pane.enter("work fix --piped");
    const table = await pane.see("Which thread?");
    expect(table).toMatch(/^Thread +Status +Sessions +Last Agent +Last Run +Name$/m);
    expect(table).toMatch(/^01\.01\.01 +completed +1 +one .*Form$/m);
    expect(table).toMatch(/^01\.01\.02 +failed +1 +one .*Page$/m);
    expect(table).not.toMatch(/01\.02\.01/);
    await pane.press("C-c");
    await pane.see("cancelled, nothing was changed");
    expect(await team.runs("01.01.02")).toHaveLength(1);

    await pane.enter("clear; work fix --piped");
    await pane.see(/^(?![^]*cancelled)[^]*Which thread\?[^]*none of them/);
    await pane.press("Enter");
    const choices = await pane.see("New stage");
    expect(choices).toMatch(/^Run +Status +Exit +Agent +Model +Session\n.+ failed +1 +one +\S+ +ses_\w+$/m);
    expect(choices).toMatch(/What is to be done\?[^]*Resume[^]*Retry[^]*Change agent[^]*New stage/);
    await pane.press("Down", "Down", "Enter");
    await pane.see("Which agent?");
    await pane.press("Enter");
    await pane.see("Begin thread 01.01.02 (Page) again with two? (what it did so far is kept as a rescue)");
    await pane.press("n");
    await pane.see("not confirmed, nothing was changed");
    expect(await team.runs("01.01.02")).toHaveLength(1);

    // Without --piped the agent's own interface is opened, where only marked tasks are believed.
    const steps = JSON.stringify([{ run: "work update --thread 1.1.2 --status completed" }]);
    await pane.enter(`clear; FAKE_AGENT_STEPS='@${steps}' work fix --thread 1.1.2`);
    await pane.see(/^(?![^]*not confirmed)[^]*What is to be done\?[^]*New stage/);
    await pane.press("Enter");
    await pane.see(/Resume thread 01\.01\.02 \(Page\) with one in conversation ses_\w+\?/);
    await pane.press("Enter");
    await pane.see(`batch 01.01 is merged into ${BASE}: 01.01.01`);
    expect(await team.runs("01.01.02")).toMatchObject([
      { status: "failed" },
      { status: "completed", agentName: "one" },
    ]);
    await pane.enter("clear; work fix");
    await pane.see("nothing is to be fixed");
    await pane.enter("clear; work fix --new-stage");
    await pane.see("What is the new stage called?");
    await pane.press("Enter");
    await pane.see(/03 {2}work\/001-login\/PLAN\.md:\d+/);
  });
});
