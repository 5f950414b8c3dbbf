/** The journal's documented flows, as a person or an agent types them. */
import { describe, expect, test } from "vitest";
import { documented, plainDesk, repoDesk } from "./desk.ts";

const ID = "2026-01-07-T1430";

test("a session from hello to bye, with the documented state after each step", async () => {
  const desk = await repoDesk();
  await desk.repo.git(["switch", "--quiet", "--create", "feature/new-feature"]);

  expect(await desk.at("14:30").ok(["hello"])).toBe(
    [
      'Welcome. This journal keeps what is done here: `incr log "…"` notes something, `incr bye` ends the session with a report.',
      "",
      "Session 2026-01-07-T1430 began on feature/new-feature",
      "Nothing is uncommitted",
      "",
      'What are you going to work on? Note it: incr log "…"',
    ].join("\n"),
  );
  expect(documented(desk.state())).toEqual({
    version: "1.0.0",
    current_session: {
      id: ID,
      started: "2026-01-07T14:30:00Z",
      status: "active",
      branch: "feature/new-feature",
      quick_notes: [],
    },
    last_session: null,
    pending_todos: [],
  });
  expect(Object.keys(desk.state()).slice(0, 4)).toEqual([
    "version",
    "current_session",
    "last_session",
    "pending_todos",
  ]);

  expect(await desk.at("15:00").ok(["log", "Decided", "to", "use", "JWT", "for", "auth"])).toBe(
    "Noted at 15:00 in 2026-01-07-T1430 (feature/new-feature, clean)",
  );
  expect(documented(desk.state())).toEqual({
    version: "1.0.0",
    current_session: {
      id: ID,
      started: "2026-01-07T14:30:00Z",
      status: "active",
      branch: "feature/new-feature",
      quick_notes: [{ time: "2026-01-07T15:00:00Z", note: "Decided to use JWT for auth" }],
    },
    last_session: null,
    pending_todos: [],
  });
  const log = [
    "# 2026-01-07",
    "",
    "## 15:00",
    "",
    "Decided to use JWT for auth",
    "",
    "- Session: 2026-01-07-T1430",
    "- Branch: `feature/new-feature`",
    "- Working tree: clean",
    "- By: ",
  ].join("\n");
  expect(desk.read(".work-shell/logs/2026-01-07.md")).toContain(log);

  for (let n = 1; n <= 4; n += 1)
    await desk.repo.commit(`Step ${n}`, { [`src/${n}.ts`]: `${n}\n`, "shared.ts": `${n}\n` });
  await desk.repo.commit("Tests", { "test/a.ts": "a\n", "test/b.ts": "b\n", "test/c.ts": "c\n" });
  const bye = [
    "bye",
    "--summary",
    "Implemented JWT authentication",
    "--todo",
    "Add unit tests",
    "--todo",
    "Update API docs",
  ];
  expect(await desk.at("17:00").ok(bye)).toBe(
    [
      "Session 2026-01-07-T1430 is over: 2h 30m on feature/new-feature: 5 commits, 8 files changed",
      "",
      "Implemented JWT authentication",
      "",
      "Saved",
      "  .work-shell/sessions/2026-01-07-T1430.md",
      "  .work-shell/sessions/2026-01-07-T1430.json",
      "  work-shell.md",
      "",
      "Next",
      "  1. Add unit tests",
      "  2. Update API docs",
    ].join("\n"),
  );
  expect(desk.state()).toEqual({
    version: "1.0.0",
    current_session: null,
    last_session: {
      id: ID,
      ended: "2026-01-07T17:00:00Z",
      summary: "Implemented JWT authentication",
      branch: "feature/new-feature",
      commits: 5,
      files_changed: 8,
    },
    pending_todos: ["Add unit tests", "Update API docs"],
  });
  expect(desk.read("work-shell.md")).toBe(`# Work journal

## Session History

### 2026-01-07-T1430

- Implemented JWT authentication
- 2026-01-07 14:30 to 17:00 (2h 30m) on \`feature/new-feature\`: 5 commits, 8 files changed
- [Report](.work-shell/sessions/2026-01-07-T1430.md)
- [ ] Add unit tests
- [ ] Update API docs
`);
  expect(desk.report(ID)).toMatchObject({
    id: ID,
    started: "2026-01-07T14:30:00Z",
    ended: "2026-01-07T17:00:00Z",
    status: "completed",
    ended_by: "bye",
    duration_seconds: 9000,
    commits: 5,
    files_changed: 8,
    files: ["shared.ts", "src/1.ts", "src/2.ts", "src/3.ts", "src/4.ts", "test/a.ts", "test/b.ts", "test/c.ts"],
    uncommitted: { staged: 0, modified: 0, untracked: 0, conflicted: 0 },
    pending_todos: ["Add unit tests", "Update API docs"],
  });
  const markdown = desk.read(`.work-shell/sessions/${ID}.md`);
  expect(markdown).toContain("# Session 2026-01-07-T1430\n\nImplemented JWT authentication\n");
  expect(markdown).toContain("- Duration: 2h 30m\n");
  expect(markdown).toContain("Decided to use JWT for auth");
  expect(markdown).toContain("- [ ] Add unit tests");
});

