import { describe, expect, test } from "vitest";
import { endAgentSession, resumeAgentSession, startAgentSession } from "../../src/domain/agent/session.ts";
import { EMPTY_TALLY } from "../../src/domain/agent/tally.ts";
import { continueJob, endJob, pauseJob, resumeJob, startJob, workedSeconds } from "../../src/domain/job/job.ts";
import { failSession, resumeSession, startSession } from "../../src/domain/session.ts";
import { secondsInAll, secondsUntil } from "../../src/domain/worked.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 7, 14) + Math.round(seconds * 1000)).toISOString();
const ID = { id: "ab12cd34", repo: "app" };
const PROCESS = { host: "h", boot_id: "b", pid: 7, started_at: "1" };
const LIMITS = { max_rounds: 20, time_limit_ms: 3_600_000 };
const LEASE = { workspace_name: "ws-001", lease_id: "l" };
const asked = { asked: {}, interactive: false, process: PROCESS };

const KINDS = {
  session() {
    const start = startSession(
      { ...ID, ...LEASE, todo_id: "t", topic: "x", lease_kind: "held", branch: "b", base: "b" },
      at(0),
    );
    const fail = (session: typeof start, now: string) => failSession(session, { reason: "failed" }, now);
    return {
      start,
      end: fail,
      resume: (ended: ReturnType<typeof fail>, now: string) =>
        resumeSession(ended, { ...LEASE, lease_kind: "held" }, now),
    };
  },
  job() {
    const start = startJob(
      {
        ...ID,
        todo_id: "t",
        place: LEASE,
        branch: "b",
        base: "b",
        harness: "claude",
        models: {},
        limits: LIMITS,
        process: PROCESS,
        log: "l",
      },
      at(0),
    );
    const fail = (job: typeof start, now: string) =>
      endJob(job, { status: "failed", reason: "agent", message: "x" }, {}, now);
    return {
      start,
      end: fail,
      resume: (ended: ReturnType<typeof fail>, now: string) =>
        resumeJob(ended, { place: LEASE, limits: LIMITS, process: PROCESS }, now),
    };
  },
  agent_session() {
    const start = startAgentSession(
      { ...ID, ...asked, harness: "claude", agent_session_id: null, place: { cwd: "/" }, log: "l" },
      at(0),
    );
    const verdict = { status: "failed", reason: "error", message: "x" } as const;
    const fail = (session: typeof start, now: string) => endAgentSession(session, { verdict, tally: EMPTY_TALLY }, now);
    return {
      start,
      end: fail,
      resume: (ended: ReturnType<typeof fail>, now: string) =>
        resumeAgentSession(ended, { ...asked, place: { cwd: "/" } }, now),
    };
  },
};

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])("a %s that is resumed often", (kind) => {
  test.each([0.4, 0.6, 1.001])("has worked the sum of its runs of %s s", (length) => {
    const { start, end, resume } = KINDS[kind]() as {
      start: object;
      end(one: object, now: string): { duration_seconds?: number };
      resume(one: object, now: string): object;
    };
    let ended = end(start, at(length));
    for (let run = 1; run < 100; run += 1) {
      expect(ended.duration_seconds).toBe(Math.round(run * length));
      ended = end(resume(ended, at(run * 10)), at(run * 10 + length));
    }
    expect(ended.duration_seconds).toBe(Math.round(100 * length));
  });
});

describe("what an ended one has worked", () => {
  test("is exact as far as its record tells", () => {
    const ended = { started_at: at(0), completed_at: at(7.4), duration_seconds: 7 };
    expect(secondsInAll(ended)).toBe(7.4);
    expect(secondsInAll({ ...ended, resumed_at: at(5), earlier_seconds: 4.2, duration_seconds: 7 })).toBe(6.6);
    // Others count in their own way, or not at all.
    expect(secondsInAll({ ...ended, duration_seconds: 30 })).toBe(30);
    expect(secondsInAll({ started_at: at(0), completed_at: at(7.4) })).toBe(0);
    expect(secondsUntil({ started_at: at(10) }, at(3))).toBe(0);
  });

  test("does not include the pause in which it ended", () => {
    const { start, end, resume } = KINDS.job();
    const paused = pauseJob(start, at(9000), "limit", at(30.3));
    const ended = end(paused, at(5000));
    expect(ended.duration_seconds).toBe(30);
    expect(resume(ended, at(6000)).earlier_seconds).toBe(30.3);
    const going = continueJob(paused, PROCESS, at(9000));
    expect(workedSeconds(going, at(9000.4))).toBe(30.7);
  });
});
