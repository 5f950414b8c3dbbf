/** What goes wrong around the records of runs, and what becomes of the work then. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { openStreamCrew } from "./crew.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

test("invents no id where the agent tells none, and offers to begin again instead", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const bin = makeTempDir("incr-mute-");
  writeFileSync(join(bin, "codex"), "#!/bin/sh\nexit 1\n");
  chmodSync(join(bin, "codex"), 0o755);
  await term.run("work execute --thread 1.1.1 --harness codex", { env: { PATH: `${bin}:${term.env["PATH"]}` } });
  expect(crew.records("01.01.01")).toMatchObject([
    { sessionId: null, agentName: "codex", model: "", status: "failed" },
  ]);
  expect(crew.json("tasks.json").tasks[0]).not.toHaveProperty("currentSessionId");
  expect(await crew.thread("01.01.01")).toMatchObject({ status: "failed", resumable: false });
  expect(await term.ok("work status --sessions")).toContain("not captured");
  expect(await term.fails(1, "work fix --thread 1.1.1 --resume")).toContain("--retry");
  crew.script("01.01.01", [{ say: "ok" }]);
  await term.ok("work fix --thread 1.1.1 --retry --harness claude");
  expect(crew.records("01.01.01")).toMatchObject([{ status: "failed" }, { status: "completed", agentName: "claude" }]);
});

test("tells a conversation that the agent has forgotten, and offers to begin again", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  crew.script("01.01.01", [{ name: "x", turns: [[{ say: "half" }, { exit: 3 }], [{ say: "ok" }]] }]);
  await term.run("work execute --thread 1.1.1");
  const [{ sessionId }] = crew.records("01.01.01");
  rmSync(join(crew.agentHome, sessionId));
  const gone = await term.run("work fix --thread 1.1.1 --resume");
  expect(gone.code).not.toBe(0);
  expect(gone.stderr).toContain(`No conversation found with session ID: ${sessionId}`);
  expect(crew.records("01.01.01")).toMatchObject([
    { status: "failed", sessionId },
    { status: "failed", runId: expect.stringMatching(/-2$/) },
  ]);
  const again = await term.run("work fix --thread 1.1.1 --resume");
  expect(again.stderr).toMatch(/does not know the conversation any more[\s\S]*--retry/);
  expect(crew.starts()).toHaveLength(2);
  await term.ok("work fix --thread 1.1.1 --retry");
  expect(crew.records("01.01.01").at(-1)).toMatchObject({ status: "completed" });
});

test("loses no write, whoever writes at the same time", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const report = (thread: string) =>
    [...Array(6).keys()].map((n) => `work update --task ${thread}.01 --breadcrumb b${n} &`).join(" ");
  for (const thread of ["01.01.01", "01.01.02"])
    crew.script(thread, [
      { run: `${report(thread)} work update --task ${thread}.01 --report "of ${thread}"; wait` },
      { say: "ok" },
    ]);
  await term.ok("work multi --batch 1.1");
  const { tasks } = crew.json("tasks.json");
  const first = (thread: string) => tasks.find((task: any) => task.id === `${thread}.01`);
  for (const thread of ["01.01.01", "01.01.02"]) {
    expect(first(thread)).toMatchObject({ report: `of ${thread}`, breadcrumb: expect.stringMatching(/^b\d$/) });
    expect(crew.records(thread)).toMatchObject([{ status: "completed", sessionId: expect.any(String) }]);
  }
});

test("leaves damaged records as they are, and adds what is missing", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const edit = (change: (tasks: any[]) => void) => {
    const file = crew.json("tasks.json");
    change(file.tasks);
    crew.write("tasks.json", JSON.stringify(file));
  };
  edit((tasks) => {
    tasks[0].sessions = [{ sessionId: 7, mine: true }];
    tasks[2].sessions = "lost";
  });
  crew.script("01.01.01", [{ say: "ok" }]);
  crew.script("01.01.02", [{ exit: 3 }]);
  const { code, stderr } = await term.run("work execute --thread 1.1.1");
  expect(code).toBe(0);
  expect(stderr).toContain("warning: a session record of task 01.01.01.01 cannot be read, and is left out");
  expect(crew.json("tasks.json").tasks[0].sessions).toEqual([
    { sessionId: 7, mine: true },
    expect.objectContaining({ status: "completed" }),
  ]);
  await term.run("work execute --thread 1.1.2");
  expect(crew.json("tasks.json").tasks[2].sessions).toEqual(["lost", expect.objectContaining({ status: "failed" })]);

  // Somebody takes a record out, and the task's status back: what is true of the runs stands elsewhere.
  edit((tasks) => {
    tasks[2].sessions = [];
  });
  expect(await term.fails(1, "work execute --thread 1.1.2")).toContain("has run already, and is failed");
  expect(crew.records("01.01.02")).toMatchObject([{ status: "failed", exitCode: 3, startedAt: TIME }]);
});

test("goes on with the work when it cannot be written down, and makes up for it later", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const file = crew.path("tasks.json");
  crew.script("01.01.01", [
    // Not while the conversation's id is being noted, by somebody who has read the file before
    {
      run: `until grep -q currentSessionId '${file}'; do sleep 0.05; done; mv '${file}' '${crew.dir}/away'; echo '{' > '${file}'; echo form > form.txt`,
    },
    { say: "ok" },
  ]);
  const { code, stderr } = await term.run("work execute --thread 1.1.1");
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: tasks\.json does not say yet what became of 01\.01\.01: .*makes up for it$/m);
  expect(stderr).toContain("thread 01.01.01 completed\n");
  expect(await crew.git(["show", "incr/stream/001-login/t-01.01.01:form.txt"])).toBe("form");
  expect(crew.workspace()).toMatchObject({ status: "available" });
  expect(readFileSync(file, "utf8")).toBe("{\n");

  writeFileSync(file, readFileSync(join(crew.dir, "away")));
  expect(crew.records("01.01.01")).toMatchObject([{ status: "running" }]);
  expect(await crew.thread("01.01.01")).toMatchObject({ status: "completed", running: false, sessions: 1 });
  expect(crew.records("01.01.01")).toMatchObject([{ status: "completed", exitCode: 0 }]);
  expect(crew.tasks("01.01.01")).toEqual(["completed", "completed"]);
});

test("goes by the records of runs from batch to batch where nothing of them can be written down", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  crew.script("01.01.01", [{ run: "echo form > form.txt" }, { say: "ok" }]);
  crew.script("01.01.02", [{ name: "x", turns: [[{ exit: 3 }], [{ say: "ok" }]] }]);
  crew.script("01.02.01", [{ say: "ok" }]);
  const before = crew.read("tasks.json");
  // It can be read and locked; what is to take its place would have a name that is too long.
  renameSync(crew.path("tasks.json"), crew.path("x".repeat(250)));
  symlinkSync("x".repeat(250), crew.path("tasks.json"));
  const first = await term.run("work multi --continue");
  expect([first.code, first.stderr]).toEqual([1, expect.stringContaining("tasks.json does not say yet")]);
  const second = await term.run("work multi --continue");
  expect([second.code, second.stderr]).toEqual([1, expect.not.stringContaining("has run already")]);
  await term.ok("work fix --thread 1.1.2 --resume");
  await term.ok("work multi --continue");
  expect(crew.starts()).toHaveLength(4);
  expect(crew.read("tasks.json")).toBe(before);
  const { merges, branch } = JSON.parse(crew.read("../index.json")).streams[0];
  expect(Object.keys(merges)).toEqual(["01.01", "01.02"]);
  expect(await crew.git(["show", `${branch.name}:form.txt`])).toBe("form");
});

test("starts nothing without a workspace of its own", async () => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [{ say: "ok" }]);
  const before = crew.read("tasks.json");
  mkdirSync(crew.stateDir, { recursive: true });
  writeFileSync(join(crew.stateDir, "state.json"), "{");
  const { code } = await crew.term.run("work execute --thread 1.1.1");
  expect(code).toBe(1);
  expect(crew.starts()).toEqual([]);
  expect(crew.read("tasks.json")).toBe(before);
});

test("knows after a reboot that nothing runs any more", async () => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [{ run: "echo half > half.txt" }, { say: "half" }, { stay: true }]);
  const running = crew.term.start("work execute --thread 1.1.1");
  await waitFor("the agent to be at work", () => running.stdout().includes("half"));
  const [start] = crew.starts();
  running.kill("SIGKILL");
  process.kill(start?.pid ?? 0, "SIGKILL");
  await running.finished;
  // As the state would be read after it: pids are there again, and mean others.
  const state = crew.state();
  const another = (value: any): any => {
    if (typeof value !== "object" || value === null) return value;
    const changed = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, another(one)]));
    return "boot_id" in changed
      ? { ...changed, boot_id: "another", pid: process.pid, child_pid: process.pid }
      : changed;
  };
  for (const collection of ["opencode_sessions", "workspaces"]) state[collection] = another(state[collection]);
  writeFileSync(join(crew.stateDir, "state.json"), JSON.stringify(state));
  expect(await crew.thread("01.01.01")).toMatchObject({ status: "interrupted", running: false, resumable: true });
  expect(crew.workspace()).toMatchObject({ status: "available" });
  await crew.term.ok("work fix --thread 1.1.1 --resume");
  expect(crew.records("01.01.01")).toMatchObject([{ status: "interrupted" }, { status: "completed" }]);
  expect(await crew.git(["show", "incr/stream/001-login/t-01.01.01:half.txt"])).toBe("half");
});