test("the next hello shows the last session, what is pending, and what is not committed", async () => {
  const desk = await repoDesk();
  await desk.at("14:30").ok(["hello"]);
  await desk.at("15:00").ok(["bye", "--summary", "Implemented JWT authentication", "--todo", "Add unit tests"]);
  await desk.repo.write("README.md", "changed\n");
  await desk.repo.write("new.txt", "new\n");
  expect(await desk.at("16:00").ok(["hello"])).toBe(
    [
      "Last session 2026-01-07-T1430, ended 1h ago on main, no commits",
      "  Implemented JWT authentication",
      "",
      "Session 2026-01-07-T1600 began on main",
      "Pending changes, not committed: 1 modified, 1 untracked",
      "",
      "Pending todos",
      "  1. Add unit tests",
      "",
      "Take up",
      "  Add unit tests",
      "",
      'What are you going to work on? Note it: incr log "…"',
    ].join("\n"),
  );
});

test("hello shows ready todos, active sessions and interrupted workflows of the repository", async () => {
  const desk = await repoDesk();
  await desk.ok(["todo", "create", "Fix the login", "--priority", "1"]);
  await desk.ok(["session", "start", "--title", "Faster builds", "--topic", "cache"]);
  await desk.ok(["workflow", "set", "workflow:pr", "git:pr:monitor"]);
  const greeting = await desk.json(["hello"]);
  expect(greeting).toMatchObject({
    ready_todos: [{ title: "Fix the login", priority: 1 }],
    work_sessions: [{ status: "active", topic: "cache" }],
    workflows: [{ workflow: "workflow:pr", step: "git:pr:monitor" }],
  });
  expect(greeting.take_up).toMatchObject([
    { what: "workflow:pr, interrupted at git:pr:monitor", command: "incr workflow get workflow:pr" },
    { what: "cache", command: `incr session show ${greeting.work_sessions[0].id}` },
    { what: "Fix the login", command: `incr session start ${greeting.ready_todos[0].id}` },
  ]);
  const text = await desk.ok(["hello"]);
  for (const title of ["Ready todos", "Active work sessions", "Interrupted workflows", "Take up"]) {
    expect(text).toContain(`\n${title}\n  `);
  }
});

test("a second hello shows the running session", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  await desk.at("14:40").ok(["log", "one"]);
  const second = await desk.at("14:50").json(["hello"]);
  expect(second).toMatchObject({ is_new: false, session: { id: ID, started: "2026-01-07T14:30:00Z" }, closed: [] });
  const text = await desk.at("14:55").ok(["hello"]);
  expect(text).toContain("Session 2026-01-07-T1430 is running, for 25m, 1 note\n  14:40 ");
  expect(desk.state().last_session).toBeNull();
});

describe("log", () => {
  test("without a session begins one, and says so", async () => {
    const desk = plainDesk();
    expect(await desk.at("14:30").ok(["log", "first"])).toBe(
      "Session 2026-01-07-T1430 began with this note\nNoted at 14:30 in 2026-01-07-T1430",
    );
    expect(documented(desk.state()).current_session).toMatchObject({
      id: ID,
      quick_notes: [{ time: "2026-01-07T14:30:00Z", note: "first" }],
    });
  });

  test("takes a note of several lines from stdin exactly", async () => {
    const desk = plainDesk();
    const note = "  indented\n\n## a heading\t`x`\n\u001B[31mred\n- é 🙂";
    await desk.at("14:30").ok(["log", "-"], { input: `${note}\n` });
    expect(desk.state().current_session.quick_notes[0].note).toBe(note);
    expect(desk.logs()).toContain(`\n\n${note}\n\n- Session: `);
    await desk.at("14:31").ok(["bye"]);
    expect(desk.report(ID).quick_notes[0].note).toBe(note);
  });

  test("answers with what it kept", async () => {
    const desk = await repoDesk();
    await desk.repo.write("README.md", "changed\n");
    expect(await desk.at("14:30").json(["log", "note"])).toMatchObject({
      time: "2026-01-07T14:30:00Z",
      note: "note",
      branch: "main",
      uncommitted: { staged: 0, modified: 1, untracked: 0, conflicted: 0 },
      session: { id: ID, started: "2026-01-07T14:30:00Z", is_new: true },
      log: ".work-shell/logs/2026-01-07.md",
      closed: [],
    });
  });

  test.each([[["log"]], [["log", ""]], [["log", "  "]], [["log", "-"]]])(
    "refuses %j and changes nothing",
    async (args) => {
      const desk = plainDesk();
      const { code, stderr } = await desk.run(args, { input: " \n" });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: .*(?:missing|empty)/);
      expect(desk.list(".")).toEqual([]);
    },
  );
});

