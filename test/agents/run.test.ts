/** `incr agent run` with small programs in place of the agents: what is recorded, where it works, how its outcome is judged. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HARNESSES, modeOf, openCrew, type Crew } from "./crew.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe.each(HARNESSES)("%s", (harness) => {
  let shared: Promise<Crew> | undefined;

  test("works in a workspace of its own, and its work is committed on a branch of its own", async () => {
    const crew = await openCrew();
    const steps = [
      { say: "Let me see" },
      { run: "echo hi > hi.txt; cat hi.txt" },
      { usage: [100, 20, 0.25] },
      { say: "Done it" },
    ];
    const { code, stdout, stderr } = await crew.agent(harness, steps, "--model some-model");
    const record = await crew.last();
    const conversation = { opencode: /^ses_\w{26}$/, claude: /^[0-9a-f-]{36}$/, codex: /^01a1f764-/ }[harness];
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Let me see\nDone it\n" });
    expect(stderr).toContain(`agent session ${record.id}: ${harness} in ws-001 on incr/agent-${record.id}\n`);
    expect(stderr).toMatch(/^· \w+ {2}echo hi > hi.txt; cat hi.txt$/m);
    expect(stderr).toMatch(/^agent session \w+ completed in \d+(ms|s)$/m);
    expect(stderr).toContain(`git merge incr/agent-${record.id}\n`);

    expect(record).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{8}$/),
      repo: Object.keys(crew.state().repos)[0],
      status: "completed",
      harness,
      agent_session_id: expect.stringMatching(conversation),
      model: { opencode: "fake/big", claude: "claude-fake", codex: null }[harness],
      asked: { model: "some-model" },
      interactive: false,
      cwd: join(crew.dataDir, "workspaces", record.repo, "ws-001"),
      workspace_name: "ws-001",
      branch: `incr/agent-${record.id}`,
      base: await crew.git(["rev-parse", "main"]),
      head: await crew.git(["rev-parse", `incr/agent-${record.id}`]),
      lease_id: expect.stringMatching(/^[a-z2-7]{20}$/),
      owns_lease: true,
      process: expect.objectContaining({ pid: expect.any(Number), child_pid: expect.any(Number) }),
      log: `logs/agent-sessions/${record.repo}/${record.id}.jsonl`,
      runs: 1,
      created_at: TIME,
      started_at: TIME,
      updated_at: TIME,
      completed_at: TIME,
      duration_seconds: expect.any(Number),
      exit_code: 0,
      tokens: { input: 100, output: 20 },
      ...(harness === "codex" ? {} : { cost_usd: 0.25 }),
    });
    expect(await crew.git(["show", `${record.branch}:hi.txt`])).toBe("hi");
    expect(crew.workspace()).toMatchObject({ status: "available" });
    expect(crew.state().opencode_sessions).toEqual({});
    expect(await crew.git(["status", "--porcelain", "--branch"])).toBe("## main");

    const [start] = crew.starts();
    expect(start).toMatchObject({ cwd: record.cwd, prompt: `@${JSON.stringify(steps)}` });
    expect(start?.args).toContain("some-model");
    expect(start?.env).toEqual({
      INCR_STATE_DIR: crew.stateDir,
      INCR_DATA_DIR: crew.dataDir,
      INCR_LEASE_ID: record.lease_id,
      INCR_WORKSPACE: record.cwd,
      INCR_PORT: "20000",
      INCR_AGENT_SESSION_ID: record.id,
    });
  });

  test("logs what it says and does as it comes, without the prompt, for its user alone", async () => {
    const crew = await openCrew();
    await crew.agent(harness, [
      { think: "Hm" },
      { say: "Let me see" },
      { run: "echo out; exit 3" },
      { usage: [7, 5, 0.5] },
    ]);
    const { id, agent_session_id } = await crew.last();
    const tool = { opencode: "bash", claude: "Bash", codex: "command_execution" }[harness];
    const about = { call: expect.any(String), tool, summary: "echo out; exit 3" };
    const model = { opencode: "fake/big", claude: "claude-fake", codex: null }[harness];
    const spent = { type: "usage", tokens: { input: 7, output: 5 } };
    expect(crew.events(id).filter(({ type }) => type !== "closing")).toEqual([
      { type: "started", harness, resumed: false },
      { type: "conversation", agent_session_id },
      ...(model === null ? [] : [{ type: "model", model }]),
      { type: "thinking", text: "Hm" },
      { type: "text", text: "Let me see" },
      ...(harness === "opencode" ? [] : [{ type: "tool_started", ...about }]),
      { type: "tool_ended", ...about, ok: false, output: "out", ...(harness === "claude" ? {} : { exit_code: 3 }) },
      ...{
        opencode: [
          { ...spent, of: "step", cost_usd: 0.5 },
          { type: "usage", of: "step", tokens: { input: 0, output: 0 }, cost_usd: 0 },
        ],
        claude: [{ ...spent, of: "run", cost_usd: 0.5 }],
        codex: [{ ...spent, of: "conversation" }],
      }[harness],
      { type: "finished", ok: true },
      { type: "ended", status: "completed", exit_code: 0 },
    ]);
    expect(modeOf(crew.logFile(id))).toBe("600");
    expect(modeOf(join(crew.stateDir, "logs"))).toBe("700");
    const kept =
      readFileSync(crew.logFile(id), "utf8") +
      readFileSync(join(crew.stateDir, "history", "opencode_sessions.jsonl"), "utf8");
    expect(kept).not.toContain('usage":[7,5');
  });

  test.each([
    [
      "an error of its own",
      [{ fail: "bad key", status: 401 }],
      1,
      { status: "failed", reason: "error", message: expect.stringContaining("bad key") },
    ],
    ["an exit code without a word", [{ say: "x" }, { exit: 3 }], 3, { status: "failed", reason: "exit", exit_code: 3 }],
    [
      "an end without a last word",
      [{ say: "x" }, { exit: 0 }],
      1,
      { status: "failed", reason: "unfinished", exit_code: 0 },
    ],
    [
      "a good word and a bad exit code",
      [{ finish: true }, { exit: 2 }],
      2,
      { status: "failed", reason: "exit", exit_code: 2 },
    ],
    [
      "a signal",
      [{ say: "x" }, { die: "SIGTERM" }],
      143,
      { status: "killed", reason: "signal", signal: "SIGTERM", exit_code: 143 },
    ],
    [
      "a usage limit",
      [{ fail: "You've hit your usage limit. Try again in 2 hours 5 minutes.", status: 429 }],
      1,
      { status: "failed", reason: "limited", resets_at: TIME, message: expect.stringContaining("usage limit") },
    ],
    [
      "a usage limit that says no time",
      [{ fail: "insufficient_quota", status: 429 }],
      1,
      { status: "failed", reason: "limited" },
    ],
    [
      "lines that are no events",
      [{ line: '{"type":\n\n[]\n"x"\n{}\nnull\n' }, { err: "warning: x" }, { line: '{"type":"new"}\n' }],
      0,
      { status: "completed" },
    ],
  ])("is judged by what it says as well as by its exit code: %s", async (_, steps, code, end) => {
    const crew = await (shared ??= openCrew());
    const result = await crew.agent(harness, steps, "--in-place");
    expect({ code: result.code, end: await crew.last() }).toMatchObject({ code, end });
  });

  test("works in the workspace of a session without touching its lease", async () => {
    const crew = await openCrew();
    const attempt = await crew.start();
    const before = crew.workspace();
    const here = crew.term.in(attempt.path);
    const { code } = await crew.agent(harness, [{ run: "echo hi > hi.txt" }], "", { in: here });
    expect(code).toBe(0);
    expect(await crew.last()).toMatchObject({
      session_id: attempt.id,
      todo_id: attempt.todo,
      workspace_name: "ws-001",
      lease_id: attempt.leaseId,
      branch: attempt.branch,
      cwd: attempt.path,
    });
    expect(await crew.last()).not.toHaveProperty("owns_lease");
    expect(crew.workspace()).toEqual(before);
    expect(existsSync(join(attempt.path, "hi.txt"))).toBe(true);
    expect(crew.starts()[0]?.env).toMatchObject({
      INCR_LEASE_ID: attempt.leaseId,
      INCR_SESSION_ID: attempt.id,
      INCR_TODO_ID: attempt.todo,
      INCR_WORKSPACE: attempt.path,
    });
  });
});

describe("incr agent run", () => {
  test("takes the prompt from stdin, byte for byte", async () => {
    const crew = await openCrew();
    const prompt = '  "quoted" $HOME `x`\n\n@[{"say":"ä🙂"}]\n\n';
    const { stdout, code } = await crew.term.run("incr agent run --harness claude -", { input: prompt });
    expect({ stdout, code }).toEqual({ stdout: "ä🙂\n", code: 0 });
    expect(crew.starts()[0]?.prompt).toBe(prompt);
  });

  test("--json prints every event as one object a line, as it is in the log", async () => {
    const crew = await openCrew();
    const { stdout } = await crew.agent("claude", [{ say: "Hello" }], "--json");
    const { id } = await crew.last();
    expect(stdout).toBe(readFileSync(crew.logFile(id), "utf8"));
  });

  test("--in-place works in the folder that one stands in, and leaves it as it is", async () => {
    const crew = await openCrew();
    await crew.agent("claude", [{ run: "pwd > where.txt" }], "--in-place");
    expect(await crew.read("where.txt")).toBe(`${crew.root}\n`);
    expect(await crew.last()).toMatchObject({ cwd: crew.root, branch: "main", status: "completed" });
    expect(crew.workspaces()).toEqual({});
    expect(crew.starts()[0]?.env).not.toHaveProperty("INCR_LEASE_ID");
  });

  test("keeps what a failed agent left as a rescue", async () => {
    const crew = await openCrew();
    const { stderr } = await crew.agent("codex", [{ write: ["half.txt", "half\n"] }, { fail: "broken" }]);
    const [rescue] = await crew.rescues();
    const record = await crew.last();
    expect(record).toMatchObject({ status: "failed", rescue: rescue.ref, branch_removed: true });
    expect(stderr).toContain(`rescue ${rescue.name}\n`);
    expect(await crew.git(["show", `${rescue.ref}:half.txt`])).toBe("half");
    expect(await crew.branches()).toEqual([]);
  });

  test("gives each harness what it was asked for", async () => {
    const crew = await openCrew();
    for (const harness of HARNESSES) await crew.agent(harness, [], "--in-place --model m/x --full-access");
    const words = crew.starts().map(({ args }) => args.join(" "));
    expect(words[0]).toBe("run --format json --print-logs --log-level INFO --model m/x --auto");
    expect(words[1]).toMatch(
      /^--print --output-format stream-json --verbose --session-id [0-9a-f-]{36} --model m\/x --permission-mode bypassPermissions$/,
    );
    expect(words[2]).toBe("exec --json --dangerously-bypass-approvals-and-sandbox --model m/x -");
    await crew.agent("opencode", [], "--in-place --agent plan");
    expect(crew.starts()[3]?.args).toContain("plan");
    expect(await crew.term.fails(2, "incr agent run --harness codex --agent plan hi")).toContain("codex has no agents");
  });

  test("does not pass on what another agent set for its tools", async () => {
    const crew = await openCrew();
    const others = {
      CLAUDECODE: "1",
      CLAUDE_CODE_SESSION_ID: "x",
      CODEX_THREAD_ID: "x",
      OPENCODE: "1",
      AGENT: "1",
      CLAUDE_CONFIG_DIR: "/x",
    };
    await crew.agent("claude", [], "--in-place", { env: others });
    const left = Object.keys(crew.starts()[0]?.env ?? {}).filter((name) => !name.startsWith("INCR_"));
    expect(left).toEqual(["CLAUDE_CONFIG_DIR"]);
  });

  test("two at once keep their workspaces and conversations apart", async () => {
    const crew = await openCrew();
    const both = HARNESSES.map((harness) =>
      crew.startAgent(harness, [{ run: "sleep 0.3; echo x > x" }, { say: harness }]),
    );
    const ended = await Promise.all(both.map(({ finished }) => finished));
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      HARNESSES.map((name) => ({ code: 0, stdout: `${name}\n` })),
    );
    const records = await crew.agents();
    const distinct = (key: string) => new Set(records.map((record) => record[key])).size;
    expect({ id: distinct("id"), conversation: distinct("agent_session_id"), cwd: distinct("cwd") }).toEqual({
      id: 3,
      conversation: 3,
      cwd: 3,
    });
  });

  test.each([
    ["no prompt", "incr agent run", "", 2, "there is no prompt"],
    ["an empty prompt", "incr agent run ' '", "", 2, "the prompt is empty"],
    [
      "an agent that is not known",
      "incr agent run --harness vim x",
      "",
      2,
      "--harness must be opencode, claude or codex",
    ],
    ["an interface without a terminal", "incr agent run --tui", "", 2, "needs a terminal"],
  ])("refuses %s, and changes nothing", async (_, line, input, code, words) => {
    const crew = await openCrew();
    const result = await crew.term.run(line, { input });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(words);
    expect(crew.workspaces()).toEqual({});
  });

  test("refuses an agent that is not installed before it takes anything", async () => {
    const crew = await openCrew();
    const { code, stderr } = await crew.term.run("incr agent run hi", {
      env: { PATH: crew.term.env["PATH"]?.split(":").slice(1).join(":") },
    });
    expect(code).toBe(1);
    expect(stderr).toBe(
      "error: opencode is not installed, or not on the PATH\nhint: install it, or choose another agent with --harness\n",
    );
    expect(crew.workspaces()).toEqual({});
  });

  test("is not started by a shell whose workspace was leased anew, nor in one that nobody holds", async () => {
    const crew = await openCrew();
    const attempt = await crew.start();
    const here = crew.term.in(attempt.path);
    const stale = await here.run("INCR_LEASE_ID=aaaaaaaaaaaaaaaaaaaa incr agent run --harness claude hi");
    expect({ code: stale.code, starts: crew.starts() }).toEqual({ code: 4, starts: [] });
    await crew.term.ok(`incr session done ${attempt.todo}`);
    expect(await here.fails(1, "incr agent run --harness claude hi")).toContain("nobody holds ws-001");
    expect(crew.starts()).toEqual([]);
  });

  test("incr opencode is the same with opencode, and sees no other", async () => {
    const crew = await openCrew();
    await crew.agent("claude", [], "--in-place");
    const { id: other } = await crew.last();
    expect((await crew.term.run(`incr opencode run --in-place '@[{"say":"hi"}]'`)).stdout).toBe("hi\n");
    const { agent_sessions } = await crew.term.json("incr opencode list --json");
    expect(agent_sessions.map(({ harness }: any) => harness)).toEqual(["opencode"]);
    expect(await crew.term.fails(3, `incr opencode show ${other}`)).toContain("no agent session");
    expect(await crew.term.fails(2, "incr opencode run --harness claude hi")).toContain("unknown flag --harness");
  });

  test("list and show tell what there is", async () => {
    const crew = await openCrew();
    expect(await crew.term.ok("incr agent list")).toBe("no agent sessions; `incr agent run '<prompt>'` begins one");
    await crew.agent("codex", [{ usage: [1200, 40, 0] }], "--in-place");
    await crew.agent("claude", [{ fail: "You've hit your usage limit. Resets in 3 hours" }], "--in-place");
    const [claude, codex] = await crew.agents();
    expect(await crew.term.ok("incr agent list --status failed")).toMatch(/\n\w{8} {2}claude {2}failed \(limited\) /);
    const shown = await crew.term.ok(`incr agent show ${codex.id}`);
    expect(shown).toContain(`conversation   ${codex.agent_session_id}\n`);
    expect(shown).toContain("model          not captured\n");
    expect(shown).toContain("tokens         1200 in, 40 out\n");
    expect(shown).toContain(`by hand        codex resume ${codex.agent_session_id}`);
    expect(await crew.term.ok(`incr agent show ${claude.agent_session_id}`)).toContain(`agent session  ${claude.id}\n`);
  });
});
