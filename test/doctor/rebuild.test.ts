/** Putting records back together: what can be read of a damaged file, and what the folders say about the rest. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lease } from "../../src/domain/lease.ts";
import { emptyRecords, rebuildRecords, type RecordMaps, type WorkspaceSighting } from "../../src/domain/rebuild.ts";
import type { ActiveSession, Workspace } from "../../src/domain/records.ts";
import { salvageRecords, salvageVersion } from "../../src/store/house/salvage.ts";
import { emptyState, formatState } from "../../src/store/state-file.ts";

const AT = "2026-01-07T14:30:00.000Z";
const LATER = "2026-01-07T15:00:00.000Z";
const process = { host: "box/1", boot_id: "b", pid: 7, started_at: "1" };

const lease = (changes: Partial<Lease> = {}): Lease => ({
  lease_id: "lease-1",
  kind: "held",
  holder: { type: "session", id: "s1" },
  acquired_at: AT,
  ...changes,
});

const free = (name = "ws-001"): Workspace => ({
  name,
  repo: "app",
  path: `/data/app/${name}`,
  status: "available",
  created_at: AT,
  updated_at: AT,
  provisioned: true,
});

const acquired = (held = lease(), name = "ws-001"): Workspace => ({
  ...free(name),
  status: "acquired",
  acquired_at: AT,
  lease: held,
});

const session = (changes: Partial<ActiveSession> = {}): ActiveSession => ({
  id: "s1",
  repo: "app",
  todo_id: "todo1",
  workspace_name: "ws-001",
  status: "active",
  started_at: AT,
  updated_at: AT,
  lease_id: "lease-1",
  lease_kind: "held",
  ...changes,
});

const folder = (changes: Partial<WorkspaceSighting> = {}): WorkspaceSighting => ({
  repo: "app",
  name: "ws-001",
  path: "/data/app/ws-001",
  worktreeOf: { root: "/src/app", commonDir: "/src/app/.git", uid: "a".repeat(16) },
  gitDir: "/src/app/.git/worktrees/ws-001",
  leaseId: null,
  branch: null,
  branchStart: null,
  ...changes,
});

function records(workspaces: Workspace[], sessions: ActiveSession[] = []): RecordMaps {
  const maps = emptyRecords();
  maps.repos.set("app", { source_path: "/src/app" });
  for (const one of workspaces) maps.workspaces.set(`app/${one.name}`, one);
  for (const one of sessions) maps.sessions.set(`app/${one.id}`, one);
  return maps;
}

function rebuild(backup: RecordMaps | null, sightings: WorkspaceSighting[], salvaged = emptyRecords()) {
  return rebuildRecords({ backup, salvaged, sightings, now: LATER, newLeaseId: () => "fresh" });
}

const unknown = (leaseId: string) => ({ lease_id: leaseId, kind: "held", holder: { type: "person", id: "unknown" } });

describe("a folder that the records do not know", () => {
  test("is held by nobody knows whom, under a new lease", () => {
    const { records: rebuilt, held } = rebuild(records([]), [folder()]);
    expect(rebuilt.workspaces.get("app/ws-001")).toMatchObject({ status: "acquired", lease: unknown("fresh") });
    expect(held).toEqual(["app/ws-001"]);
  });

  test("keeps the lease that stands in it, so that whoever carries it can go on", () => {
    const { records: rebuilt } = rebuild(records([]), [folder({ leaseId: "lease-9" })]);
    expect(rebuilt.workspaces.get("app/ws-001")).toMatchObject({ lease: unknown("lease-9") });
  });

  test("goes back to the session that has its lease", () => {
    const { records: rebuilt, held } = rebuild(records([], [session()]), [folder({ leaseId: "lease-1" })]);
    expect(rebuilt.workspaces.get("app/ws-001")).toMatchObject({
      lease: { lease_id: "lease-1", holder: { type: "session", id: "s1" } },
    });
    expect(held).toEqual([]);
  });

  test("brings the record of its repository back, if its links lead there", () => {
    const { records: rebuilt } = rebuild(null, [folder()]);
    expect([...rebuilt.repos]).toEqual([["app", { source_path: "/src/app", uid: "a".repeat(16) }]]);
    expect(rebuilt.workspaces.size).toBe(1);
  });

  test("is left out if no repository can be found for it", () => {
    expect(rebuild(null, [folder({ worktreeOf: null })]).records.workspaces.size).toBe(0);
  });
});

describe("a workspace that the copy says is free", () => {
  test("stays free without a mark of a lease", () => {
    expect(rebuild(records([free()]), [folder()]).records.workspaces.get("app/ws-001")).toEqual(free());
  });

  test("is held if a lease was written into it since", () => {
    const { records: rebuilt, held } = rebuild(records([free()]), [folder({ leaseId: "lease-2" })]);
    expect(rebuilt.workspaces.get("app/ws-001")).toMatchObject({ status: "acquired", lease: unknown("lease-2") });
    expect(held).toEqual(["app/ws-001"]);
  });
});

describe("a copy that was saved in the middle of a start", () => {
  const starting = acquired(lease({ intent: { action: "acquire", since: AT, process } }));
  const begun = folder({ leaseId: "lease-1", branch: "incr/todo1-do-it", branchStart: "c".repeat(40) });

  test("of which the folder is ready: the start had gone on", () => {
    const { records: rebuilt } = rebuild(records([starting], [session()]), [begun]);
    expect(rebuilt.workspaces.get("app/ws-001")).toEqual({ ...starting, updated_at: LATER, lease: lease() });
    expect(rebuilt.sessions.get("app/s1")).toMatchObject({ branch: "incr/todo1-do-it", base: "c".repeat(40) });
  });

  test("of which the folder is not ready is left for settling", () => {
    const { records: rebuilt } = rebuild(records([starting], [session()]), [folder()]);
    expect(rebuilt.workspaces.get("app/ws-001")).toEqual(starting);
  });

  test("does not count where the damaged file itself says so: that start is under way, or died", () => {
    const salvaged = emptyRecords();
    salvaged.workspaces.set("app/ws-001", starting);
    const { records: rebuilt } = rebuild(records([starting], [session()]), [begun], salvaged);
    expect(rebuilt.workspaces.get("app/ws-001")).toEqual(starting);
  });

  test("an end that had begun is left for settling, which concludes it as it was meant", () => {
    const ending = acquired(
      lease({ intent: { action: "release", since: AT, process, outcome: { status: "completed" } } }),
    );
    const { records: rebuilt } = rebuild(records([ending], [session()]), [folder({ leaseId: "lease-1" })]);
    expect(rebuilt.workspaces.get("app/ws-001")).toEqual(ending);
  });
});

test("a lease whose session was lost is nobody knows whose, and not the prey of settling", () => {
  const run = acquired(lease({ kind: "process", process }));
  const { records: rebuilt } = rebuild(records([run]), [folder({ leaseId: "lease-1" })]);
  const workspace = rebuilt.workspaces.get("app/ws-001");
  expect(workspace).toMatchObject({ lease: unknown("lease-1") });
  expect(workspace).not.toHaveProperty("lease.process");
});

test("of two records the newer one is taken; of two repositories the copy", () => {
  const backup = records([free()]);
  const salvaged = records([acquired()]);
  salvaged.repos.set("app", { source_path: "/elsewhere" });
  salvaged.workspaces.set("app/ws-001", {
    ...acquired(lease({ holder: { type: "job", id: "j1" } })),
    updated_at: LATER,
  });
  const rebuilt = rebuild(backup, [], salvaged);
  expect(rebuilt.records.workspaces.get("app/ws-001")).toMatchObject({ status: "acquired" });
  expect(rebuilt.records.repos.get("app")).toEqual({ source_path: "/src/app" });
  expect(rebuilt.salvaged).toBe(1);
  expect(rebuild(salvaged, [], backup).records.workspaces.get("app/ws-001")).toMatchObject({ status: "acquired" });
});

describe("what can be read of a damaged file", () => {
  const full = records(
    [
      acquired(),
      free("ws-002"),
      acquired(lease({ lease_id: "x", holder: { type: "person", id: "é 日本" } }), "ws-003"),
    ],
    [session(), session({ id: "s2", workspace_name: "ws-003", topic: 'a "quoted" {topic}\n    }', lease_id: "x" })],
  );
  const text = formatState({ others: { theirs: { "app/x": { y: 1 } } }, records: full });
  const bytes = Buffer.from(text);

  test("everything, if nothing is damaged", () => {
    expect(salvageRecords(text)).toEqual(full);
    expect(salvageVersion(text)).toBe(1);
    expect(salvageVersion(text.replace('"version": 1', '"version": 12').slice(0, 40))).toBe(12);
    expect(salvageVersion("")).toBeUndefined();
  });

  test("wherever it was cut off, the records before", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length), (length) => {
        const found = salvageRecords(bytes.subarray(0, length).toString("utf8"));
        checkSame(found, full);
        const whole = (key: string) => bytes.indexOf(`\n    }`, bytes.indexOf(`"${key}"`)) + 7 <= length;
        for (const key of full.workspaces.keys()) if (whole(key)) expect(found.workspaces.has(key)).toBe(true);
      }),
    );
  });

  test("wherever a block of zeros stands in it, all records but those that it touches, and those under a heading that it destroys", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 64 }), (start, length) => {
        const damaged = Buffer.from(bytes);
        damaged.fill(0, start, Math.min(start + length, bytes.length));
        checkSame(salvageRecords(damaged.toString("utf8")), full);
      }),
    );
  });

  test("nothing of a record whose key is damaged, not even of one that does not repeat its key", () => {
    expect([...salvageRecords(text.replace('"app": {', '"a\0\0": {')).repos.keys()]).toEqual([]);
  });

  test("nothing that is not a record in its place", () => {
    expect(salvageRecords(text.replaceAll('"ws-001"', '"ws-009"')).workspaces.has("app/ws-001")).toBe(false);
    expect(salvageRecords(text.replace('"workspaces": {', '"workspacez": {')).workspaces.size).toBe(0);
    expect(salvageRecords("not json at all\n{[}]").sessions.size).toBe(0);
  });

  /** Damage may cost records; it never changes one. */
  function checkSame(found: RecordMaps, wanted: RecordMaps): void {
    for (const name of ["repos", "workspaces", "sessions", "opencode_sessions", "jobs"] as const) {
      for (const [key, record] of found[name]) expect(record).toEqual(wanted[name].get(key));
    }
  }
});

test("rebuilding what is whole changes nothing", () => {
  const whole = records([acquired(), free("ws-002")], [session({ branch: "incr/todo1-do-it" })]);
  const folders = [
    folder({ leaseId: "lease-1", branch: "incr/todo1-do-it" }),
    folder({ name: "ws-002", path: "/data/app/ws-002" }),
  ];
  expect(rebuild(whole, folders).records).toEqual(whole);
  expect(formatState({ ...emptyState(), records: rebuild(whole, folders, whole).records })).toBe(
    formatState({ ...emptyState(), records: whole }),
  );
});
