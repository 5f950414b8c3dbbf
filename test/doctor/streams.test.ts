/** Workstreams under `incr doctor`: what is damaged or left over is found without being changed, and put right on request. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openStreamCrew } from "../stream/crew.ts";
import { openApproved, openDesk, STREAM, type Desk } from "../stream/desk.ts";
import { isAlive } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { codes, doctor, fingerprint, type Report } from "./support.ts";

/** Any value of a record. */
// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any;

const LONG_AGO = "2026-01-22T10:00:00.000Z";
const TASKS = `${STREAM}/tasks.json`;

function contents({ files, read }: Desk): Record<string, string> {
  return Object.fromEntries(files().map((file) => [file, read(file)]));
}

/** Looking changes nothing; repairing ends it. */
async function expectMended(desk: Desk, code: string, about: string): Promise<string> {
  const before = [contents(desk), fingerprint(desk)];
  expect(codes(await doctor(desk.term))).toContainEqual([code, about]);
  expect([contents(desk), fingerprint(desk)]).toEqual(before);
  const fixed = await doctor(desk.term, "--fix");
  const repaired = fixed.repaired.find((one) => one.code === code && one.about === about);
  expect(repaired, JSON.stringify(fixed)).toBeDefined();
  expect(codes(fixed)).not.toContainEqual([code, about]);
  return repaired?.done ?? "";
}

async function found({ term }: Desk, code: string): Promise<Report["findings"][number] | undefined> {
  return (await doctor(term)).findings.find((one) => one.code === code);
}

function editTasks({ json, write }: Desk, change: (tasks: Loose[]) => void): void {
  const file = json(TASKS);
  change(file.tasks);
  write(TASKS, JSON.stringify(file, null, 2));
}

test("whole workstreams are nothing to speak of", async () => {
  const desk = await openApproved();
  const report = await doctor(desk.term);
  expect(report.findings).toEqual([]);
  expect(report.checked).toEqual(expect.arrayContaining(["workstreams", "runs of agents", "branches of workstreams"]));
});

describe("a damaged tasks.json", () => {
  test("is put together from what can be read of it, and the approved list", async () => {
    const desk = await openApproved();
    await desk.term.ok("work update --task 1.1.1.1 --status completed --report 'Done {it}'");
    await desk.term.ok("work update --task 2.1.1.1 --status blocked --report Waits");
    const text = desk.read(TASKS);
    // The second task loses a line, as if two writers had been at it
    const torn = text.replace(/("name": "Try it"),/, "$1,\n<<<<<<< ours").replace('"version": "1.0.0",', "");
    desk.write(TASKS, torn);
    expect(await desk.term.fails(1, "work status")).toMatch(/^hint: incr doctor --fix$/m);
    expect(await expectMended(desk, "tasks_damaged", STREAM)).toMatch(
      /^4 tasks are from the damaged file, 01\.01\.01\.02 from TASKS\.md: look whether .*; that is .*tasks\.json\.corrupt-/,
    );
    const { tasks } = desk.json(TASKS);
    expect(tasks.map(({ id, status, report }: Loose) => [id, status, report])).toEqual([
      ["01.01.01.01", "completed", "Done {it}"],
      ["01.01.01.02", "pending", undefined],
      ["01.01.02.01", "pending", undefined],
      ["01.02.01.01", "pending", undefined],
      ["02.01.01.01", "blocked", "Waits"],
    ]);
    const aside = desk.files().find((file) => file.includes("corrupt")) ?? "";
    expect(desk.read(aside)).toBe(torn);
    await desk.term.ok("work validate");
  });

  test("of a newer version is left alone", async () => {
    const desk = await openApproved();
    desk.write(TASKS, '{"version":"2.0.0","tasks":[]}');
    const finding = await found(desk, "tasks_damaged");
    expect(finding).toMatchObject({ repair: null, message: expect.stringContaining("newer version") });
    await doctor(desk.term, "--fix");
    expect(desk.read(TASKS)).toBe('{"version":"2.0.0","tasks":[]}');
  });
});

