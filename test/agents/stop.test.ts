/** However an agent is stopped, nothing of what it started is left, and what became of it is written down. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { moveBack } from "../support/earlier.ts";
import { quote } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { commandLines, HARNESSES, openCrew, type Crew, type HarnessName } from "./crew.ts";

/** A server without our environment, a daemon whose parent is gone, and a tool in a session of its own. */
function family(seconds: string, tool = ""): object[] {
  return [
    { leave: `env -i sleep ${seconds}1` },
    { leave: `(setsid sleep ${seconds}2 &)` },
    { say: "ready" },
    { run: `${tool} sleep ${seconds}3; sleep ${seconds}4` },
  ];
}

/** One of them has no environment by which it could be told, so that a test's own sleep for a time that nobody else does. */
let last = 0;
function newSeconds(): { seconds: string; sleepers: () => string[] } {
  last += 1;
  const seconds = `9${process.pid}${String(last).padStart(2, "0")}`;
  return { seconds, sleepers: () => commandLines().filter((line) => line.startsWith(`sleep ${seconds}`)) };
}

async function startFamily(harness: HarnessName, flags = "") {
  const crew = await openCrew();
  const { seconds, sleepers } = newSeconds();
  const running = crew.startAgent(harness, family(seconds), flags);
  running.finished.catch(() => undefined);
  await waitFor("the family", () => running.stdout().includes("ready") && sleepers().length === 3);
  const { id } = await crew.last();
  return { crew, running, id, sleepers };
}

describe.each(HARNESSES)("%s and all that it started", (harness) => {
  // To incr they are all the same.
  const signals = harness === "opencode" ? (["SIGINT", "SIGTERM", "SIGHUP"] as const) : (["SIGINT"] as const);
  test.each(signals)("end by %s to incr", async (signal) => {
    const { crew, running, id, sleepers } = await startFamily(harness);
    running.kill(signal);
    const { code, stderr } = await running.finished;
    expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
    expect(sleepers()).toEqual([]);
    expect(await crew.last()).toMatchObject({ id, status: "killed", reason: "interrupt" });
    expect(stderr).toContain(`agent session ${id} killed (interrupt)`);
    expect(crew.workspace()).toMatchObject({ status: "available" });
    expect(crew.events(id).slice(-2)).toMatchObject([
      { type: "stopping", reason: "interrupt" },
      { type: "ended", status: "killed" },
    ]);
  });

  test("end by incr agent kill", async () => {
    const { crew, running, id, sleepers } = await startFamily(harness);
    const { agent_session } = await crew.term.json(`incr agent kill ${id.slice(0, 4)} --json`);
    expect(agent_session).toMatchObject({ id, status: "killed", reason: "kill" });
    expect(agent_session).not.toHaveProperty("stop_requested_at");
    expect(sleepers()).toEqual([]);
    expect((await running.finished).code).not.toBe(0);
    expect(crew.workspace()).toMatchObject({ status: "available" });
    expect(await crew.term.fails(1, `incr agent kill ${id}`)).toContain("is killed already");
  });

  test("end at the time limit", async () => {
    const crew = await openCrew();
    const { seconds, sleepers } = newSeconds();
    const { code } = await crew.agent(harness, family(seconds), "--time-limit 600ms");
    expect(code).not.toBe(0);
    expect(sleepers()).toEqual([]);
    expect(await crew.last()).toMatchObject({ status: "killed", reason: "time_limit" });
  });

  test("end at the silence limit, which a running tool does not reach", async () => {
    const crew = await openCrew();
    const steps = [{ wait: 250 }, { say: "x" }, { run: "sleep 2" }, { say: "after the tool" }, { stay: true }];
    const { stdout } = await crew.agent(harness, steps, "--silence-limit 1200ms");
    expect(stdout).toBe("x\nafter the tool\n");
    expect(await crew.last()).toMatchObject({ status: "killed", reason: "silence_limit" });
  });

  test("are not left behind by an agent that ends well", async () => {
    const crew = await openCrew();
    const { seconds, sleepers } = newSeconds();
    expect((await crew.agent(harness, family(seconds).slice(0, 2))).code).toBe(0);
    expect(sleepers()).toEqual([]);
  });

  test("are settled when incr is killed: by what the agent said, once they are gone", async () => {
    const { crew, running, id, sleepers } = await startFamily(harness);
    running.kill("SIGKILL");
    await running.finished;
    const shown = await crew.term.json(`incr agent show ${id} --json`);
    expect(shown).toMatchObject({ liveness: "orphaned", agent_session: { status: "active" } });
    const { agent_session } = await crew.term.json(`incr agent kill ${id} --json`);
    expect(agent_session).toMatchObject({ status: "killed", reason: "kill" });
    expect(sleepers()).toEqual([]);
    expect(crew.workspace()).toMatchObject({ status: "available" });
  });
});

