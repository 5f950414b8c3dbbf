/** The rules of runs: what a session says of its run, what a run does to `tasks.json`, which batches are to be carried out, what clashes. */
import { describe, expect, test } from "vitest";
import type { AgentSession } from "../../src/domain/records.ts";
import { isDone, outlineBatches } from "../../src/domain/stream/batches.ts";
import { findClashes } from "../../src/domain/stream/plan/clashes.ts";
import { parsePlan } from "../../src/domain/stream/plan/parse.ts";
import { resumePrompt, retryPrompt } from "../../src/domain/stream/rerun.ts";
import { runOf, type ThreadRun } from "../../src/domain/stream/run.ts";
import { listThreads, requireThread } from "../../src/domain/stream/tasks/outline.ts";
import { readTasksFile, viewTask, type TasksFile } from "../../src/domain/stream/tasks/record.ts";
import { recordRun } from "../../src/domain/stream/tasks/run.ts";
import { threadState } from "../../src/domain/stream/thread-state.ts";
import { GOOD_PLAN } from "./plans.ts";

const AT = "2026-01-07T14:30:00.000Z";
const LATER = "2026-01-07T15:00:00.000Z";

const session = (more: object) =>
  ({
    id: "k3j2abcd",
    repo: "app",
    thread_id: "01.01.01",
    harness: "claude",
    status: "completed",
    created_at: AT,
    updated_at: LATER,
    completed_at: LATER,
    ...more,
  }) as AgentSession;

describe("a session's run", () => {
  test.each([
    [{}, "completed"],
    [{ status: "failed", reason: "exit" }, "failed"],
    [{ status: "failed", reason: "limited" }, "failed"],
    [{ status: "failed", reason: "interrupted" }, "interrupted"],
    [{ status: "killed", reason: "kill" }, "interrupted"],
    [{ status: "killed", reason: "interrupt" }, "interrupted"],
    [{ status: "killed", reason: "signal" }, "interrupted"],
    [{ status: "killed", reason: "time_limit" }, "failed"],
    [{ status: "killed", reason: "silence_limit" }, "failed"],
  ])("%j ends as %s", (more, status) => {
    expect(runOf(session(more)).end).toEqual({ status, at: LATER });
  });

  test("has the id of the session, with a number from the second run on, and the facts that are known", () => {
    expect(runOf(session({ runs: 1 })).runId).toBe("k3j2abcd");
    expect(runOf(session({ runs: 3, resumed_at: LATER }))).toMatchObject({ runId: "k3j2abcd-3", startedAt: LATER });
    expect(runOf(session({}))).toMatchObject({ agentName: "claude", model: "", sessionId: null, startedAt: AT });
    const known = { agent_name: "backend", asked: { model: "opus" }, agent_session_id: "x", exit_code: 0 };
    expect(runOf(session(known))).toMatchObject({
      agentName: "backend",
      model: "opus",
      sessionId: "x",
      end: { exitCode: 0 },
    });
    expect(runOf(session({ ...known, model: "claude-opus-4" }))).toMatchObject({ model: "claude-opus-4" });
    expect(runOf(session({ status: "active" })).end).toBeNull();
  });
});

const run = (more: Partial<ThreadRun> = {}): ThreadRun => ({
  thread: "01.01.01",
  runId: "one",
  sessionId: "ses_1",
  agentName: "backend",
  model: "m",
  startedAt: AT,
  interactive: false,
  end: null,
  ...more,
});
const end = (status: "completed" | "failed" | "interrupted") => ({ end: { status, at: LATER, exitCode: 0 } });

function tasksFile(...statuses: string[]): TasksFile {
  const tasks = statuses.map((status, n) => ({ id: `01.01.01.0${n + 1}`, name: "x", status, mine: n }));
  const read = readTasksFile({ version: "1.0.0", tasks: [...tasks, { id: "01.01.02.01", status: "pending" }] });
  if (!read.ok) throw new Error(read.issue.message);
  return read.value;
}
const statuses = (file: TasksFile) => file.tasks.map((task) => task["status"]);

