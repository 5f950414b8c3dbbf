/** `incr agent resume`: the same conversation, folder, branch and files, or a refusal that says what to do instead. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { spawnProcess } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { HARNESSES, openCrew, type Crew, type HarnessName } from "./crew.ts";

async function failed(crew: Crew, harness: HarnessName): Promise<any> {
  await crew.agent(
    harness,
    [{ run: "echo work > a.txt" }, { usage: [10, 2, 0.5] }, { fail: "broken" }],
    "--model m --full-access",
  );
  return await crew.last();
}

describe.each(HARNESSES)("%s", (harness) => {
  test("goes on where it was, with its files, in the same record and log", async () => {
    const crew = await openCrew();
    const before = await failed(crew, harness);
    const { code, stdout } = await crew.resume(before.id, [
      { run: "cat a.txt >> b.txt" },
      { usage: [30, 3, 0.25] },
      { say: "ok" },
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "ok\n" });
    const after = await crew.last();
    expect(after).toMatchObject({
      id: before.id,
      status: "completed",
      agent_session_id: before.agent_session_id,
      branch: before.branch,
      cwd: before.cwd,
      runs: 2,
      created_at: before.created_at,
      tokens: harness === "codex" ? { input: 30, output: 3 } : { input: 40, output: 5 },
    });
    for (const gone of ["reason", "message", "rescue", "branch_removed"]) expect(after).not.toHaveProperty(gone);
    expect(await crew.git(["show", `${after.branch}:b.txt`])).toBe("work");
    expect(crew.events(before.id).filter(({ type }) => type === "started")).toMatchObject([
      { resumed: false },
      { resumed: true },
    ]);
    const [first, second] = crew.starts();
    expect(second?.cwd).toBe(first?.cwd);
    expect(second?.args.join(" ")).toContain(before.agent_session_id);
    expect(second?.args).toContain("m");
    if (harness === "codex") expect(second?.args.slice(-3)).toEqual(["resume", before.agent_session_id, "-"]);
  });

  test("says so if the agent does not know the conversation any more, and does not try again", async () => {
    const crew = await openCrew();
    const { id, agent_session_id } = await failed(crew, harness);
    rmSync(join(crew.agentHome, agent_session_id));
    const { code, stderr } = await crew.resume(id, []);
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed \(stale\): .*(?:not found|no rollout found|No conversation found)/);
    expect(await crew.last()).toMatchObject({ status: "failed", reason: "stale", agent_session_id });
    const again = await crew.term.fails(3, `incr agent resume ${id} hi`);
    expect(again).toBe(
      `error: ${harness} does not know the conversation ${agent_session_id} any more\nhint: start afresh: incr agent run --harness ${harness} '<prompt>'\n`,
    );
    expect(crew.starts()).toHaveLength(2);
  });

  test("takes an answer in another conversation for a failure, and keeps the id that it had", async () => {
    const crew = await openCrew();
    const { id, agent_session_id } = await failed(crew, harness);
    const other = harness === "opencode" ? "ses_other" : "01a1f764-0000-7000-8000-00000000ffff";
    const { code } = await crew.resume(id, [{ otherConversation: other }, { say: "hello" }]);
    expect(code).toBe(1);
    expect(await crew.last()).toMatchObject({ status: "failed", reason: "wrong_conversation", agent_session_id });
  });
});

describe("incr agent resume", () => {
  test("is refused while the conversation is in use", async () => {
    const crew = await openCrew();
    const running = crew.startAgent("claude", [{ say: "ready" }, { stay: true }], "--in-place");
    await waitFor("the agent", () => running.stdout().includes("ready"));
    const { id } = await crew.last();
    expect(await crew.term.fails(4, `incr agent resume ${id} hi`)).toContain(`agent session ${id} runs already`);
    running.kill("SIGTERM");
    await running.finished;
    expect(crew.starts()).toHaveLength(1);
  });

  test("of two at once one goes on, and the other changes nothing", async () => {
    const crew = await openCrew();
    const { id } = await failed(crew, "claude");
    const both = await Promise.all([1, 2].map(() => crew.resume(id, [{ run: "sleep 0.4" }])));
    expect(both.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 4]);
    expect(crew.starts()).toHaveLength(2);
    expect(await crew.last()).toMatchObject({ status: "completed", runs: 2 });
  });

  test("without an id goes on with the last conversation of the workspace that one stands in, in the work session that holds it", async () => {
    const crew = await openCrew();
    const attempt = await crew.start();
    await crew.agent("opencode", [{ write: ["a.txt", "a\n"] }], "", { in: crew.term.in(attempt.path) });
    const here = crew.term.in(attempt.path);
    expect((await here.run(`incr agent resume 'and then @[{"say":"again"}]'`)).stdout).toBe("again\n");
    await crew.term.ok(`incr session fail ${attempt.todo}`);
    const { id } = await crew.last();
    const refused = await crew.term.fails(1, `incr agent resume ${id} hi`);
    expect(refused).toContain(`hint: incr session resume ${attempt.id}, then resume the agent there\n`);

    // Somebody else takes the workspace; the session comes back in another one, and the conversation with it.
    await crew.start();
    const back = await crew.term.run(`incr session resume ${attempt.id}`);
    const path = back.stdout.trim();
    expect(back.stderr).toContain(`the agent's conversation ${id} goes on there with \`incr agent resume\`\n`);
    expect(path).not.toBe(attempt.path);
    const { code, stderr } = await crew.resume(id, [{ run: "cat a.txt" }, { say: "moved" }]);
    expect(code).toBe(0);
    expect(stderr).toContain(`the conversation goes on in ${path}; before it was in ${attempt.path}\n`);
    expect(crew.starts().map(({ args }) => args[0])).toEqual(["run", "run", "export", "import", "run"]);
    expect(await crew.last()).toMatchObject({ id, cwd: path, session_id: attempt.id, status: "completed", runs: 3 });
  });

  test("without an id passes over an agent that had no conversation", async () => {
    const crew = await openCrew();
    const here = crew.term.in((await crew.start()).path);
    await crew.agent("claude", [{ say: "one" }], "", { in: here });
    await crew.agent("claude", [{ mute: true }, { exit: 1 }], "", { in: here });
    expect(await here.ok("incr agent show")).toContain("conversation   not captured\n");
    expect((await here.run(`incr agent resume 'and then @[{"say":"two"}]'`)).stdout).toBe("two\n");
  });

  test.each(["take:reserved", "take:checked-out", "take:provisioned"])(
    "that was cut off at %s leaves everything as it was",
    async (point) => {
      const crew = await openCrew();
      const before = await failed(crew, "claude");
      await crew.term.run(`incr agent resume ${before.id} hi`, { env: { INCR_FAULT: point } });
      const { stderr } = await crew.term.run("incr agent list");
      expect(stderr).toContain(`resuming agent session ${before.id} was cut off; it can be resumed as before`);
      expect(await crew.last()).toEqual(before);
      expect(crew.workspace()).toMatchObject({ status: "available" });
      const { code } = await crew.resume(before.id, [{ run: "cat a.txt > b.txt" }]);
      expect(code).toBe(0);
      expect(await crew.git(["show", `${before.branch}:b.txt`])).toBe("work");
    },
  );

  test("makes the branch and the workspace anew at the recorded commit when they are gone", async () => {
    const crew = await openCrew();
    await crew.agent("claude", [{ write: ["a.txt", "a\n"] }]);
    const { id, branch, head, cwd } = await crew.last();
    await crew.git(["branch", "-D", branch]);
    await crew.term.ok("incr workspace destroy ws-001");
    expect(existsSync(cwd)).toBe(false);
    const { code, stderr } = await crew.resume(id, [{ run: "test -e a.txt" }]);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`${branch} is made anew at ${head.slice(0, 12)}`),
    });
    expect(await crew.git(["rev-parse", branch])).toBe(head);
    expect(await crew.last()).toMatchObject({ cwd, branch });
  });

  test.each([
    ["the branch was rewritten", ["branch", "-f", "BRANCH", "main"], 4, "was changed since agent session"],
    ["the branch is checked out elsewhere", ["switch", "--quiet", "BRANCH"], 4, "is checked out in"],
  ])("is refused if %s, and changes nothing", async (_, git, code, words) => {
    const crew = await openCrew();
    await crew.agent("claude", [{ write: ["a.txt", "a\n"] }]);
    const { id, branch } = await crew.last();
    await crew.git(git.map((word) => word.replace("BRANCH", branch)));
    expect(await crew.term.fails(code, `incr agent resume ${id} hi`)).toContain(words);
    expect(crew.starts()).toHaveLength(1);
    expect(crew.workspace()).toMatchObject({ status: "available" });
    expect(await crew.last()).toMatchObject({ status: "completed", runs: 1 });
  });

  test("is refused if another branch is checked out where it worked in place, or the folder is gone", async () => {
    const crew = await openCrew();
    await crew.agent("codex", [], "--in-place");
    const { id } = await crew.last();
    await crew.git(["switch", "--quiet", "-c", "other"]);
    expect(await crew.term.fails(4, `incr agent resume ${id} hi`)).toContain(
      `worked on main, and other is checked out in ${crew.root} now\nhint: git -C ${crew.root} switch main\n`,
    );
  });

  test.each([
    ["an id that nobody has", "zzzzzzzz hi", 3, 'no agent session "zzzzzzzz"\nhint: incr agent list\n'],
    [
      "a conversation of the agent's that is not ours",
      "ses_0123456789 hi",
      3,
      "was not run by incr in this repository",
    ],
    ["no id outside of a workspace", "'go on please'", 2, "this folder is no leased workspace, so an id is needed"],
    ["no prompt without a terminal", "", 2, "stdin\nhint: incr agent resume '<prompt>'\n"],
  ])("refuses %s", async (_, words, code, message) => {
    const crew = await openCrew();
    expect(await crew.term.fails(code, `incr agent resume ${words}`)).toContain(message);
  });

  test("is refused if the conversation was not captured, or cannot be one of that agent", async () => {
    const crew = await openCrew();
    await crew.agent("codex", [{ line: "x\n" }], "--in-place");
    const record = await crew.last();
    const state = crew.state();
    const put = (agent_session_id: string | null) => {
      const one = { ...record, id: "aaaaaaaa", agent_session_id, status: "failed" };
      const file = join(crew.stateDir, "state.json");
      writeFileSync(file, JSON.stringify({ ...state, opencode_sessions: { [`${record.repo}/aaaaaaaa`]: one } }));
    };
    put(null);
    expect(await crew.term.fails(1, "incr agent resume aaaaaaaa hi")).toContain("was not captured");
    put("my-thread");
    expect(await crew.term.fails(1, "incr agent resume aaaaaaaa hi")).toContain(
      "my-thread is not the id of a conversation of codex",
    );
  });
});

describe("an id that was only chosen", () => {
  const NOTHING = [{ mute: true }, { err: "Error: not logged in" }, { exit: 1 }];

  test("is none: an agent that has said nothing has no conversation to go on with", async () => {
    const crew = await openCrew();
    const { stderr } = await crew.agent("claude", NOTHING, "--in-place");
    expect(stderr).not.toContain("goes on with it");
    const record = await crew.last();
    expect(record).toMatchObject({ status: "failed", reason: "exit", agent_session_id: null });
    expect(record).not.toHaveProperty("chosen_session_id");
    const refused =
      `error: the claude session id of ${record.id} was not captured\n` +
      "hint: start afresh: incr agent run --harness claude '<prompt>'\n";
    expect(await crew.term.fails(1, `incr agent resume ${record.id} hi`)).toBe(refused);
    expect(await crew.term.ok(`incr agent show ${record.id}`)).toContain("conversation   not captured\n");

    // As earlier versions wrote it.
    const [, chosen = ""] = /--session-id (\S+)/.exec(crew.starts()[0]?.args.join(" ") ?? "") ?? [];
    const key = `${record.repo}/${record.id}`;
    const state = { ...crew.state(), opencode_sessions: { [key]: { ...record, agent_session_id: chosen } } };
    writeFileSync(join(crew.stateDir, "state.json"), JSON.stringify(state));
    expect(await crew.term.fails(1, `incr agent resume ${record.id} hi`)).toBe(refused);
    expect(crew.starts()).toHaveLength(1);
  });

  test("counts if the agent has written the conversation down and incr was killed before it could hear of it", async () => {
    const crew = await openCrew();
    crew.term.env["CLAUDE_CONFIG_DIR"] = join(crew.dir, "claude");
    const folder = join(crew.dir, "claude/projects/-x");
    mkdirSync(folder, { recursive: true });
    const cutOff = async () => {
      const known = crew.starts().length;
      const running = crew.startAgent("claude", [{ mute: true }, { stay: true }], "--in-place");
      const start = await waitFor("the agent", () => crew.starts()[known]);
      await waitFor("its process to be known", async () => (await crew.last()).process.child_pid !== undefined);
      expect(await crew.last()).toMatchObject({ status: "active", agent_session_id: null });
      const chosen = start.args[start.args.indexOf("--session-id") + 1] ?? "";
      const end = async () => {
        running.kill("SIGKILL");
        await running.finished;
        process.kill(start.pid, "SIGKILL");
        await waitFor("its end", async () => (await crew.last()).status !== "active");
      };
      return { chosen, end };
    };
    const unheard = await cutOff();
    await unheard.end();
    expect(await crew.last()).toMatchObject({ reason: "interrupted", agent_session_id: null });
    const heard = await cutOff();
    writeFileSync(join(folder, `${heard.chosen}.jsonl`), "");
    await heard.end();
    const { id } = await crew.last();
    expect(await crew.last()).toMatchObject({ reason: "interrupted", agent_session_id: heard.chosen });
    expect((await crew.resume(id, [{ say: "back" }])).stdout).toBe("back\n");
  });

  test("counts, too, if incr was killed before it could note that the agent runs", async () => {
    const crew = await openCrew();
    crew.term.env["CLAUDE_CONFIG_DIR"] = join(crew.dir, "claude");
    const folder = join(crew.dir, "claude/projects/-x");
    mkdirSync(folder, { recursive: true });
    await crew.agent("claude", [], "--in-place", { env: { INCR_FAULT: "agent:started" } });
    const { args } = await waitFor("the agent", () => crew.starts()[0]);
    const chosen = args[args.indexOf("--session-id") + 1] ?? "";
    writeFileSync(join(folder, `${chosen}.jsonl`), "");
    await waitFor("its end", async () => (await crew.last()).status !== "active");
    const record = await crew.last();
    expect(record).toMatchObject({ reason: "interrupted", agent_session_id: chosen });
    expect(record.process).not.toHaveProperty("child_pid");
  });
});

describe("an agent that was started by hand", () => {
  const hook = (event: string, session_id: string, cwd: string) =>
    `echo '${JSON.stringify({ session_id, cwd, transcript_path: `${cwd}/.claude/projects/x.jsonl` })}' | incr hook ${event}`;

  test("in a leased workspace is bound to it by its hooks, and found there by resume", async () => {
    const crew = await openCrew();
    const attempt = await crew.start();
    const conversation = "11111111-2222-4333-8444-555555555555";
    // Neither a shell nor ours: what the hook takes for the agent.
    const script = `const { spawnSync } = require("node:child_process"); spawnSync("sh", ["-c", process.argv[1]], { stdio: "inherit" }); setInterval(() => {}, 1000);`;
    const agent = spawnProcess(process.execPath, ["-e", script, hook("session-start", conversation, attempt.path)], {
      cwd: attempt.path,
      env: crew.term.env,
    });
    agent.finished.catch(() => undefined);
    const bound = await waitFor("the binding", async () => await crew.last());
    expect(bound).toMatchObject({
      status: "active",
      harness: "claude",
      agent_session_id: conversation,
      bound: true,
      interactive: true,
      session_id: attempt.id,
      todo_id: attempt.todo,
      workspace_name: "ws-001",
      branch: attempt.branch,
      process: { pid: agent.pid },
    });
    const here = crew.term.in(attempt.path);
    expect(await here.fails(4, "incr agent resume 'go on'")).toContain("runs already");
    await here.ok(hook("session-end", conversation, attempt.path));
    expect(await crew.last()).toMatchObject({ id: bound.id, status: "completed" });
    agent.kill("SIGKILL");
    await agent.finished;
    await crew.agent("claude", [], "--in-place");
    writeFileSync(join(crew.agentHome, conversation), attempt.path);
    expect((await crew.resume(bound.id, [{ say: "by hand no more" }])).stdout).toBe("by hand no more\n");
    const after = (await crew.agents()).find(({ id }) => id === bound.id);
    expect(after).toMatchObject({ status: "completed", runs: 2, interactive: false });
    expect(after).not.toHaveProperty("bound");
  });

  test("elsewhere is nobody's affair", async () => {
    const crew = await openCrew();
    await crew.term.ok(hook("session-start", "11111111-2222-4333-8444-555555555555", crew.root));
    expect(await crew.agents()).toEqual([]);
  });
});
