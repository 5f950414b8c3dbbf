import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findLineage, withAncestors, withDescendants, type Kin, type Roots } from "../../src/process/lineage.ts";

/** A process of some shell (pid 50, in session 50), as old as its pid is large. */
const kin = (pid: number, is: Partial<Kin> = {}): Kin => ({
  pid,
  parent: 50,
  group: pid,
  session: 50,
  order: pid,
  mark: "free",
  ...is,
});
const INIT = kin(1, { parent: 0, session: 1, mark: "other_user" });
const SUBREAPER = kin(10, { parent: 1, session: 10 });
const SHELL = kin(50, { parent: 10 });
const NOBODY: Roots = { pids: [], leaders: [], since: 100 };

function lineage(rows: Kin[], roots: Partial<Roots> = {}) {
  const { members, unknown } = findLineage([INIT, SUBREAPER, SHELL, ...rows], { ...NOBODY, ...roots });
  return { members: [...members].toSorted((a, b) => a - b), unknown: [...unknown].toSorted((a, b) => a - b) };
}

describe("the members of a lease", () => {
  it.each<[string, Kin[], Partial<Roots>, number[]]>([
    ["nobody", [kin(110)], {}, []],
    ["who carries the mark", [kin(110, { mark: "carries" })], {}, [110]],
    ["who carries the mark, however old", [kin(60, { mark: "carries" })], {}, [60]],
    [
      "children of carriers without the mark",
      [kin(110, { mark: "carries" }), kin(120, { parent: 110 })],
      {},
      [110, 120],
    ],
    [
      "descendants that cannot be read",
      [kin(110, { mark: "carries" }), kin(120, { parent: 110, mark: "other_user" })],
      {},
      [110, 120],
    ],
    ["a root that lives", [kin(110), kin(120, { parent: 110 })], { pids: [110] }, [110, 120]],
    ["not a root that does not", [kin(110)], { pids: [111] }, []],
    ["orphans in a dead leader's group", [kin(110, { parent: 1, group: 105 })], { leaders: [105] }, [110]],
    ["orphans in a dead leader's session", [kin(110, { parent: 10, session: 105 })], { leaders: [105] }, [110]],
    ["not their neighbours with a parent", [kin(110, { group: 105 })], { leaders: [105] }, []],
    ["not what was in the group before", [kin(99, { parent: 1, group: 105 })], { leaders: [105] }, []],
  ])("are %s", (_, rows, roots, members) => {
    expect(lineage(rows, roots)).toEqual({ members, unknown: [] });
  });
});

describe("what cannot be ruled out", () => {
  const unreadable = (pid: number, is: Partial<Kin> = {}) => kin(pid, { mark: "unreadable", ...is });
  it.each<[string, Kin[], number[]]>([
    ["an unreadable orphan", [unreadable(110, { parent: 1 })], [110]],
    ["an unreadable orphan in init's session", [unreadable(110, { parent: 1, session: 1 })], [110]],
    ["one that a subreaper adopted", [unreadable(110, { parent: 10 })], [110]],
    ["one in a session of its own under a parent that may be a subreaper", [unreadable(110, { session: 110 })], [110]],
    ["one whose parent ended meanwhile", [unreadable(110, { parent: 109 })], [110]],
    ["a family of them", [unreadable(110, { parent: 1 }), unreadable(120, { parent: 110 })], [110, 120]],
    ["one whose start is not known", [unreadable(110, { parent: 1, order: Number.NaN })], [110]],
    ["not an old one", [unreadable(99, { parent: 1 })], []],
    ["not the child of an old one", [unreadable(99, { parent: 1 }), unreadable(110, { parent: 99 })], []],
    ["not one of another user", [kin(110, { parent: 1, mark: "other_user" })], []],
    [
      "not the child of another user's, in its session (sshd)",
      [kin(105, { parent: 1, session: 105, mark: "other_user" }), unreadable(110, { parent: 105, session: 105 })],
      [],
    ],
    ["not one whose parent is alive in the same session", [unreadable(110)], []],
    ["not one that came from another container", [unreadable(110, { parent: 0, session: 0 })], []],
  ])("is %s", (_, rows, unknown) => {
    expect(lineage(rows)).toEqual({ members: [], unknown });
  });
});

describe("links between parents and children", () => {
  const forest = fc
    .array(fc.record({ pid: fc.integer({ min: 1, max: 40 }), parent: fc.integer({ min: 0, max: 45 }) }), {
      maxLength: 40,
    })
    .map((rows) => [...new Map(rows.map((row) => [row.pid, row])).values()]);

  it("lead from ancestor to descendant and back, and never in circles", () => {
    fc.assert(
      fc.property(forest, fc.integer({ min: 1, max: 40 }), (rows, pid) => {
        const known = new Set(rows.map((row) => row.pid));
        for (const found of withDescendants(rows, [pid])) {
          expect(known.has(found)).toBe(true);
          expect(withAncestors(rows, found).has(pid)).toBe(true);
        }
        for (const above of withAncestors(rows, pid)) {
          if (known.has(pid) && known.has(above)) expect(withDescendants(rows, [above]).has(pid)).toBe(true);
        }
      }),
    );
  });
});