describe("bye", () => {
  test("makes the summary of the notes", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["log", "Found the leak"]);
    await desk.at("14:40").ok(["log", "-"], { input: "Fixed it\nin three places" });
    expect((await desk.at("15:00").json(["bye"])).session.summary).toBe("Found the leak; Fixed it");
  });

  test("makes it of the commits where there are no notes, and says where there is nothing", async () => {
    const desk = await repoDesk();
    await desk.at("14:30").ok(["hello"]);
    await desk.repo.commit("Add a test");
    await desk.repo.commit("Fix the bug");
    expect((await desk.at("15:00").json(["bye"])).session.summary).toBe("Add a test; Fix the bug");
    await desk.at("15:30").ok(["hello"]);
    expect((await desk.at("15:40").json(["bye"])).session.summary).toBe("No notes and no commits");
  });

  test("keeps todos until they are done", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    await desk.at("14:31").ok(["bye", "--todo", "Add tests", "--todo", "Update docs", "--todo", "Add tests"]);
    expect(desk.state().pending_todos).toEqual(["Add tests", "Update docs"]);
    await desk.at("14:32").ok(["hello"]);
    await desk.at("14:33").ok(["bye", "--todo", "Release", "--done", "add", "--done", "2"]);
    expect(desk.state().pending_todos).toEqual(["Release"]);
    expect(desk.report("2026-01-07-T1432").done_todos).toEqual(["Add tests", "Update docs"]);
    expect(desk.read(".work-shell/sessions/2026-01-07-T1432.md")).toContain("## Done todos\n\n- [x] Add tests\n");
    await desk.at("14:34").ok(["hello"]);
    const { code, stderr } = await desk.at("14:35").run(["bye", "--done", "nothing"]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'error: no pending todo "nothing"\nhint: incr hello\n' });
    expect(desk.state().current_session).not.toBeNull();
  });

  test("a second time finds nothing open", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    await desk.at("14:40").ok(["bye"]);
    expect(await desk.at("14:41").run(["bye"])).toMatchObject({
      code: 1,
      stderr:
        "error: no journal session is open; the last one, 2026-01-07-T1430, ended at 2026-01-07T14:40:00Z\nhint: incr hello\n",
    });
  });

  test.each([[["--summary", " "]], [["--todo", ""]]])("refuses %j and changes nothing", async (args) => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    expect(await desk.run(["bye", ...args])).toMatchObject({ code: 2 });
    expect(desk.state().current_session).not.toBeNull();
  });
});

test("a second session within one minute has a number", async () => {
  const desk = plainDesk();
  for (let n = 0; n < 3; n += 1) {
    await desk.at("14:30").ok(["hello"]);
    await desk.ok(["bye"]);
  }
  expect(desk.list(".work-shell/sessions").filter((name) => name.endsWith(".json"))).toEqual([
    "2026-01-07-T1430-2.json",
    "2026-01-07-T1430-3.json",
    "2026-01-07-T1430.json",
  ]);
});

test("names are local, times are UTC", async () => {
  const desk = plainDesk();
  desk.env["TZ"] = "Asia/Kolkata";
  await desk.at("2026-01-07T20:00:00Z").ok(["log", "after midnight there"]);
  expect(desk.state().current_session).toMatchObject({ id: "2026-01-08-T0130", started: "2026-01-07T20:00:00Z" });
  expect(desk.list(".work-shell/logs")).toEqual(["2026-01-08.md"]);
  expect(desk.logs()).toContain("## 01:30\n");
});

test("in the hour that a clock goes back, two sessions share no name", async () => {
  const desk = plainDesk();
  desk.env["TZ"] = "Europe/Berlin";
  for (const time of ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]) {
    await desk.at(time).ok(["hello"]);
    await desk.ok(["bye"]);
  }
  expect(desk.report("2026-10-25-T0230").started).toBe("2026-10-25T00:30:00Z");
  expect(desk.report("2026-10-25-T0230-2").started).toBe("2026-10-25T01:30:00Z");
});
