/** tasks.json of all versions: read as it is, brought up to date with the first change, and never lost by a damaged part. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTaskList } from "../../src/domain/stream/tasks/list-file.ts";
import { completeTaskList, newTaskList } from "../../src/domain/stream/tasks/list-write.ts";
import { checkTaskList } from "../../src/domain/stream/tasks/list-check.ts";
import { parsePlan } from "../../src/domain/stream/plan/parse.ts";
import { openPlanned, STREAM } from "./desk.ts";
import { GOOD_PLAN } from "./plans.ts";

const FILE = `${STREAM}/tasks.json`;
const AT = "2026-01-22T10:00:00.000Z";
const BASE = { id: "01.01.01.01", name: "a", status: "pending" };
const RUN = {
  sessionId: "ses_1",
  agentName: "be",
  model: "p/m",
  startedAt: AT,
  status: "failed",
  completedAt: "2026-01-22T10:05:00.000Z",
  exitCode: 1,
};

describe("files of every age", () => {
  test.each([
    ["without names of parts", { ...BASE }],
    [
      "with names of parts",
      { ...BASE, stage_name: "Build", batch_name: "Base", thread_name: "Form", created_at: AT, updated_at: AT },
    ],
    ["with an agent and a breadcrumb", { ...BASE, assigned_agent: "be", breadcrumb: "here" }],
    ["with an issue", { ...BASE, github_issue: { number: 1, url: "x" }, report: "r" }],
    ["with empty sessions", { ...BASE, sessions: [] }],
    ["with sessions", { ...BASE, sessions: [RUN], currentSessionId: "ses_1" }],
    ["with keys that nobody knows", { ...BASE, later: { a: [1] }, sessions: [{ ...RUN, more: true }] }],
    ["with ids that are not padded", { ...BASE, id: "1.1.1.1" }],
    ["with nulls", { ...BASE, assigned_agent: null, sessions: null, report: null }],
  ])("%s: reading leaves it alone, a change keeps all of it", async (_name, task) => {
    const { term, write, read, json } = await openPlanned();
    const text = JSON.stringify({
      version: "1.0.0",
      stream_id: STREAM,
      extra: 1,
      tasks: [task, { ...BASE, id: "01.01.02.01" }],
    });
    write(FILE, text);
    expect(await term.ok("work list")).toContain("01.01.01.01  pending");
    await term.ok("work status --sessions");
    expect(read(FILE)).toBe(text);
    await term.ok("work update --task 1.1.1.1 --status completed");
    expect(json(FILE)).toMatchObject({
      extra: 1,
      tasks: [
        { ...task, status: "completed", updated_at: expect.any(String) },
        { id: "01.01.02.01", status: "pending", sessions: [] },
      ],
    });
    expect("sessions" in json(FILE).tasks[0]).toBe(true);
  });

  test("one of a newer version is not touched", async () => {
    const { term, write, read } = await openPlanned();
    write(FILE, '{"version":"2.0.0","tasks":[]}');
    expect(await term.fails(6, "work update --task 1.1.1.1 --status completed")).toMatch(/newer version/);
    expect(read(FILE)).toBe('{"version":"2.0.0","tasks":[]}');
  });

  test("one that is torn is named with the place, and not touched", async () => {
    const { term, write, read } = await openPlanned();
    write(FILE, '{"tasks": [\n  {"id": "01.01.01.01",}\n]}');
    expect(await term.fails(1, "work update --task 1.1.1.1 --status completed")).toMatch(
      /tasks\.json is not JSON: .* at line 2, column 24/,
    );
    expect(read(FILE)).toBe('{"tasks": [\n  {"id": "01.01.01.01",}\n]}');
  });
});

describe("sessions", () => {
  test("are counted, and what can be resumed is named; --sessions shows each", async () => {
    const { term, write } = await openPlanned();
    write(
      FILE,
      JSON.stringify({
        tasks: [
          {
            ...BASE,
            sessions: [
              { ...RUN, sessionId: null, status: "interrupted" },
              { ...RUN, startedAt: "2026-01-22T11:00:00.000Z" },
            ],
          },
        ],
      }),
    );
    const [thread] = (await term.json("work status --sessions --json")).threads;
    expect(thread).toMatchObject({
      status: "failed",
      sessions: 2,
      resumable: true,
      running: false,
      agent: "be",
      last_session: { status: "failed", session_id: "ses_1" },
    });
    expect(thread.history.map(({ sessionId }: any) => sessionId)).toEqual([null, "ses_1"]);
    expect(await term.ok("work status --sessions")).toMatch(
      /01\.01\.01 +2026-01-22T10:00:00\.000Z.*interrupted.*not captured\n01\.01\.01 .*failed +1 +be +p\/m +ses_1/,
    );
    expect(await term.ok("work status")).toMatch(/^resumable +01\.01\.01$/m);
  });

  test("one that cannot be read is left out with a warning that names it, and stays in the file", async () => {
    const { term, write, json } = await openPlanned();
    const sessions = [{ sessionId: 7, agentName: "x" }, RUN, "torn"];
    write(
      FILE,
      JSON.stringify({
        tasks: [
          { ...BASE, sessions, currentSessionId: "ses_9" },
          { ...BASE, id: "01.01.02.01", sessions: "none" },
        ],
      }),
    );
    const status = await term.run("work status --json");
    expect(status.code).toBe(0);
    expect(status.json().threads[0].sessions).toBe(1);
    const warned = status.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(warned.map(({ code, data }) => [code, data.task])).toEqual([
      ["damaged_session", "01.01.01.01"],
      ["damaged_session", "01.01.01.01"],
      ["damaged_session", "01.01.02.01"],
    ]);
    expect(warned[0].message).toContain("sessions[0].sessionId");
    await term.ok("work update --task 1.1.1.1 --status completed");
    expect(json(FILE).tasks[0].sessions).toEqual(sessions);

    const result = await term.run("work validate tasks --json");
    expect([result.code, result.json().tasks.map(({ code, task }: any) => [code, task])]).toEqual([
      1,
      [
        ["damaged_session", "01.01.01.01"],
        ["damaged_session", "01.01.01.01"],
        ["unknown_session", "01.01.01.01"],
        ["damaged_session", "01.01.02.01"],
      ],
    ]);
  });

  test("work validate sees ids, threads, statuses and sessions that contradict themselves", async () => {
    const { term, write } = await openPlanned();
    const tasks = [
      { ...BASE, status: "done" },
      BASE,
      { ...BASE, id: "01.01.09.01" },
      { ...BASE, id: "x" },
      {
        ...BASE,
        id: "01.01.02.01",
        name: "",
        sessions: [
          { ...RUN, completedAt: undefined },
          { ...RUN, status: "running", sessionId: "s2" },
        ],
        currentSessionId: "ses_1",
      },
    ];
    write(FILE, JSON.stringify({ tasks }));
    const { stdout } = await term.run("work validate tasks");
    expect(stdout.trim().split("\n")).toEqual([
      'tasks.json: 01.01.01.01: error: "done" is none of pending, in_progress, completed, blocked, cancelled',
      "tasks.json: 01.01.01.01: error: task 01.01.01.01 stands there twice",
      "tasks.json: 01.01.09.01: error: the plan has no thread 01.01.09",
      'tasks.json: x: error: "x" is not the id of a task such as 01.02.03.04',
      "tasks.json: 01.01.02.01: warning: it has no name",
      "tasks.json: 01.01.02.01: warning: currentSessionId is ses_1, and that session is failed",
      "tasks.json: 01.01.02.01: warning: the session of 2026-01-22T10:00:00.000Z is failed, and has no end",
      "tasks.json: 01.01.02.01: warning: the session of 2026-01-22T10:00:00.000Z is running, and has an end",
      "001-login: not valid",
    ]);
  });
});

describe("lists of tasks, whatever stands in them", () => {
  const plan = parsePlan(GOOD_PLAN);
  const fresh = newTaskList("Login", plan, []);
  const lines = fresh.replaceAll(/:$/gm, ": x").split("\n");
  const piece = fc.oneof(
    fc.constantFrom(
      "```",
      "- [ ] x",
      "- [x] Task 1.1.1.1: y",
      "  > Report: z",
      "## Stage 09: s",
      "#### Thread",
      "-",
      "<!--",
      "text",
    ),
    fc.string({ maxLength: 10 }),
  );

  test("a new one lacks only the words", () => {
    expect(new Set(checkTaskList(parseTaskList(fresh), plan).map(({ code }) => code))).toEqual(
      new Set(["missing_name"]),
    );
    expect(completeTaskList(fresh, plan, [])).toBe(fresh);
  });

  test("reading never fails, and completing loses no line", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(lines.length), fc.boolean(), piece), { maxLength: 6 }), (changes) => {
        const changed = [...lines];
        for (const [at, remove, text] of changes) changed.splice(at, remove ? 2 : 0, text);
        const source = changed.join("\n");
        checkTaskList(parseTaskList(source), plan);
        let rest = completeTaskList(source, plan, []);
        for (const line of source.trimEnd().split("\n")) {
          const at = rest.indexOf(line);
          expect(at, line).toBeGreaterThanOrEqual(0);
          rest = rest.slice(at + line.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});
