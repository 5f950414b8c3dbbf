/** Looking back, and being asked. */
import { beforeAll, describe, expect, test } from "vitest";
import { INCR } from "../support/incr.ts";
import { lacks } from "../support/programs.ts";
import { openPane } from "../support/tmux.ts";
import { waitFor } from "../support/wait.ts";
import { plainDesk, repoDesk, type Desk } from "./desk.ts";

let desk: Desk;

beforeAll(async () => {
  desk = await repoDesk();
  await desk.at("09:00").ok(["log", "Decided to use JWT for auth"]);
  await desk.at("09:30").ok(["bye", "--summary", "Auth design", "--todo", "Add unit tests"]);
  await desk.at("10:00").ok(["log", "-"], { input: "Straße und CAFÉ\nrate limit (429)" });
  await desk.at("10:10").ok(["bye"]);
  await desk.at("14:30").ok(["log", "auth again"]);
});

test("list", async () => {
  expect(await desk.at("14:40").ok(["journal", "list"])).toBe(
    [
      "SESSION           STARTED           LENGTH  BRANCH  COMMITS  NOTES  SUMMARY",
      "2026-01-07-T1430  2026-01-07 14:30     10m  main          -      1  (running)",
      "2026-01-07-T1000  2026-01-07 10:00     10m  main          0      1  Straße und CAFÉ",
      "2026-01-07-T0900  2026-01-07 09:00     30m  main          0      1  Auth design",
    ].join("\n"),
  );
  const limited = await desk.json(["journal", "list", "--limit", "1"]);
  expect(limited).toMatchObject({
    current: { id: "2026-01-07-T1430" },
    sessions: [{ id: "2026-01-07-T1000" }],
    more: 1,
  });
  expect(await desk.ok(["journal", "list", "--limit", "1"])).toMatch(/\nand 1 older session: incr journal list --all$/);
  expect((await desk.json(["journal", "list", "--all"])).sessions).toHaveLength(2);
});

test("list of nothing", async () => {
  const empty = plainDesk();
  expect(await empty.ok(["journal", "list"])).toBe("no sessions; `incr hello` begins one");
  expect(await empty.run(["journal", "show"])).toMatchObject({ code: 3 });
  expect(empty.list(".")).toEqual([]);
});

test("show", async () => {
  expect(await desk.ok(["journal", "show", "2026-01-07-T10"])).toMatch(
    new RegExp(
      [
        "^session        2026-01-07-T1000",
        "status         over",
        String.raw`started        2026-01-07 10:00 \(UTC\+00:00\)`,
        String.raw`ended          2026-01-07 10:10 \(UTC\+00:00\)`,
        "length         10m",
        "branch         main",
        "work           no commits",
        "not committed  clean",
        "took part      .*",
        "",
        "Straße und CAFÉ",
        "",
        "Notes",
        "  10:00 .* Straße und CAFÉ",
        String.raw`    rate limit \(429\)`,
        "",
        "Pending todos",
        "  Add unit tests$",
      ].join("\n"),
    ),
  );
  expect(await desk.json(["journal", "show"])).toMatchObject({ id: "2026-01-07-T1430", status: "active" });
  expect(await desk.json(["journal", "show", "2026-01-07-t0900"])).toMatchObject({
    status: "completed",
    summary: "Auth design",
  });
  expect(await desk.run(["journal", "show", "2026-01-07"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is the start of more than one session: 2026-01-07-T0900, "),
  });
  expect(await desk.run(["journal", "show", "2025"])).toMatchObject({
    code: 3,
    stderr: 'error: no journal session "2025"\nhint: incr journal list\n',
  });
});

describe("search", () => {
  const ids = async (...words: string[]) =>
    (await desk.json(["journal", "search", ...words])).sessions.map(({ id }: any) => id.slice(-4));

  test.each([
    [["AUTH"], ["1430", "0900"]],
    [["auth", "jwt"], ["0900"]],
    [["auth", "again"], ["1430"]],
    [["unit"], ["1000", "0900"]],
    [["café"], ["1000"]],
    [["(429)"], ["1000"]],
    [["rate limit"], ["1000"]],
    [["limit rate"], []],
    [[".*"], []],
  ])("%j finds %j", async (words, found) => {
    expect(await ids(...words)).toEqual(found);
  });

  test("shows where", async () => {
    expect(await desk.ok(["journal", "search", "jwt", "design"])).toBe(
      [
        "2026-01-07-T0900  2026-01-07 09:00",
        "  summary     Auth design",
        "  note 09:00  Decided to use JWT for auth",
      ].join("\n"),
    );
    expect(await desk.ok(["journal", "search", "nowhere"])).toBe("nothing found");
  });
});

test("ids are completed", async () => {
  const { stdout } = await desk.run(["__complete", "bash", "--", "incr", "journal", "show", "2026-01-07-T1"]);
  expect(stdout).toContain("2026-01-07-T1430");
  expect(stdout).toContain("2026-01-07-T1000");
});

test("reading changes nothing and waits for nobody", async () => {
  const before = desk.read(".work-shell/state.json");
  await desk.ok(["journal", "list"]);
  await desk.ok(["journal", "show"]);
  await desk.ok(["journal", "search", "auth"]);
  expect(desk.read(".work-shell/state.json")).toBe(before);
});

describe.skipIf(lacks("tmux"))("on a terminal", () => {
  test("hello asks what to work on; the answer becomes the first note", async () => {
    const here = plainDesk();
    const pane = await openPane([process.execPath, INCR, "hello"], {
      cwd: here.root,
      env: { ...here.at("14:30").env },
    });
    await pane.see("What are you going to work on? (Enter skips)");
    expect(await pane.screen()).toContain("Session 2026-01-07-T1430 began");
    await pane.enter("The login");
    await waitFor("the note", () => here.logs().includes("\nThe login\n"));
    expect(here.state().current_session.quick_notes).toMatchObject([{ note: "The login" }]);
  });

  test.each(["Enter", "C-c"])("%s skips it: the session has begun", async (key) => {
    const here = plainDesk();
    const pane = await openPane(["bash", "--norc"], { cwd: here.root, env: { ...here.at("14:30").env, PS1: "> " } });
    await pane.enter(`${process.execPath} ${INCR} hello; echo "ended $?"`);
    await pane.see("What are you going to work on?");
    await pane.press(key);
    await pane.see("ended 0");
    expect(here.state().current_session).toMatchObject({ id: "2026-01-07-T1430", quick_notes: [] });
  });

  test("an agent is not asked", async () => {
    const here = plainDesk();
    const env = { ...here.at("14:30").env, PS1: "> ", CLAUDECODE: "1" };
    const pane = await openPane(["bash", "--norc"], { cwd: here.root, env });
    await pane.enter(`${process.execPath} ${INCR} hello; echo "ended $?"`);
    await pane.see("ended 0");
    expect(await pane.screen()).not.toContain("Enter skips");
  });
});