test("a tool that does not want to end is killed after a while", async () => {
  const crew = await openCrew();
  const { seconds, sleepers } = newSeconds();
  await crew.agent("codex", family(seconds, "trap '' INT TERM;"), "--in-place --time-limit 600ms");
  expect(sleepers()).toEqual([]);
  expect(await crew.last()).toMatchObject({ status: "killed", reason: "time_limit" });
});

test("an agent that is not wanted any more is not started", async () => {
  const crew = await openCrew();
  const gate = join(crew.dir, "gate");
  const env = { INCR_FAULT_PAUSE: `agent:starting=${gate}` };
  const running = crew.term.start("incr agent run --harness claude hi", { env });
  await waitFor("the moment before its start", () => existsSync(`${gate}.reached`));
  const { id } = await crew.last();
  const killing = crew.term.start(`incr agent kill ${id}`);
  await waitFor(
    "the wish",
    () => crew.state().opencode_sessions[`${Object.keys(crew.state().repos)[0]}/${id}`].stop_requested_at !== undefined,
  );
  writeFileSync(gate, "");
  expect((await killing.finished).code).toBe(0);
  expect((await running.finished).code).toBe(143);
  expect(await crew.last()).toMatchObject({ status: "killed", reason: "kill" });
  expect(crew.starts()).toEqual([]);
});

describe("an agent whose work is over and whose process is not", () => {
  test.each(HARNESSES)("is ended, and counts as what it said: %s", async (harness) => {
    const crew = await openCrew();
    const { code } = await crew.agent(
      harness,
      [{ write: ["a.txt", "a\n"] }, { finish: true }, { stay: true }],
      "--silence-limit 1s",
    );
    expect({ code, last: await crew.last() }).toMatchObject({ code: 0, last: { status: "completed" } });
    expect(await crew.git(["show", `${(await crew.last()).branch}:a.txt`])).toBe("a");
  });
});

describe("after kill -9 of incr the next command settles what provably died", () => {
  async function kill(crew: Crew, steps: object[]): Promise<any> {
    const running = crew.startAgent("claude", steps);
    const started = await waitFor("the agent", () => crew.starts()[0]);
    await waitFor("what it says", () => running.stdout().includes("ready"));
    running.kill("SIGKILL");
    await running.finished;
    process.kill(started.pid, "SIGKILL");
    await waitFor("its end", () => !commandLines().some((line) => line.includes(started.args.join(" "))));
    moveBack(crew.stateDir, 9 * 3_600_000);
    return await crew.term.run("incr agent list");
  }

  test("as failed, with its work in a rescue, and it can be resumed", async () => {
    const crew = await openCrew();
    const { stderr } = await kill(crew, [{ write: ["half.txt", "half\n"] }, { say: "ready" }, { stay: true }]);
    const record = await crew.last();
    const [rescue] = await crew.rescues();
    expect(stderr).toBe(
      `settled agent session ${record.id}: failed, its process is gone (rescue ${rescue.name}); \`incr agent resume ${record.id}\` goes on with it\n`,
    );
    expect(record).toMatchObject({ status: "failed", reason: "interrupted", rescue: rescue.ref });
    expect(record).not.toHaveProperty("exit_code");
    // The night until somebody looked does not count.
    expect(record.duration_seconds).toBeLessThan(600);
    expect(crew.workspace()).toMatchObject({ status: "available" });
    const { stdout, code } = await crew.resume(record.id, [{ run: "cat half.txt > whole.txt" }, { say: "whole" }]);
    expect({ stdout, code }).toEqual({ stdout: "whole\n", code: 0 });
    expect(await crew.git(["show", `${record.branch}:whole.txt`])).toBe("half");
  });

  test("as completed if the agent had said so", async () => {
    const crew = await openCrew();
    const { stderr } = await kill(crew, [
      { write: ["a.txt", "a\n"] },
      { finish: true },
      { say: "ready" },
      { finish: true },
      { stay: true },
    ]);
    const record = await crew.last();
    expect(record).toMatchObject({ status: "completed" });
    expect(stderr).toContain("completed, by its own account");
    expect(await crew.git(["show", `${record.branch}:a.txt`])).toBe("a");
  });

  test.each([
    ["take:reserved", undefined],
    ["take:checked-out", undefined],
    ["agent:starting", "failed"],
    ["agent:end-begun", "completed"],
    ["agent:end-kept", "completed"],
    ["agent:ended", "completed"],
  ])("when it was killed at %s", async (point, status) => {
    const crew = await openCrew();
    const { signal } = await crew.agent("claude", [{ write: ["a.txt", "a\n"] }], "", { env: { INCR_FAULT: point } });
    expect(signal ?? "SIGKILL").toBe("SIGKILL");
    await crew.term.ok("incr status");
    const record = await crew.last();
    expect(record?.status).toBe(status);
    expect(crew.workspace()).toMatchObject({ status: "available" });
    expect(crew.state().opencode_sessions).toEqual({});
    if (status === "completed") expect(await crew.git(["show", `${record.branch}:a.txt`])).toBe("a");
    else expect(await crew.branches()).toEqual([]);
  });
});

