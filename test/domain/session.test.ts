import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { FAILURE_REASONS, sessionSchema, type ActiveSession, type Session } from "../../src/domain/records.ts";
import {
  completeSession,
  failSession,
  recordedExitCode,
  requireResumable,
  resumeSession,
  startSession,
} from "../../src/domain/session.ts";
import { secondsUntil } from "../../src/domain/worked.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 7, 14, 0, seconds)).toISOString();
const started = (): ActiveSession =>
  startSession(
    {
      id: "ab12cd34",
      repo: "app",
      todo_id: "k3j2h1g4",
      workspace_name: "ws-001",
      topic: "Fix it",
      lease_id: "lease1",
      lease_kind: "process",
      branch: "incr/k3j2h1g4-fix-it",
      base: "b".repeat(40),
    },
    at(0),
  );
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as IncrError).code;
  }
};

describe("a session", () => {
  test("starts active, with the fields of its attempt", () => {
    expect(started()).toEqual({
      id: "ab12cd34",
      repo: "app",
      todo_id: "k3j2h1g4",
      workspace_name: "ws-001",
      topic: "Fix it",
      status: "active",
      started_at: at(0),
      updated_at: at(0),
      lease_id: "lease1",
      lease_kind: "process",
      branch: "incr/k3j2h1g4-fix-it",
      base: "b".repeat(40),
    });
  });

  test("completes with its end, exit code and duration", () => {
    expect(completeSession(started(), { exit_code: 0, head: "h" }, at(90))).toMatchObject({
      status: "completed",
      completed_at: at(90),
      updated_at: at(90),
      duration_seconds: 90,
      exit_code: 0,
      head: "h",
    });
  });

  test("fails with a reason", () => {
    const end = { reason: "signal", exit_code: 137, signal: "SIGKILL", rescue: "refs/incr/rescue/x" } as const;
    expect(failSession(started(), end, at(5))).toMatchObject({ status: "failed", duration_seconds: 5, ...end });
  });

  test("is resumed without what only a finished one has, and counts its time on", () => {
    const end = {
      reason: "exit",
      exit_code: 3,
      head: "h",
      rescue: "r",
      branch_removed: true,
      stood_at: { commit: "c", branch: null },
    } as const;
    const failed = failSession(started(), end, at(60));
    const resumed = resumeSession(
      failed,
      { workspace_name: "ws-002", lease_id: "lease2", lease_kind: "held" },
      at(100),
    );
    expect(resumed).toEqual({
      ...started(),
      workspace_name: "ws-002",
      lease_id: "lease2",
      lease_kind: "held",
      updated_at: at(100),
      resumed_at: at(100),
      earlier_seconds: 60,
    });
    expect(completeSession(resumed, {}, at(110)).duration_seconds).toBe(70);
    expect(secondsUntil(resumed, at(105))).toBe(65);
  });

  test("never has worked for a negative time, whatever the clock does", () => {
    expect(completeSession(started(), {}, at(-3600)).duration_seconds).toBe(0);
  });

  test.each([
    ["completed", () => completeSession(started(), {}, at(1))],
    ["failed", () => failSession(started(), { reason: "failed" }, at(1))],
  ])("that is %s does not end again", (_status, end) => {
    expect(codeOf(() => completeSession(end(), {}, at(2)))).toBe("rule");
    expect(codeOf(() => failSession(end(), { reason: "failed" }, at(2)))).toBe("rule");
  });

  test("is resumable only when it failed", () => {
    expect(codeOf(() => requireResumable(started()))).toBe("held");
    expect(codeOf(() => requireResumable(completeSession(started(), {}, at(1))))).toBe("rule");
    expect(requireResumable(failSession(started(), { reason: "failed" }, at(1))).status).toBe("failed");
  });

  test("keeps what it does not know, through every change", () => {
    const strange = { ...started(), from_the_future: { a: [1] } } as ActiveSession;
    const failed = failSession(strange, { reason: "failed" }, at(1));
    const resumed = resumeSession(failed, { workspace_name: "ws-001", lease_id: "l", lease_kind: "held" }, at(2));
    expect(completeSession(resumed, {}, at(3))).toMatchObject({ from_the_future: { a: [1] } });
  });

  test.each([
    [0, null, 0],
    [255, null, 255],
    [null, 9, 137],
    [null, 15, 143],
  ])("the exit code of an end with %s and signal %s is %i", (code, signal, expected) => {
    expect(recordedExitCode(code, signal)).toBe(expected);
  });
});

test("any sequence of changes gives records that fit the schema, or refuses and leaves the record as it was", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("complete" as const), exit_code: fc.option(fc.nat(255), { nil: undefined }) }),
    fc.record({ do: fc.constant("fail" as const), reason: fc.constantFrom(...FAILURE_REASONS), removed: fc.boolean() }),
    fc.record({ do: fc.constant("resume" as const), workspace: fc.constantFrom("ws-001", "ws-002") }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.integer({ min: -5, max: 1000 })), { maxLength: 20 }), (steps) => {
      let session: Session = started();
      let now = 0;
      let resumes = 0;
      for (const [change, later] of steps) {
        now += later;
        const before = structuredClone(session);
        try {
          if (change.do === "complete") {
            session = completeSession(
              session,
              change.exit_code === undefined ? {} : { exit_code: change.exit_code },
              at(now),
            );
          } else if (change.do === "fail") {
            session = failSession(
              session,
              { reason: change.reason, ...(change.removed ? { branch_removed: true } : {}) },
              at(now),
            );
          } else {
            resumes += 1;
            session = resumeSession(
              session,
              { workspace_name: change.workspace, lease_id: `l${resumes}`, lease_kind: "held" },
              at(now),
            );
          }
        } catch (error) {
          expect(error).toBeInstanceOf(IncrError);
          expect(session).toEqual(before);
        }
        expect(v.is(sessionSchema, session)).toBe(true);
        // What says who and what it is never changes; an active one has no end, a finished one has one.
        expect(session).toMatchObject({
          id: "ab12cd34",
          repo: "app",
          todo_id: "k3j2h1g4",
          started_at: at(0),
          base: "b".repeat(40),
        });
        const ends = [
          "completed_at",
          "exit_code",
          "head",
          "rescue",
          "branch_removed",
          "reason",
          "signal",
          "duration_seconds",
        ];
        if (session.status === "active") expect(Object.keys(session).filter((key) => ends.includes(key))).toEqual([]);
        else expect(session.completed_at).toBe(session.updated_at);
        expect(secondsUntil(session, at(now))).toBeGreaterThanOrEqual(session.earlier_seconds ?? 0);
      }
    }),
  );
});
