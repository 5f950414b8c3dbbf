/** `work continue`: where a stream stopped, what is to be done about what failed, and on. */
import { expect, test } from "vitest";
import { openPane } from "../support/tmux.ts";
import { BASE, openTeam, STREAM, type Team } from "./team.ts";

/** The first batch has run: one thread is completed, the other one has failed. */
async function openFailed(): Promise<Team> {
  const team = await openTeam();
  team.does({ "01.01.01": [{ run: "echo one > one.txt" }], "01.01.02": [{ fail: "the model is gone" }] });
  await team.term.ok("work execute --thread 1.1.1");
  await team.term.fails(1, "work execute --thread 1.1.2");
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
  expect([aborted.code, aborted.json()]).toEqual([
    1,
    {
      stream: STREAM,
      action: "aborted",
      skipped: [expect.objectContaining({ id: "01.01.02", status: "failed", sessions: 1, agent: "one" })],
      merged: [],
      takeover: null,
    },
  ]);
  expect(await team.runs("01.01.02")).toHaveLength(1);
});

test("on a terminal it shows what failed, and fixes it before it goes on", async () => {
  const team = await openFailed();
  const pane = await openPane(["bash", "--norc", "--noprofile"], {
    cwd: team.root,
    env: { ...team.term.env, PS1: "$ " },
    height: 60,
  });
  await pane.enter("work continue --piped");
  const asked = await pane.see("Abort");
  expect(asked).toMatch(/^Found 1 incomplete thread from previous run$/m);
  expect(asked).toMatch(/^01\.01\.02 +failed +1 +one .*Page$/m);
  expect(asked).toMatch(/What now\?[^]*Continue \(skip failed\)[^]*Fix first[^]*Abort/);
  await pane.press("Down", "Down", "Enter");
  await pane.see("aborted, nothing was changed");
  expect(await team.runs("01.01.02")).toHaveLength(1);

  team.does({ "01.01.02": [{ run: "echo two > two.txt" }] });
  await pane.enter("clear; work continue --piped --fix");
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
