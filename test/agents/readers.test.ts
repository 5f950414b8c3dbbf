/** What each agent prints, as it was recorded from the real ones, in the vocabulary that all have in common. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findHarness } from "../../src/agents/harnesses.ts";
import type { AgentEvent } from "../../src/domain/agent/event.ts";
import { countEvents } from "../../src/domain/agent/tally.ts";
import { judgeRun } from "../../src/domain/agent/verdict.ts";
import { HARNESSES, type HarnessName } from "./crew.ts";

const NOW = "2026-11-20T08:14:00.000Z";

/** Reads `recorded/<harness>-<what>.txt`: lines of stdout and stderr, marked `out` and `err`. */
function read(harness: HarnessName, what: string, conversation: string | null = null): AgentEvent[] {
  const reader = findHarness(harness).reader({ now: () => new Date(NOW), zone: "UTC", conversation });
  const lines = readFileSync(new URL(`recorded/${harness}-${what}.txt`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  return lines.flatMap((line) => reader(line.startsWith("out ") ? "stdout" : "stderr", line.slice(4)));
}

const judge = (events: AgentEvent[], code: number) =>
  judgeRun(countEvents(events), { code, signal: null, stop: null, expected: null, interactive: false });

describe("a run that works", () => {
  test("opencode", () => {
    const usage = { type: "usage", of: "step", tokens: { input: 100, output: 20 }, cost_usd: 0.00014 };
    const events = read("opencode", "ok");
    expect(events).toEqual([
      { type: "conversation", agent_session_id: "ses_e07fb6515ffeTDfUjkj5hq49Qu" },
      { type: "model", model: "fake/fake-model" },
      {
        type: "tool_ended",
        call: "call_fake000014",
        tool: "bash",
        summary: "sleep 1; echo hi",
        ok: true,
        exit_code: 0,
        output: "hi",
      },
      usage,
      { type: "text", text: "done: hi\n" },
      usage,
      { type: "finished", ok: true },
      { type: "closing" },
    ]);
    expect(judge(events, 0)).toEqual({ status: "completed" });
    expect(countEvents(events).usage).toEqual({ of: "run", tokens: { input: 200, output: 40 }, cost_usd: 0.00028 });
  });

  test("claude", () => {
    const tool = { call: "toolu_fake000038", tool: "Bash", summary: "echo hi > cc.txt; cat cc.txt" };
    const events = read("claude", "ok");
    expect(events).toEqual([
      { type: "conversation", agent_session_id: "5e2b6e40-6fac-4f4a-abe7-479706d59a04" },
      { type: "model", model: "claude-opus-5-5" },
      { type: "tool_started", ...tool },
      { type: "tool_ended", ...tool, ok: true, output: "hi" },
      { type: "thinking", text: "hm" },
      { type: "text", text: "done: hi" },
      { type: "usage", of: "run", tokens: { input: 200, output: 40 }, cost_usd: 0.0016 },
      { type: "finished", ok: true },
    ]);
    expect(judge(events, 0)).toEqual({ status: "completed" });
  });

  test("codex", () => {
    const tool = { call: "item_1", tool: "command_execution", summary: "/bin/bash -lc 'echo hi > cx.txt; cat cx.txt'" };
    const events = read("codex", "ok");
    expect(events).toEqual([
      { type: "conversation", agent_session_id: "01a1f805-3939-71b3-a4e8-899ef142aca7" },
      { type: "notice", message: expect.stringContaining("Model metadata") },
      { type: "tool_started", ...tool },
      { type: "tool_ended", ...tool, ok: true, exit_code: 0, output: "hi" },
      { type: "text", text: expect.stringMatching(/^done: /) },
      { type: "usage", of: "conversation", tokens: { input: 200, output: 40 } },
      { type: "finished", ok: true },
      { type: "output", stream: "stderr", text: expect.stringContaining("WARNING: proceeding") },
    ]);
    expect(judge(events, 0)).toEqual({ status: "completed" });
  });
});

describe.each(HARNESSES)("%s", (harness) => {
  test("says that its provider takes no more work", () => {
    const events = read(harness, "lim");
    expect(judge(events, 1)).toEqual({
      status: "failed",
      reason: "limited",
      message: expect.stringMatching(/usage limit/),
      // Codex keeps to itself what it was told.
      ...(harness === "codex" ? {} : { resets_at: "2026-11-20T10:19:00.000Z" }),
    });
    expect(events.filter(({ type }) => type === "text")).toEqual([]);
  });

  test("says that it does not know a conversation", () => {
    expect(judge(read(harness, "stale"), 1)).toMatchObject({ status: "failed", reason: "stale" });
  });
});

test("opencode: an error inside is told with its cause from the log", () => {
  expect(judge(read("opencode", "model"), 1)).toEqual({
    status: "failed",
    reason: "error",
    message: "ProviderModelNotFoundError: Model not found: nope/nope. Did you mean: standardcompute?",
  });
});

test("opencode: sub-agents are not taken for the conversation", () => {
  const reader = findHarness("opencode").reader({ now: () => new Date(NOW), zone: "UTC", conversation: "ses_main" });
  const log = (rest: string) => reader("stderr", `timestamp=2026-01-07T14:30:00.000Z level=INFO run=1 ${rest}`);
  expect(log("message=created id=ses_child slug=x version=1")).toEqual([]);
  expect(
    log("message=stream providerID=p modelID=small session.id=ses_child small=false agent=general mode=subagent"),
  ).toEqual([]);
  expect(log('message="exiting loop" session.id=ses_child')).toEqual([]);
  expect(log('message="exiting loop" session.id=ses_main')).toEqual([{ type: "closing" }]);
});
