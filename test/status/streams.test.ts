/** Workstreams in `incr status`: what runs, what waits for somebody, and what to type for it. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fingerprint } from "../doctor/support.ts";
import { openApproved, openDesk, STREAM, type Desk } from "../stream/desk.ts";
import { GOOD_PLAN } from "../stream/plans.ts";
import { openTeam } from "../stream/team.ts";
import { waitFor } from "../support/wait.ts";

/** Any value of an answer. */
// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any;

const AT = "2026-01-22T10:00:00.000Z";
const RUN = { sessionId: "ses_1", runId: "r1", agentName: "be", model: "p/m", startedAt: AT };

const streamsOf = async ({ term }: Desk): Promise<Loose[]> => (await term.json("incr status --json")).streams;

/** Changes the record of tasks behind the back of everybody. */
function editTasks({ json, write }: Desk, change: (tasks: Loose[]) => void): void {
  const file = json(`${STREAM}/tasks.json`);
  change(file.tasks);
  write(`${STREAM}/tasks.json`, JSON.stringify(file));
}

test("the current stream says what comes next, from the plan to the end", async () => {
  const desk = await openDesk();
  const { term, write, repo } = desk;
  const at = async () => (await streamsOf(desk)).map(({ state, command }) => [state, command]);
  expect(await at()).toEqual([]);
  await repo.write("draft.md", GOOD_PLAN);
  await term.ok("work create --plan draft.md");
  await term.ok("work create --name Later");
  expect(await at()).toEqual([["planning", "work approve plan"]]);
  await term.ok("work approve plan");
  expect(await at()).toEqual([["tasks", "work approve tasks"]]);
  for (const thread of ["1.1.1", "1.1.2", "1.2.1", "2.1.1"])
    await term.ok(`work add-task --thread ${thread} --name Do`);
  await term.ok("work approve tasks");
  expect(await at()).toEqual([["ready", "work continue"]]);
  await term.ok("work update --thread 1.1.1 --status blocked --report why");
  expect(await at()).toEqual([["blocked", "work list --status blocked"]]);
  for (const thread of ["1.1.1", "1.1.2", "1.2.1"]) await term.ok(`work update --thread ${thread} --status completed`);
  expect(await at()).toEqual([["review", "work approve stage 1"]]);
  expect(await term.ok("incr status")).toBe(
    `${repo.root}\n\nworkstreams\n  ${STREAM}  3/4 tasks  a stage is done  work approve stage 1`,
  );
  // Another one is the current one: this one is shown all the same
  await term.ok("work current --set later");
  expect(await at()).toEqual([
    ["review", `work approve stage 1 --stream ${STREAM}`],
    ["planning", "work approve plan"],
  ]);
  await term.ok(`work approve stage 1 --stream ${STREAM}`);
  await term.ok(`work update --thread 2.1.1 --status cancelled --stream ${STREAM}`);
  await term.ok(`work approve stage 2 --stream ${STREAM}`);
  expect(await at()).toEqual([["planning", "work approve plan"]]);

  // What agents did is on the stream's branch, and nowhere else yet
  await repo.git(["checkout", "--quiet", "-b", `incr/stream/${STREAM}/base`]);
  await repo.write("done.txt", "x\n");
  await repo.git(["add", "done.txt"]);
  await repo.git(["commit", "--quiet", "--message", "work"]);
  const [base, tip] = [await repo.git(["rev-parse", "HEAD~"]), await repo.git(["rev-parse", "HEAD"])];
  await repo.git(["checkout", "--quiet", "-"]);
  const branch = `incr/stream/${STREAM}/base`;
  const index = desk.json("index.json");
  index.streams[0].branch = { name: branch, base, tip };
  write("index.json", JSON.stringify(index));
  expect((await at())[0]).toEqual(["ready", "work continue --stream 001-login"]);
  const merged = { status: "merged", at: new Date().toISOString(), commit: tip };
  index.streams[0].merges = { "01.01": merged, "01.02": merged, "02.01": merged };
  write("index.json", JSON.stringify(index));
  expect((await at())[0]).toEqual(["unmerged", `git merge ${branch}`]);
  await repo.git(["merge", "--quiet", branch]);
  expect(await at()).toEqual([["planning", "work approve plan"]]);
});

