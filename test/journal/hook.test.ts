/** What agents' hooks tell the journal, and what they are told. A hook never stands in the way: exit 0, whatever happens. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { INCR } from "../support/incr.ts";
import { runProcess, spawnProcess } from "../support/process.ts";
import { makeTempDir } from "../support/temp.ts";
import { plainDesk, repoDesk, type Desk } from "./desk.ts";

const CLAUDE = { session_id: "11111111-aaaa", transcript_path: "/home/u/.claude/projects/-app/11111111-aaaa.jsonl" };
const CODEX = {
  session_id: "22222222-bbbb",
  transcript_path: "/home/u/.codex/sessions/2026/01/07/rollout-x.jsonl",
  turn_id: "t",
};

const hook = (desk: Desk, event: string, payload: object = CLAUDE, env: Record<string, string> = {}) =>
  desk.run(["hook", event], { input: JSON.stringify({ cwd: desk.root, ...payload }), env });
const context = async (desk: Desk) => {
  const { code, stdout, stderr } = await hook(desk, "session-start");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { hookSpecificOutput: output } = JSON.parse(stdout);
  expect(output.hookEventName).toBe("SessionStart");
  expect(output.additionalContext.length).toBeLessThanOrEqual(1500);
  return output.additionalContext as string;
};
const agents = (desk: Desk) => desk.state().current_session.participants.filter(({ kind }: any) => kind === "agent");

describe("session-start", () => {
  test("tells what runs, what was last, what is pending and what was interrupted", async () => {
    const desk = await repoDesk();
    await desk.at("09:00").ok(["log", "Found the leak"]);
    await desk.at("10:00").ok(["bye", "--summary", "Fixed the leak", "--todo", "Add a test"]);
    await desk.at("14:30").ok(["hello"]);
    await desk.at("14:40").ok(["log", "Wrote\nthe test"]);
    await desk.ok(["workflow", "set", "workflow:pr", "git:pr:monitor"]);
    expect(await context(desk.at("14:50"))).toBe(
      [
        "Work journal of this repository (incr)",
        "Open session 2026-01-07-T1430 on main, since 2026-01-07 14:30, last sign of life 2026-01-07 14:40, 1 note",
        "- 14:40 Wrote the test",
        "Last session 2026-01-07-T0900, ended 2026-01-07 10:00, no commits: Fixed the leak",
        "Pending todos:",
        "- Add a test",
        "Interrupted workflows (`incr workflow get <name>`):",
        "- workflow:pr, at git:pr:monitor",
        'Keep what matters with `incr log "…"`. `incr hello` shows more; `incr bye --summary "…" --todo "…"` ends the session.',
      ].join("\n"),
    );
  });

  test("says at most 1500 characters, and the commands always", async () => {
    const desk = plainDesk();
    const long = "ä🙂".repeat(400);
    await desk.at("14:30").ok(["log", long]);
    await desk
      .at("14:31")
      .ok(["bye", "--summary", long, ...Array.from({ length: 30 }, (_, n) => ["--todo", `${n} ${long}`]).flat()]);
    for (let n = 0; n < 5; n += 1) await desk.at("14:32").ok(["log", `${n} ${long}`]);
    const text = await context(desk.at("14:33"));
    expect(text.length).toBeGreaterThan(1000);
    expect(text).toMatch(/`incr bye --summary "…" --todo "…"` ends the session\.$/);
    expect(text).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  });

  test("begins no session, and joins the one that runs", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    await desk.at("14:31").ok(["bye"]);
    expect(await context(desk.at("14:40"))).toContain("No session is open: `incr hello` begins one.");
    expect(desk.state().current_session).toBeNull();
    await desk.at("14:41").ok(["hello"]);
    await context(desk.at("14:42"));
    expect(agents(desk)).toMatchObject([
      { name: "claude", agent_session: "11111111-aaaa", since: "2026-01-07T14:42:00Z" },
    ]);
  });

  test("is silent where nobody began a journal, and makes none", async () => {
    const desk = await repoDesk();
    for (const event of ["session-start", "user-prompt", "stop", "session-end"]) {
      expect(await hook(desk, event)).toMatchObject({ code: 0, stdout: "", stderr: "" });
    }
    expect(desk.list(".")).not.toContain(".work-shell");
  });
});

describe("prompts", () => {
  test("are signs of life, counted, and their words are kept nowhere", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    await hook(desk.at("14:50"), "user-prompt", { ...CLAUDE, prompt: "my secret" });
    await hook(desk.at("15:10"), "user-prompt", { ...CLAUDE, prompt: "another secret" });
    expect(agents(desk)).toMatchObject([{ name: "claude", prompts: 2, last_seen: "2026-01-07T15:10:00Z" }]);
    await desk.at("15:35").ok(["log", "still the same session"]);
    expect(desk.state().current_session.started).toBe("2026-01-07T14:30:00Z");
    const { stdout } = await runProcess("grep", ["-r", "secret", desk.root]);
    expect(stdout).toBe("");
  });

  test("begin a session where none runs, except for those that ask for hello, log or bye", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    await desk.at("14:31").ok(["bye"]);
    for (const prompt of ["/hello", "/incr:bye please", "$incr:log x", " /log"]) {
      await hook(desk.at("14:40"), "user-prompt", { ...CLAUDE, prompt });
      expect(desk.state().current_session).toBeNull();
    }
    await hook(desk.at("14:41"), "user-prompt", { ...CLAUDE, prompt: "/helloworld" });
    expect(desk.state().current_session).toMatchObject({ id: "2026-01-07-T1441" });
  });

  test("after a long silence wait for a command that can ask git, and then count from when they were", async () => {
    const desk = await repoDesk();
    await desk.at("09:00").ok(["log", "morning"]);
    await hook(desk.at("11:00"), "user-prompt");
    expect(desk.list(".work-shell/spool")).toHaveLength(1);
    await hook(desk.at("11:20"), "user-prompt");
    await desk.at("11:40").ok(["log", "noon"]);
    expect(desk.list(".work-shell/spool")).toEqual([]);
    expect(desk.state()).toMatchObject({
      current_session: { id: "2026-01-07-T1100", quick_notes: [{ note: "noon" }] },
      last_session: { id: "2026-01-07-T0900", ended: "2026-01-07T09:00:00Z" },
    });
    expect(agents(desk)).toMatchObject([{ prompts: 2, since: "2026-01-07T11:00:00Z" }]);
  });

  test("that come late, after bye, begin nothing", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    await desk.at("14:50").ok(["bye"]);
    await hook(desk.at("14:49"), "user-prompt");
    expect(desk.state().current_session).toBeNull();
  });
});

test("no git is started", async () => {
  const desk = await repoDesk();
  await desk.at("14:30").ok(["hello"]);
  const empty = makeTempDir("no-git-");
  await hook(desk.at("14:40"), "session-start", CLAUDE, { PATH: empty });
  await hook(desk.at("14:50"), "user-prompt", CLAUDE, { PATH: empty });
  expect(agents(desk)).toMatchObject([{ name: "claude", prompts: 1, worktree: "." }]);
  await desk.at("15:00").ok(["bye"]);
  await hook(desk.at("15:10"), "user-prompt", CLAUDE, { PATH: empty });
  expect(desk.state().current_session).toMatchObject({
    branch: "main",
    heads: { ".": await desk.repo.git(["rev-parse", "HEAD"]) },
  });
});

test("the end of an agent closes nothing", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  await hook(desk.at("14:40"), "user-prompt");
  await hook(desk.at("14:45"), "session-end", { ...CLAUDE, reason: "other" });
  expect(desk.state().current_session.id).toBe("2026-01-07-T1430");
  expect(agents(desk)).toMatchObject([{ left: "2026-01-07T14:45:00Z" }]);
  // It comes back
  await hook(desk.at("14:50"), "session-start");
  expect(agents(desk)[0].left).toBeUndefined();
  // Long after, it goes: no sign of work
  await hook(desk.at("18:00"), "session-end");
  expect(desk.state().current_session).toMatchObject({ last_activity: "2026-01-07T14:50:00Z" });
});

test("several agents and people share one session, under their names", async () => {
  const desk = await repoDesk();
  await desk.at("14:30").ok(["hello"]);
  await hook(desk, "user-prompt", CODEX);
  await hook(desk, "user-prompt", CLAUDE);
  await hook(desk, "user-prompt", { ...CLAUDE, session_id: "33333333-cccc" });
  const shells = [
    ["claude", { CLAUDE_CODE_SESSION_ID: "11111111-aaaa", CLAUDECODE: "1" }],
    ["codex", { CODEX_SESSION_ID: "22222222-bbbb", CODEX_THREAD_ID: "22222222-bbbb" }],
    ["opencode", { OPENCODE: "1", AGENT: "1" }],
    ["agent", { AGENT: "1" }],
  ] as const;
  for (const [name, env] of shells) await desk.ok(["log", `note of ${name}`], { env });
  const { quick_notes: notes, participants } = desk.state().current_session;
  expect(notes.map(({ by, note }: any) => [by, note])).toEqual(shells.map(([name]) => [name, `note of ${name}`]));
  expect(participants.map(({ name, kind, agent_session: id }: any) => [name, kind, id])).toEqual([
    [expect.any(String), "person", undefined],
    ["codex", "agent", "22222222-bbbb"],
    ["claude", "agent", "11111111-aaaa"],
    ["claude", "agent", "33333333-cccc"],
    ["opencode", "agent", undefined],
    ["agent", "agent", undefined],
  ]);
  expect(desk.logs()).toContain(
    "note of codex\n\n- Session: 2026-01-07-T1430\n- Branch: `main`\n- Working tree: clean\n- By: codex\n",
  );
});

test("the directory is that of the event", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  const elsewhere = makeTempDir();
  await desk.in(elsewhere).run(["hook", "user-prompt"], { input: JSON.stringify({ ...CLAUDE, cwd: desk.root }) });
  expect(agents(desk)).toHaveLength(1);
});

describe("never fails", () => {
  test.each([
    ["no event", [], "{}"],
    ["an unknown event", ["pre-compact"], "{}"],
    ["an unknown flag", ["session-start", "--nonsense"], "{}"],
    ["no JSON", ["session-start"], "nonsense"],
    ["nothing on stdin", ["session-start"], ""],
    ["a list", ["user-prompt"], "[]"],
    ["fields of other kinds", ["user-prompt"], '{"session_id":1,"cwd":["x"],"prompt":{}}'],
    ["a directory that is not there", ["user-prompt"], '{"cwd":"/nonexistent/x"}'],
    ["a huge prompt", ["user-prompt"], JSON.stringify({ ...CLAUDE, prompt: "x".repeat(5_000_000) })],
  ])("with %s", async (_, args, input) => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    expect(await desk.run(["hook", ...args], { input })).toMatchObject({ code: 0 });
    expect(desk.state().current_session.id).toBe("2026-01-07-T1430");
  });

  test("in a directory that was removed", async () => {
    const folder = join(makeTempDir(), "gone");
    mkdirSync(folder);
    const script = `rmdir "$PWD" && exec "${process.execPath}" "${INCR}" hook session-start`;
    expect(await runProcess("bash", ["-c", script], { cwd: folder, input: "{}" })).toMatchObject({
      code: 0,
      stdout: "",
    });
  });

  test("with a journal whose state is broken, and says so", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    desk.write(".work-shell/state.json", "{");
    expect(await context(desk)).toMatch(
      /^Work journal of this repository \(incr\)\nIts state cannot be read: .*is not JSON/,
    );
    expect(await hook(desk, "user-prompt")).toMatchObject({ code: 0, stderr: "" });
    desk.write(".work-shell/config.yaml", "[");
    expect(await hook(desk, "session-end")).toMatchObject({ code: 0, stderr: "" });
  });

  test("with a folder that cannot be written", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    rmSync(join(desk.root, ".work-shell"), { recursive: true });
    desk.write(".work-shell", "a file");
    expect(await hook(desk, "user-prompt")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("waits for what an agent that always says it says late", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    const script = `{ sleep 0.4; printf '%s' '{"session_id":"s1"}'; } | "${process.execPath}" "${INCR}" hook stop --agent opencode`;
    await runProcess("bash", ["-c", script], { cwd: desk.root, env: desk.env });
    expect(agents(desk)).toMatchObject([{ name: "opencode", agent_session: "s1" }]);
  });

  test("with a pipe that nobody closes: it does not wait", async () => {
    const desk = plainDesk();
    await desk.at("14:30").ok(["hello"]);
    const env = { ...desk.env };
    for (const sent of ["", JSON.stringify({ ...CLAUDE, cwd: desk.root })]) {
      const running = spawnProcess(
        "bash",
        [
          "-c",
          `{ printf '%s' '${sent}'; sleep 1000; } | { "${process.execPath}" "${INCR}" hook user-prompt; echo "ended $?"; kill -- -$$; }`,
        ],
        { cwd: desk.root, env },
      );
      await running.finished;
      expect(running.stdout()).toBe("ended 0\n");
    }
    expect(agents(desk).at(-1)).toMatchObject({ name: "claude", prompts: 1 });
  });
});