describe("incr agent logs", () => {
  test("-f tells what comes, and ends when the session does", async () => {
    const crew = await openCrew();
    const running = crew.startAgent("codex", [{ say: "first" }, { run: "sleep 0.5" }, { say: "second" }], "--in-place");
    const { id } = await waitFor("the session", async () => await crew.last());
    const { stdout, code } = await crew.term.run(`incr agent logs -f ${id}`);
    await running.finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(/ codex begins\nfirst\n· command_execution {2}sleep 0.5\nsecond\n\S+ {2}completed\n$/);
  });

  test("takes a last line that is not whole yet, and lines of a newer version, for nothing", async () => {
    const crew = await openCrew();
    await crew.agent("claude", [{ say: "hello" }], "--in-place");
    const { id } = await crew.last();
    const { appendFileSync } = await import("node:fs");
    const before = readFileSync(crew.logFile(id), "utf8");
    appendFileSync(crew.logFile(id), '{"at":"2026-01-07T14:30:00.000Z","type":"telepathy"}\n{"at":"2026-01-07T14:3');
    expect(await crew.term.ok(`incr agent logs --json ${id}`)).toBe(before.trimEnd());
  });
});

describe("incr wait", () => {
  test("waits for agents and sessions, and ends with what became of them", async () => {
    const crew = await openCrew();
    const attempt = await crew.start();
    const good = crew.startAgent("claude", [{ run: "sleep 0.6" }], "--in-place");
    const { id } = await waitFor("the agent", async () => await crew.last());
    expect((await crew.term.run(`incr wait --timeout 100ms ${attempt.id} ${id}`)).code).toBe(124);
    const waiting = crew.term.start(`incr wait ${attempt.id} ${id}`);
    await good.finished;
    await crew.term.ok(`incr session done ${attempt.todo}`);
    expect((await waiting.finished).code).toBe(0);

    await crew.agent("codex", [{ fail: "no" }], "--in-place");
    const failed = await crew.last();
    const { code, stdout } = await crew.term.run(`incr wait --json ${id} ${failed.id}`);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).sessions).toEqual([
      { id, kind: "agent_session", status: "completed", outcome: "completed", why: null },
      { id: failed.id, kind: "agent_session", status: "failed", outcome: "failed", why: "no" },
    ]);
    expect(await crew.term.fails(3, "incr wait zzzzzzzz")).toContain('no session, agent session or job "zzzzzzzz"');
    expect((await crew.term.run(`incr agent wait ${id}`)).code).toBe(0);
    expect((await crew.term.run(`incr agent wait ${attempt.id}`)).code).toBe(3);
  });

  test("is refused to an agent for itself, and for the run that it is a part of", async () => {
    const crew = await openCrew();
    const file = join(crew.dir, "refusals");
    const known = `until grep -qw "child_pid\\": *$PPID" ${crew.stateDir}/state.json; do sleep 0.02; done`;
    const refused = 'for id in "$INCR_AGENT_SESSION_ID" "$INCR_SESSION_ID"; do incr wait --timeout 9s "$id"; done';
    const steps = JSON.stringify([{ run: `${known}; { ${refused}; } 2> ${file}; incr wait --timeout 10ms $OTHER` }]);
    const other = await crew.start();
    await crew.term.ok(
      `OTHER=${other.id} incr session run --title Mine -- incr agent run --harness claude ${quote(`@${steps}`)}`,
    );
    const { id, session_id } = await crew.last();
    const why = "ends only after this command, which is part of it and would wait for itself\nhint: leave it out\n";
    expect(readFileSync(file, "utf8")).toBe(`error: agent session ${id} ${why}error: session ${session_id} ${why}`);
  });

  test("does not wait for what will not end by itself", async () => {
    const { crew, running, id } = await startFamily("codex");
    running.kill("SIGKILL");
    await running.finished;
    const { code, stdout } = await crew.term.run(`incr wait ${quote(id)}`);
    expect({ code, stdout }).toEqual({ code: 7, stdout: expect.stringContaining("needs attention") });
    await crew.term.ok(`incr agent kill ${id}`);
    expect((await crew.term.run(`incr wait ${id}`)).code).toBe(1);
  });
});