test("a damaged index is put together from what can be read of it, and the folders", async () => {
  const desk = await openApproved();
  await desk.term.ok("work create --name Other");
  const text = desk.read("index.json");
  desk.write("index.json", text.slice(0, text.lastIndexOf('"id": "002-other"') + 6));
  expect(await expectMended(desk, "streams_damaged", "work/index.json")).toMatch(
    /^lists 001-login, 002-other; approvals are left of 001-login; none is the current one; the damaged file is .*index\.json\.corrupt-/,
  );
  const { gates } = await desk.term.json("work status --stream login --json");
  expect([gates.plan.status, gates.tasks.status]).toEqual(["approved", "approved"]);
  desk.write("index.json", "");
  await expectMended(desk, "streams_damaged", "work/index.json");
  expect(desk.json("index.json").streams.map(({ id, approval }: Loose) => [id, approval])).toEqual([
    ["001-login", undefined],
    ["002-other", undefined],
  ]);
});

test("a file of that name that belongs to something else is left alone", async () => {
  const desk = await openDesk();
  desk.write("index.json", '["mine"]');
  desk.write("001/notes.md", "mine");
  desk.write("agents.yaml", "mine: true\n");
  expect((await doctor(desk.term, "--fix")).findings).toMatchObject([{ code: "streams_foreign", repair: null }]);
  expect(desk.read("index.json")).toBe('["mine"]');
  expect((await desk.term.json("incr status --json")).attention).toEqual([]);
});

test("plans, agents and folders that are not as they should be are named", async () => {
  const desk = await openApproved();
  const { term, write, read, repo } = desk;
  write("agents.yaml", "agents: [\n");
  write("003-found/PLAN.md", "# Plan: Found\n");
  write("notes/PLAN.md", "# Mine\n");
  await term.ok("work create --name Gone");
  rmSync(join(repo.root, "work", "004-gone"), { recursive: true });
  const plan = read(`${STREAM}/PLAN.md`);
  write(`${STREAM}/PLAN.md`, plan.replace("### Stage 02: Ship", "### Stage 02 Ship"));
  editTasks(desk, (tasks) => {
    tasks[0].sessions = [{ status: "running" }];
  });
  const report = await doctor(term);
  expect(report.findings.map(({ code, severity, about }) => [code, severity, about])).toEqual([
    ["agents_damaged", "error", "work/agents.yaml"],
    ["plan_invalid", "warning", STREAM],
    ["tasks_invalid", "warning", STREAM],
    ["plan_missing", "warning", "004-gone"],
    ["stream_not_listed", "note", "003-found"],
  ]);
  expect(report.findings[1]?.message).toMatch(/has a fault on line \d+: the heading of stage 02 has no colon/);
  await doctor(term, "--fix");
  await term.ok("work preview --stream 003-found");
  // One that is being written is nobody's fault yet
  expect(await found(desk, "plan_invalid")).toMatchObject({ severity: "warning", about: STREAM });
  write("index.json", read("index.json").replace('"current_stream": "001-login"', '"current_stream": "009-x"'));
  expect(await found(desk, "stream_not_known")).toMatchObject({ hint: "work current --set 003-found" });
});

describe("a run that tasks.json says goes on", () => {
  const RUN = { sessionId: "ses_1", agentName: "be", model: "p/m", startedAt: LONG_AGO, status: "running" };

  test("and of which nothing is known for a day was interrupted", async () => {
    const desk = await openApproved();
    editTasks(desk, (tasks) => {
      Object.assign(tasks[0], { sessions: [{ ...RUN, kept: 1 }], currentSessionId: "ses_1", status: "in_progress" });
      Object.assign(tasks[1], { status: "completed" });
    });
    expect(await expectMended(desk, "run_ended", `${STREAM}/01.01.01`)).toContain("is interrupted");
    const [first, second] = desk.json(TASKS).tasks;
    expect(first).toMatchObject({ status: "pending", sessions: [{ ...RUN, kept: 1, status: "interrupted" }] });
    expect(first.sessions[0].completedAt).toMatch(/Z$/);
    expect(first.currentSessionId).toBeUndefined();
    expect(second.status).toBe("completed");
    expect((await desk.term.json("work status --json")).threads[0]).toMatchObject({
      status: "interrupted",
      resumable: true,
    });
  });

  test("and that may go on elsewhere is left alone", async () => {
    const desk = await openApproved();
    editTasks(desk, (tasks) => {
      tasks[0].sessions = [{ ...RUN, startedAt: new Date(Date.now() - 60_000).toISOString() }];
    });
    const before = desk.read(TASKS);
    expect(await found(desk, "run_unknown")).toMatchObject({ severity: "note", repair: null });
    await doctor(desk.term, "--fix");
    expect(desk.read(TASKS)).toBe(before);
  });
});

