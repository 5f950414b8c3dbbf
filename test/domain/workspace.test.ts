import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import type { Intent, Lease } from "../../src/domain/lease.ts";
import { workspaceSchema, type AcquiredWorkspace, type Workspace } from "../../src/domain/records.ts";
import {
  beginIntent,
  chooseWorkspace,
  createWorkspace,
  describeHolder,
  endIntent,
  heldError,
  leaseOf,
  nextWorkspaceName,
  releaseWorkspace,
  requireLease,
  reserveWorkspace,
} from "../../src/domain/workspace.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 7, 14, 0, seconds)).toISOString();
const me = { host: "h", boot_id: "b", pid: 4711, started_at: "1" };
const lease = (id: string, intent?: Intent): Lease => ({
  lease_id: id,
  kind: "held",
  holder: { type: "session", id: "ab12cd34" },
  acquired_at: at(0),
  port: 20_000,
  ...(intent === undefined ? {} : { intent }),
});
const intent = (action: Intent["action"], pid = 4711): Intent => ({ action, since: at(0), process: { ...me, pid } });
const made = (id = "l1"): AcquiredWorkspace =>
  createWorkspace(
    { name: "ws-001", repo: "app", path: "/w/app/ws-001", lease: lease(id), pid: 4711, purpose: "p", rev: "r" },
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

describe("a workspace", () => {
  test("is reserved from its first moment", () => {
    expect(made()).toEqual({
      name: "ws-001",
      repo: "app",
      path: "/w/app/ws-001",
      status: "acquired",
      created_at: at(0),
      updated_at: at(0),
      provisioned: false,
      acquired_by_pid: 4711,
      acquired_at: at(0),
      lease: lease("l1"),
      purpose: "p",
      rev: "r",
    });
  });

  test("is free of everything about its lease when it is released", () => {
    expect(releaseWorkspace(made(), "l1", at(9))).toEqual({
      name: "ws-001",
      repo: "app",
      path: "/w/app/ws-001",
      status: "available",
      created_at: at(0),
      updated_at: at(9),
      provisioned: false,
    });
    expect(releaseWorkspace(made(), "l1", at(9), { attention: "look" })).toMatchObject({
      status: "available",
      attention: "look",
    });
  });

  test("is reserved by one only, and loses what was said of its past", () => {
    const free = { ...releaseWorkspace(made(), "l1", at(1), { attention: "look" }) };
    const taken = reserveWorkspace(free, { lease: lease("l2"), pid: 1 }, at(2));
    expect(taken).toMatchObject({ status: "acquired", lease: { lease_id: "l2" } });
    expect(taken).not.toHaveProperty("attention");
    expect(taken).not.toHaveProperty("purpose");
    expect(codeOf(() => reserveWorkspace(taken, { lease: lease("l3"), pid: 1 }, at(3)))).toBe("held");
  });

  test("listens only to its current lease", () => {
    const held = made();
    for (const write of [
      () => requireLease(held, "other"),
      () => requireLease(undefined, "l1"),
      () => releaseWorkspace(held, "other", at(1)),
      () => endIntent(held, "other", at(1)),
      () => beginIntent(held, "other", intent("release")),
      () => requireLease(releaseWorkspace(held, "l1", at(1)), "l1"),
    ]) {
      expect(codeOf(write)).toBe("stale_token");
    }
  });

  test("does one step at a time; one that waits for its last processes may be ended", () => {
    const busy = beginIntent(made(), "l1", intent("release"));
    expect(codeOf(() => beginIntent(busy, "l1", intent("destroy")))).toBe("held");
    const draining = beginIntent(made(), "l1", intent("draining"));
    expect(beginIntent(draining, "l1", intent("release")).lease?.intent?.action).toBe("release");
    expect(endIntent(busy, "l1", at(2)).lease).toEqual(lease("l1"));
  });

  test("puts a step in the place of an unfinished one whose process is gone, and of no other", () => {
    const left = intent("release");
    const busy = beginIntent(made(), "l1", left);
    const other = { ...left, process: { ...left.process, started_at: "later" } };
    expect(beginIntent(busy, "l1", intent("destroy"), left).lease?.intent?.action).toBe("destroy");
    expect(codeOf(() => beginIntent(busy, "l1", intent("destroy"), other))).toBe("held");
    expect(codeOf(() => beginIntent(busy, "l1", intent("destroy"), { ...left, action: "acquire" }))).toBe("held");
  });

  test("without a lease in its record (another implementation's) is held by somebody unknown", () => {
    const { lease: _lease, ...foreign } = made();
    expect(leaseOf(foreign as AcquiredWorkspace)).toMatchObject({
      kind: "held",
      holder: { type: "person", id: "pid 4711" },
    });
    expect(codeOf(() => reserveWorkspace(foreign as AcquiredWorkspace, { lease: lease("l2"), pid: 1 }, at(1)))).toBe(
      "held",
    );
    expect(releaseWorkspace(foreign as AcquiredWorkspace, "unknown-ws-001", at(1)).status).toBe("available");
  });

  test.each([
    [{ type: "session", id: "ab" }, "session ab"],
    [{ type: "agent_session", id: "ab" }, "agent session ab"],
    [{ type: "person", id: "ada" }, "ada"],
    [{ type: "person", id: "" }, "a person"],
  ] as const)("names its holder %j", (holder, text) => {
    expect(describeHolder(holder)).toBe(text);
    expect(heldError({ ...made(), lease: { ...lease("l1"), holder } }).message).toBe(
      `ws-001 is held by ${text} since ${at(0)}`,
    );
  });
});

describe("the pool", () => {
  const free = (name: string, attention?: string): Workspace => ({
    ...releaseWorkspace(made(), "l1", at(1), attention === undefined ? {} : { attention }),
    name,
  });

  test("gives the first that is free, fit, and stood in by nobody", () => {
    const pool = [free("ws-003"), { ...made(), name: "ws-001" }, free("ws-002", "look"), free("ws-004")];
    expect(chooseWorkspace(pool, new Set())?.name).toBe("ws-003");
    expect(chooseWorkspace(pool, new Set(["ws-003"]))?.name).toBe("ws-004");
    expect(chooseWorkspace(pool, new Set(["ws-003", "ws-004"]))).toBeUndefined();
  });

  test.each([
    [[], "ws-001"],
    [["ws-001", "ws-002"], "ws-003"],
    [["ws-002", "mine"], "ws-001"],
    [Array.from({ length: 999 }, (_, n) => `ws-${String(n + 1).padStart(3, "0")}`), "ws-1000"],
  ])("counts on", (taken, name) => {
    expect(nextWorkspaceName(taken)).toBe(name);
  });
});

test("whatever many holders try, a workspace has one lease, and only its holder changes anything", () => {
  const holder = fc.constantFrom("l1", "l2", "l3");
  const step = fc.oneof(
    fc.record({ do: fc.constant("reserve" as const), who: holder }),
    fc.record({
      do: fc.constant("begin" as const),
      who: holder,
      action: fc.constantFrom("acquire" as const, "release" as const, "draining" as const),
    }),
    fc.record({ do: fc.constant("end" as const), who: holder }),
    fc.record({ do: fc.constant("release" as const), who: holder, attention: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let workspace: Workspace = releaseWorkspace(made("l0"), "l0", at(0));
      let owner: string | null = null;
      let busy = false;
      for (const [now, change] of steps.entries()) {
        const before = structuredClone(workspace);
        const allowed =
          change.do === "reserve" ? owner === null : owner === change.who && (change.do !== "begin" || !busy);
        try {
          if (change.do === "reserve") {
            workspace = reserveWorkspace(workspace, { lease: lease(change.who), pid: 1 }, at(now));
            [owner, busy] = [change.who, false];
          } else if (change.do === "begin") {
            workspace = beginIntent(workspace, change.who, { ...intent(change.action), since: at(now) });
            busy = change.action !== "draining";
          } else if (change.do === "end") {
            workspace = endIntent(workspace, change.who, at(now));
            busy = false;
          } else {
            workspace = releaseWorkspace(workspace, change.who, at(now), change.attention ? { attention: "look" } : {});
            [owner, busy] = [null, false];
          }
          expect(allowed).toBe(true);
        } catch (error) {
          if (!(error instanceof IncrError)) throw error;
          expect(allowed).toBe(false);
          expect(workspace).toEqual(before);
        }
        expect(v.is(workspaceSchema, workspace)).toBe(true);
        expect(workspace.status === "acquired" ? leaseOf(workspace).lease_id : null).toBe(owner);
        if (workspace.status === "available") expect(workspace).not.toHaveProperty("lease");
      }
    }),
  );
});
