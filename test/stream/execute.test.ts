/** `work execute`: one thread, from its reservation to its end. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openPane } from "../support/tmux.ts";
import { isAlive } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { openStreamCrew } from "./crew.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

test("works in a workspace and on a branch of its own, and is recorded from before its start to its end", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const base = await crew.git(["rev-parse", "main"]);
  const tasks = `'${crew.path("tasks.json")}'`;
  const look = `until grep -q currentSessionId ${tasks}; do sleep 0.05; done; cat ${tasks} > "$FAKE_AGENT_HOME/tasks-then"`;
  crew.script("01.01.01", [{ run: look }, { run: "echo form > form.txt; echo $INCR_STREAM" }, { say: "Done it" }]);
  const { code, stdout, stderr } = await term.run("work execute --thread form");
  const { id, agent_session_id } = await crew.last();
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Done it\n" });
  expect(stderr).toContain(
    `thread 01.01.01, Form: claude in ws-001 on incr/stream/001-login/t-01.01.01 (agent session ${id})\n`,
  );
  expect(stderr).toMatch(
    /^thread 01\.01\.01 completed\nwork on incr\/stream\/001-login\/t-01\.01\.01 \(1 commit\)\n$/m,
  );

  const about = { sessionId: agent_session_id, runId: id, agentName: "claude", model: "claude-fake", startedAt: TIME };
  const then = JSON.parse(readFileSync(join(crew.agentHome, "tasks-then"), "utf8")).tasks;
  expect(then[0]).toMatchObject({ status: "in_progress", currentSessionId: agent_session_id });
  // Claude Code's id is chosen before it starts, and known when it says that it has it.
  expect(then[0].sessions).toEqual([{ ...about, model: "", status: "running" }]);
  expect(then[1]).toMatchObject({ status: "in_progress", sessions: [] });
  expect(then[2]).toMatchObject({ id: "01.01.02.01", status: "pending", sessions: [] });
  expect(crew.records("01.01.01")).toEqual([{ ...about, status: "completed", completedAt: TIME, exitCode: 0 }]);
  expect(crew.tasks("01.01.01")).toEqual(["completed", "completed"]);
  expect(crew.json("tasks.json").tasks[0]).not.toHaveProperty("currentSessionId");

  const branch = "incr/stream/001-login/t-01.01.01";
  expect(await crew.git(["show", `${branch}:form.txt`])).toBe("form");
  expect(await crew.git(["rev-parse", `${branch}~1`, "incr/stream/001-login/base"])).toBe(`${base}\n${base}`);
  expect(await crew.git(["log", "-1", "--format=%B", branch])).toBe(
    `Form\n\nIncr-Thread: 001-login/01.01.01\nIncr-Agent-Session: ${id}\n`,
  );
  expect(await crew.git(["status", "--porcelain", "--branch"])).toMatch(/^## main$/m);
  expect(crew.workspace()).toMatchObject({ status: "available" });
  expect(crew.state().opencode_sessions).toEqual({});
  expect(crew.starts()[0]?.env).toMatchObject({ INCR_STREAM: "001-login", INCR_AGENT_SESSION_ID: id });
  expect(await crew.last()).toMatchObject({
    stream_id: "001-login",
    thread_id: "01.01.01",
    title: "Form",
    branch,
    base,
  });

  // A finished thread does not run again, and neither does one that has not finished: that is for `work fix`.
  expect(await term.fails(1, "work execute --thread 1.1.1")).toContain("thread 01.01.01 is completed");
  expect(crew.starts()).toHaveLength(1);
});

test("keeps what a run leaves that fails, and gives its tasks back", async () => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [
    { run: "echo one > one.txt; git add one.txt; git commit -qm one; work update --task 1.1.1.1 --status completed" },
    { run: "echo two > two.txt" },
    { exit: 3 },
  ]);
  const stderr = await crew.term.fails(
    3,
    "work execute --thread 1.1.1 2>&1 >/dev/null | cat >&2; exit ${PIPESTATUS[0]}",
  );
  const session = await crew.last();
  expect(stderr).toContain("thread 01.01.01 failed: it ended with exit code 3\n");
  expect(stderr).toContain("work fix --thread 01.01.01: --resume goes on with it, --retry begins it again\n");
  expect(crew.records("01.01.01")).toMatchObject([{ status: "failed", exitCode: 3, runId: session.id }]);
  expect(crew.tasks("01.01.01")).toEqual(["completed", "pending"]);
  expect(await crew.git(["show", "incr/stream/001-login/t-01.01.01:one.txt"])).toBe("one");
  expect(await crew.git(["show", `${session.rescue}:two.txt`])).toBe("two");
  expect(await crew.thread("01.01.01")).toMatchObject({
    status: "failed",
    sessions: 1,
    running: false,
    resumable: true,
  });
  expect(await crew.term.fails(1, "work execute --thread 1.1.1")).toContain("has run already, and is failed");
});

test("refuses what is not approved, and records it when it is forced", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  crew.script("02.01.01", [{ say: "Shipped" }]);
  const early = await term.fails(1, "work execute --thread 2.1.1");
  expect(early).toContain(
    "error: nothing is run yet: the result of stage 01 is not approved\nhint: work approve stage 1\n",
  );
  crew.write("PLAN.md", crew.read("PLAN.md").replace("Make it work.", "Make it work well."));
  expect(await term.fails(1, "work execute --thread 1.1.1")).toContain("PLAN.md was edited since it was approved");
  expect(await crew.branches()).toEqual([]);
  expect((await term.run("work execute --thread 2.1.1 --force")).stderr).toContain(
    "warning: batch 01.01 comes first, and is not done: what it does is not there yet\n",
  );
  const [entry] = JSON.parse(crew.read("../index.json")).streams;
  expect(entry.approval.forced).toMatchObject([
    {
      command: "work execute --thread 2.1.1 --force",
      reason: "PLAN.md was edited since it was approved; the result of stage 01 is not approved",
    },
  ]);
});

test("takes the agent that the thread is given to, and another one by flag", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const listed = ["backend: anthropic/opus", "docs: openai/gpt"].map((each) => {
    const [name, model] = each.split(": ");
    return `  - name: ${name}\n    models:\n      - model: ${model}\n        variant: high\n`;
  });
  crew.write("../agents.yaml", `agents:\n${listed.join("")}`);
  await term.ok("work assign --thread 1.1.1 --agent backend");
  for (const thread of ["01.01.01", "01.01.02"]) crew.script(thread, [{ say: "ok" }]);
  await term.ok("work execute --thread 1.1.1");
  await term.ok("work execute --thread 1.1.2 --agent docs --harness opencode");
  expect(crew.records("01.01.01")).toMatchObject([{ agentName: "backend", model: "claude-fake" }]);
  expect(crew.records("01.01.02")).toMatchObject([{ agentName: "docs", model: "fake/big" }]);
  expect(crew.starts().map(({ name, args }) => [name, args[args.indexOf("--model") + 1]])).toEqual([
    ["claude", "opus"],
    ["opencode", "openai/gpt"],
  ]);
  // Only opencode has variants.
  expect(crew.starts().map(({ args }) => args[args.indexOf("--variant") + 1])).toEqual(["--print", "high"]);
  expect(await term.fails(3, "work execute --thread 1.2.1 --agent nobody")).toContain('no agent "nobody"');
});

test("works in the caller's folder if that is asked for", async () => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [{ run: "echo form > form.txt" }]);
  await crew.term.ok("work execute --thread 1.1.1 --in-place");
  expect(readFileSync(join(crew.root, "form.txt"), "utf8")).toBe("form\n");
  expect(crew.starts()[0]?.cwd).toBe(crew.root);
  expect(crew.records("01.01.01")).toMatchObject([{ status: "completed" }]);
  expect(crew.workspaces()).toEqual({});
});

test("runs a thread once, whoever begins it at the same time", async () => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [{ run: `until [ -e '${crew.dir}/go' ]; do sleep 0.02; done` }]);
  const running = Array.from({ length: 4 }, () => crew.term.start("work execute --thread 1.1.1"));
  const losers = await Promise.all(
    [...Array(3).keys()].map(
      async (n) => await waitFor("a loser", async () => running.filter(({ child }) => child.exitCode !== null)[n]),
    ),
  );
  for (const { finished } of losers) expect((await finished).code).toBe(4);
  writeFileSync(join(crew.dir, "go"), "");
  const codes = await Promise.all(running.map(async ({ finished }) => (await finished).code));
  expect(codes.toSorted((a, b) => a - b)).toEqual([0, 4, 4, 4]);
  expect(crew.starts()).toHaveLength(1);
  expect(crew.records("01.01.01")).toHaveLength(1);
});

test.each([["SIGTERM"], ["SIGHUP"], ["SIGKILL"]] as const)("settles after %s, and says so", async (signal) => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [{ run: "echo half > half.txt" }, { say: "half" }, { stay: true }]);
  const running = crew.term.start("work execute --thread 1.1.1");
  await waitFor("the agent to be at work", () => running.stdout().includes("half"));
  const { process: identity, id } = Object.values<any>(crew.state().opencode_sessions)[0];
  running.kill(signal);
  // Whoever watched over it is gone: what it started is ended by hand, as the system does at a reboot.
  if (signal === "SIGKILL") process.kill(identity.child_pid, "SIGKILL");
  await running.finished;
  await waitFor("the agent's end", () => !isAlive(identity.child_pid));
  const thread = await crew.thread("01.01.01");
  expect(thread).toMatchObject({ status: "interrupted", running: false, resumable: true, sessions: 1 });
  expect(crew.records("01.01.01")).toMatchObject([{ status: "interrupted", runId: id, completedAt: TIME }]);
  expect(crew.tasks("01.01.01")).toEqual(["pending", "pending"]);
  expect(crew.workspace()).toMatchObject({ status: "available" });
  expect(await crew.git(["show", `${(await crew.last()).rescue}:half.txt`])).toBe("half");
});

test("opens the agent's own interface on a terminal, and believes marked tasks alone", async () => {
  const crew = await openStreamCrew();
  const pane = await openPane(["bash", "--norc"], { cwd: crew.root, env: crew.term.env });
  const steps = (...all: object[]) => `FAKE_AGENT_STEPS='@${JSON.stringify(all)}'`;
  await pane.enter(
    `${steps({ run: "work update --task 1.1.1.1 --status completed" })} work execute --thread 1.1.1; echo "first=$?"`,
  );
  const screen = await pane.see(/first=1/);
  expect(screen).toContain("thread 01.01.01 was interrupted: not all of its tasks are marked");
  expect(crew.records("01.01.01")).toMatchObject([{ status: "interrupted", exitCode: 0 }]);
  expect(crew.tasks("01.01.01")).toEqual(["completed", "pending"]);
  await pane.enter(
    `clear; ${steps({ run: "work update --thread 1.1.2 --status completed" })} work execute --thread 1.1.2; echo "second=$?"`,
  );
  await pane.see(/second=0/);
  expect(crew.records("01.01.02")).toMatchObject([{ status: "completed", exitCode: 0 }]);

  // Where the program does not let its conversation be chosen, its hooks tell it, while it runs.
  const id = "01a1f764-0000-7000-8000-000000000001";
  const payload = `{"session_id":"${id}","cwd":"x","transcript_path":"x"}`;
  const hook = { run: `echo '${payload}' | CODEX_SESSION_ID=${id} incr hook session-start` };
  const seen = { run: `until grep -q ${id} '${crew.path("tasks.json")}'; do sleep 0.05; done` };
  const done = { run: "work update --thread 1.2.1 --status completed" };
  writeFileSync(join(crew.dir, "steps"), `@${JSON.stringify([hook, seen, done])}`);
  await pane.enter(
    `clear; FAKE_AGENT_STEPS="$(cat '${crew.dir}/steps')" work execute --thread 1.2.1 --harness codex; echo "third=$?"`,
  );
  await pane.see(/third=0/);
  expect(crew.records("01.02.01")).toMatchObject([{ status: "completed", sessionId: id }]);
});