test.each([
  ["in a workspace of its own", "", "lease_dead", "ws-001"],
  ["in the folder", "--in-place", "agent_dead", undefined],
])("an agent %s that was killed with whoever watched over it", async (_where, flags, code, about) => {
  const crew = await openStreamCrew();
  const { term } = crew;
  crew.script("01.01.01", [{ run: "echo half > half.txt" }, { say: "half" }, { stay: true }]);
  const running = term.start(`work execute --thread 1.1.1 ${flags}`);
  await waitFor("the agent to be at work", () => running.stdout().includes("half"));
  expect((await doctor(term)).findings).toEqual([]);
  const { process: identity, id } = Object.values<any>(crew.state().opencode_sessions)[0];
  running.kill("SIGKILL");
  process.kill(identity.child_pid, "SIGKILL");
  await running.finished;
  await waitFor("the agent to be gone", () => !isAlive(identity.child_pid));

  const then = crew.read("tasks.json");
  const seen = await waitFor("what was killed to be gone", async () => {
    const report = await doctor(term);
    return report.findings.length > 0 ? report : undefined;
  });
  expect(codes(seen)).toEqual([[code, about ?? id]]);
  expect(crew.read("tasks.json")).toBe(then);
  const fixed = await doctor(term, "--fix");
  expect(fixed.repaired.map((one) => [one.code, one.about])).toEqual([
    [code, about ?? id],
    ["run_ended", "001-login/01.01.01"],
  ]);
  expect(fixed.findings).toEqual([]);
  expect(crew.records("01.01.01")).toMatchObject([{ status: "interrupted", runId: id }]);
  expect(crew.tasks("01.01.01")).toEqual(["pending", "pending"]);
});

test("branches of streams that are gone, and of merges that are over", async () => {
  const desk = await openApproved();
  const { repo, term, json, write } = desk;
  await repo.git(["branch", "incr/stream/007-gone/base"]);
  await repo.git(["branch", `incr/stream/${STREAM}/base`]);
  await repo.git(["branch", `incr/stream/${STREAM}/merge-01.01.01`]);
  await repo.git(["branch", `incr/stream/${STREAM}/t-01.01.01`]);
  const tree = await repo.git(["rev-parse", "HEAD^{tree}"]);
  const work = await repo.git(["commit-tree", "-p", "HEAD", "-m", "work", tree]);
  await repo.git(["branch", "incr/stream/007-gone/t-01.01.01", work]);
  const index = json("index.json");
  const resolving = { workspace: "ws-001", lease_id: "x", branch: "b", since: LONG_AGO };
  const conflict = {
    status: "conflict",
    at: LONG_AGO,
    thread: "01.01.02",
    with: [],
    files: ["a"],
    onto: "0",
    theirs: "1",
  };
  index.streams[0].merges = { "01.01": { ...conflict, resolving } };
  write("index.json", JSON.stringify(index));

  expect(await expectMended(desk, "stream_branch_orphan", "incr/stream/007-gone/base")).toBe(
    "deleted incr/stream/007-gone/base",
  );
  expect(json("index.json").streams[0].merges["01.01"]).toEqual(conflict);
  expect((await repo.git(["branch", "--list", "incr/*", "--format=%(refname:short)"])).split("\n")).toEqual([
    `incr/stream/${STREAM}/base`,
    `incr/stream/${STREAM}/t-01.01.01`,
    "incr/stream/007-gone/t-01.01.01",
  ]);
  expect((await doctor(term)).findings).toMatchObject([
    { code: "stream_branch_orphan", about: "incr/stream/007-gone/t-01.01.01", repair: null },
  ]);
});
