/** A session that nobody closes ends with its last sign of life. */
import { expect, test } from "vitest";
import { plainDesk, repoDesk, type Desk } from "./desk.ts";

const ID = "2026-01-07-T1430";

const commitAt = async (desk: Awaited<ReturnType<typeof repoDesk>>, time: string, message: string) => {
  const date = `2026-01-07T${time}:00Z`;
  const env = { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date };
  const { execFileSync } = await import("node:child_process");
  execFileSync("git", ["commit", "--quiet", "--allow-empty", "--message", message], {
    cwd: desk.root,
    env: { ...process.env, ...env },
  });
};
/** Aliases of aliases, each nine times the one before. */
const BOMB = [
  "a: &a [x]",
  ...["ab", "bc", "cd", "de"].map(([from, to]) => `${to}: &${to} [${Array(9).fill(`*${from}`).join()}]`),
].join("\n");
const started = (desk: Desk) => desk.state().current_session?.started;

test("half an hour is not idle yet, a second more is", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  expect(await desk.at("15:00").ok(["log", "in time"])).toBe("Noted at 15:00 in 2026-01-07-T1430");
  expect(await desk.at("2026-01-07T15:30:01Z").ok(["log", "too late"])).toBe(
    [
      "Session 2026-01-07-T1430 was left alone, so it ended with its last sign of life, 2026-01-07 15:00 (30m: no commits): in time",
      "Session 2026-01-07-T1530 began with this note",
      "Noted at 15:30 in 2026-01-07-T1530",
    ].join("\n"),
  );
  expect(desk.state()).toMatchObject({
    current_session: { id: "2026-01-07-T1530", quick_notes: [{ note: "too late" }] },
    last_session: { id: ID, ended: "2026-01-07T15:00:00Z", summary: "in time" },
  });
  expect(desk.report(ID)).toMatchObject({ ended_by: "idle", duration_seconds: 1800, uncommitted: null });
  expect(desk.read("work-shell.md")).toContain("### 2026-01-07-T1430\n");
});

test("hello closes what was left alone, says so, and begins anew; pending todos stay", async () => {
  const desk = plainDesk();
  await desk.at("09:00").ok(["hello"]);
  await desk.at("09:05").ok(["bye", "--todo", "Add tests"]);
  await desk.at("14:30").ok(["log", "found it"]);
  const greeting = await desk.at("16:00").json(["hello"]);
  expect(greeting).toMatchObject({
    is_new: true,
    session: { id: "2026-01-07-T1600" },
    last_session: { id: ID, ended: "2026-01-07T14:30:00Z" },
    closed: [{ id: ID, ended_by: "idle" }],
    pending_todos: ["Add tests"],
  });
  const text = await desk.at("18:00").ok(["hello"]);
  expect(text).toMatch(
    /^Session 2026-01-07-T1600 was left alone, so it ended with its last sign of life, 2026-01-07 16:00/,
  );
});

test("how long is idle can be set", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  desk.write(".work-shell/config.yaml", "# ours\nsession:\n  idle_minutes: 90\n");
  await desk.at("16:00").ok(["log", "still here"]);
  expect(started(desk)).toBe("2026-01-07T14:30:00Z");
  desk.write(".work-shell/config.yaml", "session: { idle_minutes: 1 }\n");
  await desk.at("16:02").ok(["log", "late"]);
  expect(started(desk)).toBe("2026-01-07T16:02:00Z");
  expect(desk.read(".work-shell/config.yaml")).toBe("session: { idle_minutes: 1 }\n");
});

test.each([
  ["session:\n  idle_minutes: 0\n", "`session.idle_minutes`, which must be a number of minutes, 1 or more"],
  ["session:\n  idle: 90\n", "an unknown setting `session.idle`"],
  ["git:\n  auto_commit: maybe\n", "`git.auto_commit`, which must be true or false"],
  ["nothing: true\n", "an unknown section `nothing`"],
  ["git: [\n", "is not YAML that can be read: Flow sequence"],
  [BOMB, "is not YAML that can be read: Excessive alias count"],
])("a setting that is wrong is told, and the journal goes on: %j", async (yaml, problem) => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  desk.write(".work-shell/config.yaml", yaml);
  const { code, stderr } = await desk.at("14:40").run(["log", "note"]);
  expect(code).toBe(0);
  expect(stderr).toContain(problem);
  expect(desk.state().current_session).toMatchObject({ id: ID, quick_notes: [{ note: "note" }] });
});