describe("a run in tasks.json", () => {
  test.each<[string, string[], ThreadRun[], string[], object]>([
    [
      "begins",
      ["pending", "blocked", "completed"],
      [run()],
      ["in_progress", "blocked", "completed"],
      { status: "running" },
    ],
    [
      "completes what was not marked",
      ["pending", "in_progress", "blocked"],
      [run(), run(end("completed"))],
      ["completed", "completed", "blocked"],
      { status: "completed", exitCode: 0 },
    ],
    [
      "gives back what it had begun",
      ["pending", "completed"],
      [run(), run(end("failed"))],
      ["pending", "completed"],
      { status: "failed" },
    ],
    [
      "gives it back after an interruption",
      ["pending", "pending"],
      [run(), run(end("interrupted"))],
      ["pending", "pending"],
      { status: "interrupted", completedAt: LATER },
    ],
    [
      "is known although its beginning was never written",
      ["pending"],
      [run(end("completed"))],
      ["completed"],
      { status: "completed" },
    ],
    [
      "at a terminal completes by marks alone",
      ["completed", "cancelled"],
      [run({ interactive: true, ...end("completed") })],
      ["completed", "cancelled"],
      { status: "completed" },
    ],
    [
      "at a terminal is interrupted without them",
      ["completed", "pending"],
      [run({ interactive: true }), run({ interactive: true, ...end("completed") })],
      ["completed", "pending"],
      { status: "interrupted" },
    ],
  ])("%s", (_what, before, runs, after, record) => {
    const file = runs.reduce((one, each) => recordRun(one, each, LATER), tasksFile(...before));
    expect(statuses(file).slice(0, -1)).toEqual(after);
    expect(statuses(file).at(-1)).toBe("pending");
    const [first, ...others] = file.tasks;
    expect(first?.["sessions"]).toMatchObject([{ runId: "one", ...record }]);
    for (const task of others) expect(task["sessions"]).toEqual([]);
    expect(first).toMatchObject({ mine: 0 });
    expect(first?.["currentSessionId"]).toBe(
      record === runs[0] || (record as any).status !== "running" ? undefined : "ses_1",
    );
  });

  test("is told once, and changes nothing that somebody said after it", () => {
    const done = recordRun(tasksFile("pending"), run(end("completed")), LATER);
    const reopened = { ...done, tasks: done.tasks.map((task) => ({ ...task, status: "pending" })) };
    expect(recordRun(reopened, run(end("completed")), LATER)).toBe(reopened);
    expect(recordRun(done, run(), LATER)).toBe(done);
  });

  test("learns its conversation while it runs", () => {
    const begun = recordRun(tasksFile("pending"), run({ sessionId: null, model: "" }), AT);
    expect(begun.tasks[0]).not.toHaveProperty("currentSessionId");
    const known = recordRun(begun, run(), LATER);
    expect(known.tasks[0]).toMatchObject({ currentSessionId: "ses_1", sessions: [{ sessionId: "ses_1", model: "m" }] });
    expect(recordRun(known, run(), LATER)).toBe(known);
  });

  test("leaves an earlier one that was written late where it is, without a word on the tasks", () => {
    const now = recordRun(tasksFile("pending"), run({ runId: "two", startedAt: LATER }), LATER);
    const both = recordRun(now, run(end("failed")), LATER);
    expect(statuses(both)[0]).toBe("in_progress");
    expect(both.tasks[0]).toMatchObject({ currentSessionId: "ses_1" });
    expect(threadState(both.tasks.slice(0, 1).map((task) => viewTask(task).task))).toMatchObject({
      running: { runId: "two" },
      sessions: [{ runId: "one" }, { runId: "two" }],
    });
  });

  test("ends what still says that it runs", () => {
    const lost = recordRun(tasksFile("pending"), run(), AT);
    const next = recordRun(lost, run({ runId: "two", startedAt: LATER }), LATER);
    expect(next.tasks[0]?.["sessions"]).toMatchObject([
      { runId: "one", status: "interrupted", completedAt: LATER },
      { runId: "two", status: "running" },
    ]);
  });

  test.each([[null], ["lost"], [{ mine: true }], [[{ sessionId: 7 }, "x"]]])(
    "keeps what it cannot read: %j",
    (sessions) => {
      const file = tasksFile("pending");
      Object.assign(file.tasks[0] ?? {}, { sessions });
      const kept = sessions === null ? [] : Array.isArray(sessions) ? sessions : [sessions];
      expect(recordRun(file, run(), AT).tasks[0]?.["sessions"]).toEqual([
        ...kept,
        expect.objectContaining({ runId: "one" }),
      ]);
    },
  );

  test("of a thread without tasks is written nowhere", () => {
    const file = tasksFile("pending");
    expect(recordRun(file, run({ thread: "09.09.09" }), AT)).toBe(file);
  });
});