test("what runs, what broke and what conflicts is named, with the command that deals with it", async () => {
  const desk = await openApproved();
  const { term, write, json } = desk;
  editTasks(desk, (tasks) => {
    tasks[0].sessions = [{ ...RUN, status: "failed", completedAt: AT, exitCode: 1 }];
    tasks[2].sessions = [{ ...RUN, runId: "r2", sessionId: null, status: "running" }];
    tasks[3].sessions = [{ ...RUN, runId: "r3", sessionId: null, status: "interrupted", completedAt: AT }];
  });
  const before = [fingerprint(desk), json("index.json"), json(`${STREAM}/tasks.json`)];
  const [stream] = await streamsOf(desk);
  expect(stream).toMatchObject({
    id: STREAM,
    state: "running",
    threads: { total: 4, completed: 0 },
    tasks: { total: 5, completed: 0 },
    running: [{ thread: "01.01.02", name: "Page", agent: "be", started_at: AT }],
    broken: [
      { thread: "01.01.01", name: "Form", status: "failed", resumable: true },
      { thread: "01.02.01", name: "Colours", status: "interrupted", resumable: false },
    ],
    conflicts: [],
    command: "work status",
  });
  const text = await term.ok("incr status");
  expect(text).toMatch(
    /workstreams\n {2}001-login {2}0\/5 tasks {2}runs 01\.01\.02; 01\.01\.01 failed; 01\.02\.01 interrupted {2}work status\n/,
  );
  expect(text).toContain(
    "! 001-login: 2 threads did not come to the end: 01.01.01 (failed), 01.02.01 (interrupted)\n      work fix",
  );
  expect([fingerprint(desk), json("index.json"), json(`${STREAM}/tasks.json`)]).toEqual(before);

  const index = json("index.json");
  const conflict = { status: "conflict", at: AT, thread: "01.01.02", with: ["01.01.01"], files: ["a.txt"] };
  index.streams[0].merges = { "01.01": { ...conflict, onto: "0", theirs: "1" } };
  write("index.json", JSON.stringify(index));
  editTasks(desk, (tasks) => {
    for (const task of tasks) Object.assign(task, { sessions: [], status: "completed" });
    tasks[0].status = "pending";
    tasks[0].sessions = [{ ...RUN, status: "interrupted", completedAt: AT }];
  });
  await term.ok("work create --name Other");
  await term.ok("work current --set other");
  const status = await term.json("incr status --json");
  expect(status.streams[0]).toMatchObject({ state: "conflict", command: `work fix --merge --stream ${STREAM}` });
  expect(status.attention).toEqual([
    {
      code: "stream_conflict",
      message: `batch 01.01 of ${STREAM} could not be merged: thread 01.01.02 does not fit with 01.01.01: a.txt`,
      command: `work fix --merge --stream ${STREAM}`,
    },
    {
      code: "stream_broken",
      message: `${STREAM}: a thread did not come to the end: 01.01.01 (interrupted)`,
      command: `work fix --thread 01.01.01 --stream ${STREAM}`,
    },
  ]);
});

test("threads that agents are at are told as such", async () => {
  const team = await openTeam();
  const { term } = team;
  team.does({ "01.01.01": [{ say: "hi" }, { stay: true }] });
  await term.ok("work multi --batch 1.1 --detach");
  await waitFor("one to have ended", async () => (await team.runs("01.01.02"))[0]?.status === "completed");
  await waitFor("the other to be at work", async () => (await team.runs("01.01.01"))[0]?.status === "running");
  const { agent_sessions: agents, streams, attention } = await term.json("incr status --json");
  expect(agents).toMatchObject([
    { title: "thread 01.01.01 of 001-login: Form", workspace: expect.stringMatching(/^ws/) },
  ]);
  expect(streams).toMatchObject([
    { state: "running", running: [{ thread: "01.01.01", agent: "one" }], threads: { total: 4, completed: 1 } },
  ]);
  expect(attention).toEqual([]);
  expect(await term.ok("incr __complete zsh -- incr agent show ''")).toContain(`${agents[0].id}\tactive, Form`);
  await term.ok("work multi --stop");
  expect((await term.json("incr status --json")).streams[0]).toMatchObject({
    state: "broken",
    broken: [{ thread: "01.01.01", status: "interrupted", resumable: true }],
  });
});

test("a damaged file hides its stream and nothing else", async () => {
  const desk = await openApproved();
  const { term, write, repo } = desk;
  await term.ok("work create --name Other");
  await term.ok("work current --set other");
  write(`${STREAM}/tasks.json`, "{");
  const status = await term.json("incr status --json");
  expect(status.streams.map(({ id }: Loose) => id)).toEqual(["002-other"]);
  expect(status.attention).toMatchObject([{ code: "stream_damaged", command: "incr doctor" }]);
  expect(status.attention[0].message).toContain("tasks.json");
  write("index.json", "[");
  expect((await term.json("incr status --json")).attention[0].message).toContain("index.json");
  rmSync(join(repo.root, "work"), { recursive: true });
  expect((await term.json("incr status --json")).attention).toEqual([]);
});