test("commits are signs of life", async () => {
  const desk = await repoDesk();
  await desk.at("14:30").ok(["hello"]);
  await commitAt(desk, "14:55", "one");
  await commitAt(desk, "15:20", "two");
  await desk.at("15:45").ok(["log", "still at it"]);
  expect(started(desk)).toBe("2026-01-07T14:30:00Z");
});

test("a session that was left alone has the commits up to its end, and no later ones", async () => {
  const desk = await repoDesk();
  await desk.at("14:30").ok(["hello"]);
  await commitAt(desk, "14:50", "one");
  await commitAt(desk, "15:10", "two");
  await commitAt(desk, "18:00", "much later");
  await desk.at("18:05").ok(["hello"]);
  expect(desk.report(ID)).toMatchObject({
    ended: "2026-01-07T15:10:00Z",
    commits: 2,
    commit_list: [{ subject: "two" }, { subject: "one" }],
    summary: "one; two",
  });
  await commitAt(desk, "18:10", "next");
  expect((await desk.at("18:15").json(["bye"])).session).toMatchObject({ commits: 1, summary: "next" });
});

test("bye ends a session as of now, however long it was quiet", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["log", "began"]);
  const { session } = await desk.at("2026-01-08T09:00:00Z").json(["bye"]);
  expect(session).toMatchObject({
    id: ID,
    ended: "2026-01-08T09:00:00Z",
    ended_by: "bye",
    last_activity: "2026-01-07T14:30:00Z",
  });
});

test("midnight does not end a session: the notes go to the logs of their days", async () => {
  const desk = plainDesk();
  await desk.at("23:50").ok(["log", "late"]);
  await desk.at("2026-01-08T00:10:00Z").ok(["log", "early"]);
  expect(desk.list(".work-shell/logs")).toEqual(["2026-01-07.md", "2026-01-08.md"]);
  expect(desk.read(".work-shell/logs/2026-01-07.md")).toContain("\nlate\n");
  expect(desk.read(".work-shell/logs/2026-01-08.md")).toContain("\nearly\n");
  await desk.at("2026-01-08T00:20:00Z").ok(["bye"]);
  expect(desk.report("2026-01-07-T2350").quick_notes).toHaveLength(2);
  expect(desk.read("work-shell.md")).toContain("- 2026-01-07 23:50 to 2026-01-08 00:20 (30m): no commits\n");
});

test("a clock that was set back ends nothing and takes no time back", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  await desk.at("10:00").ok(["log", "the clock is wrong"]);
  expect(desk.state().current_session).toMatchObject({ id: ID, last_activity: "2026-01-07T14:30:00Z" });
  expect((await desk.at("10:05").json(["bye"])).session).toMatchObject({
    ended: "2026-01-07T14:30:00Z",
    duration_seconds: 0,
  });
});

test("a state that the work shell itself wrote is understood", async () => {
  const desk = await repoDesk();
  await commitAt(desk, "14:40", "one");
  await desk.at("14:45").ok(["hello"]);
  desk.write(
    ".work-shell/state.json",
    JSON.stringify({
      version: "1.0.0",
      extra: { kept: true },
      current_session: {
        id: ID,
        started: "2026-01-07T14:30:00Z",
        status: "active",
        branch: "main",
        focus: "kept too",
        quick_notes: [{ time: "2026-01-07T15:00:00Z", note: "old", mood: "good" }],
      },
      last_session: null,
      pending_todos: [],
    }),
  );
  await desk.at("15:20").ok(["log", "new"]);
  expect(desk.state()).toMatchObject({
    extra: { kept: true },
    current_session: { id: ID, focus: "kept too", quick_notes: [{ note: "old", mood: "good" }, { note: "new" }] },
  });
  await desk.at("15:30").ok(["bye"]);
  expect(desk.state()).toMatchObject({ extra: { kept: true }, last_session: { id: ID } });
});