test("a batch is done when its threads are, and what has run before is not begun again", () => {
  const threads = listThreads(parsePlan(GOOD_PLAN));
  const states: Record<string, Partial<ReturnType<typeof threadState>>> = {
    "01.01.01": { status: "completed" },
    "01.01.02": { status: "cancelled" },
    "01.02.01": { status: "failed", sessions: [{} as never] },
  };
  const outline = outlineBatches(
    threads,
    (id) => ({ status: "pending", sessions: [], ...states[id] }) as never,
    new Set(["02.01.01"]),
  );
  expect(outline.map((one) => [one.id, isDone(one), one.threads.map(({ standing }) => standing)])).toEqual([
    ["01.01", true, ["done", "done"]],
    ["01.02", false, ["broken"]],
    ["02.01", false, ["running"]],
  ]);
});

test("files that two threads name clash, wherever they stand but in code", () => {
  const plan = parsePlan(
    GOOD_PLAN.replace("The form.", "The form in `a/b.ts`, see `x.y()` and `v1.2.3`.")
      .replace("The page.", "- in `./a/b.ts`\n- and `https://e.org/a.html`")
      .replace("- make the page", "> `README.md`")
      .replace("- do it", "`README.md`\n\n```sh\n`only/here.sh`\n```")
      .replace("**Details:** Choose them.", "**Details:** `a/b.ts`"),
  );
  const batch = listThreads(plan).filter(({ id }) => id.startsWith("01.01"));
  expect(findClashes(plan, batch)).toEqual([
    { path: "a/b.ts", threads: ["01.01.01", "01.01.02"] },
    { path: "README.md", threads: ["01.01.01", "01.01.02"] },
  ]);
  expect(findClashes(plan, batch.slice(1))).toEqual([]);
});

test("a thread is found by id or name", () => {
  const plan = parsePlan(GOOD_PLAN.replaceAll("Thread 01: Colours", "Thread 01: Form"));
  expect(requireThread(plan, "1.1.2").id).toBe("01.01.02");
  expect(requireThread(plan, " page ").id).toBe("01.01.02");
  expect(() => requireThread(plan, "form")).toThrow('"form" means more than one thread: 01.01.01, 01.02.01');
  expect(() => requireThread(plan, "nothing")).toThrow('there is no thread "nothing"');
});

test("whoever comes after an attempt is told how it ended, and where its work is", () => {
  const failed = session({ status: "failed", reason: "exit", message: "it ended with exit code 3" }) as never;
  expect(retryPrompt("# Thread\n", { last: failed, kept: ["git show abc"], note: "Mind the tests." })).toBe(
    "# Thread\n\n## Earlier attempt\n\nYou are not the first one at this thread: an earlier attempt failed: it ended with exit code 3. None of its work is in your folder; it was set aside, and can be looked at with `git show abc`. Find out what went wrong, and do better.\n\nMind the tests.\n",
  );
  const killed = session({ status: "killed", reason: "signal", message: "it was killed by SIGTERM" }) as never;
  expect(resumePrompt("01.01.01", killed, [{ id: "01.01.01.02", name: "Try it" }])).toBe(
    "Go on with thread 01.01.01, where you left off: your last run was interrupted: it was killed by SIGTERM. Your folder is as you left it.\n\nWhat is left:\n\n- 01.01.01.02: Try it\n",
  );
});
