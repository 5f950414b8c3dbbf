/** The outcome of a run from what the agent said and how its process ended. */
import { describe, expect, test } from "vitest";
import type { AgentEvent } from "../../../src/domain/agent/event.ts";
import { endAgentSession, resumeAgentSession, startAgentSession } from "../../../src/domain/agent/session.ts";
import { countEvents, EMPTY_TALLY } from "../../../src/domain/agent/tally.ts";
import { judgeRun, type RunEnd } from "../../../src/domain/agent/verdict.ts";
import { uuidFrom } from "../../../src/domain/agent/uuid.ts";

const END: RunEnd = { code: 0, signal: null, stop: null, expected: null, interactive: false };
const good: AgentEvent = { type: "finished", ok: true };
const bad: AgentEvent = { type: "finished", ok: false, message: "no" };
const error: AgentEvent = { type: "error", message: "bad key" };
const limit: AgentEvent = { type: "limit", message: "full", resets_at: null };
const tool = { call: "1", tool: "Bash", summary: "ls" };

test.each<[string, AgentEvent[], Partial<RunEnd>, string]>([
  ["its word and exit code 0", [good], {}, "completed"],
  ["no word", [], {}, "failed unfinished"],
  ["a word that it went on after", [good, { type: "text", text: "and" }], {}, "failed unfinished"],
  ["a tool after its word", [good, { type: "tool_started", ...tool }], {}, "failed unfinished"],
  ["a bad word and exit code 0", [bad], {}, "failed error"],
  ["an error that it got over", [error, good], {}, "completed"],
  ["a limit that it got over", [limit, good], {}, "completed"],
  ["its word and a bad exit code", [good], { code: 1 }, "failed exit"],
  ["an error", [error, bad], { code: 1 }, "failed error"],
  ["a limit", [limit, bad], { code: 1 }, "failed limited"],
  ["something that was not allowed", [{ type: "denied", tool: "Bash", message: "no" }], {}, "failed denied"],
  [
    "something that was not allowed, and its word",
    [{ type: "denied", tool: "Bash", message: "no" }, good],
    {},
    "completed",
  ],
  [
    "an unknown conversation",
    [{ type: "error", message: "x", stale: true }],
    { code: 1, expected: "a" },
    "failed stale",
  ],
  [
    "another conversation",
    [{ type: "conversation", agent_session_id: "b" }, good],
    { expected: "a" },
    "failed wrong_conversation",
  ],
  ["the same conversation", [{ type: "conversation", agent_session_id: "a" }, good], { expected: "a" }, "completed"],
  ["a signal", [], { code: null, signal: "SIGTERM" }, "killed signal"],
  ["our interrupt, which it ended well after", [bad], { stop: "interrupt" }, "killed interrupt"],
  ["our interrupt, which came too late", [good], { stop: "interrupt" }, "completed"],
  [
    "a time limit in the middle of a limit",
    [limit],
    { code: null, signal: "SIGTERM", stop: "time_limit" },
    "killed time_limit",
  ],
  ["an end that did not come, after its word", [good], { code: null, signal: "SIGKILL", stop: "hung" }, "completed"],
  ["an end that did not come", [{ type: "closing" }], { code: null, signal: "SIGKILL", stop: "hung" }, "failed hung"],
  ["an end that nobody saw, after its word", [good], { code: null }, "completed"],
  ["an end that nobody saw", [{ type: "text", text: "x" }], { code: null }, "failed interrupted"],
  ["a person's exit", [], { interactive: true }, "completed"],
  ["a person's exit with a code", [], { interactive: true, code: 2 }, "failed exit"],
])("%s", (_, events, end, expected) => {
  const verdict = judgeRun(countEvents(events), { ...END, ...end });
  expect("reason" in verdict ? `${verdict.status} ${verdict.reason}` : verdict.status).toBe(expected);
});

describe("what a run adds up to", () => {
  test("belongs to the last run of the log", () => {
    const events: AgentEvent[] = [
      { type: "started", harness: "claude", resumed: false },
      limit,
      { type: "started", harness: "claude", resumed: true },
      good,
    ];
    expect(countEvents(events)).toEqual({ ...EMPTY_TALLY, finished: { ok: true } });
  });

  test("knows which tools run", () => {
    const started: AgentEvent = { type: "tool_started", ...tool };
    expect(
      countEvents([started, { ...started, call: "2" }, { type: "tool_ended", ...tool, ok: true }]).running,
    ).toEqual(["2"]);
  });
});

describe("spent tokens", () => {
  const process = { host: "h", boot_id: "b", pid: 1, started_at: "1" };
  const place = { cwd: "/app", branch: "main" };
  const started = startAgentSession(
    {
      id: "a",
      repo: "app",
      harness: "claude",
      agent_session_id: null,
      asked: {},
      interactive: false,
      place,
      process,
      log: "x",
    },
    "2026-01-07T14:30:00.000Z",
  );
  const spend = (of: "run" | "conversation", input: number) =>
    ({ type: "usage", of, tokens: { input, output: 1, cached: 5 }, cost_usd: 0.1 }) as const;

  test.each([
    ["run", { input: 30, output: 2, cached: 10 }, 0.2],
    ["conversation", { input: 20, output: 1, cached: 5 }, 0.1],
  ] as const)("of a %s", (of, tokens, cost_usd) => {
    const end = (input: number) => ({
      verdict: { status: "completed" } as const,
      tally: countEvents([spend(of, input), good]),
    });
    const once = endAgentSession(started, end(10), "2026-01-07T14:30:10.000Z");
    const again = resumeAgentSession(
      once,
      { place, asked: {}, interactive: false, process },
      "2026-01-07T15:00:00.000Z",
    );
    const twice = endAgentSession(again, end(20), "2026-01-07T15:00:05.000Z");
    expect(twice).toMatchObject({ tokens, cost_usd, runs: 2, duration_seconds: 15 });
    const found = endAgentSession(again, { ...end(20), until: "2026-01-07T15:00:05.000Z" }, "2026-01-08T09:00:00.000Z");
    expect(found).toMatchObject({ completed_at: "2026-01-08T09:00:00.000Z", duration_seconds: 15 });
    expect(found).not.toHaveProperty("until");
    expect(() => endAgentSession(twice, end(1), "2026-01-07T15:00:06.000Z")).toThrow(
      "agent session a is completed already",
    );
    expect(() =>
      resumeAgentSession(again, { place, asked: {}, interactive: false, process }, "2026-01-07T15:00:06.000Z"),
    ).toThrow("runs already");
  });
});

test("a UUID is one of version 4 and has all that is random of its digits", () => {
  expect(uuidFrom("0123456789abcdef0123456789abcdef")).toBe("01234567-89ab-4def-8123-456789abcdef");
});
