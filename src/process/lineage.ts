/**
 * Which processes belong together: pure rules over one look at the process table. Tools leave the group and the session of whoever started them, and orphans
 * lose their parent, so three ties are followed: the mark in the environment, the parent, and the group or session of a known leader.
 */
import type { MarkReading } from "./table.ts";

export interface Kin {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Start times in order of time. */
  order: number;
  mark: MarkReading;
}

export interface Roots {
  /** Processes that belong for certain, if they are alive. */
  pids: Iterable<number>;
  /** Processes that may have led a group or a session, alive or dead; none of their numbers is in use by somebody else. */
  leaders: Iterable<number>;
  /** What provably started before this (in the order of `Kin.order`) cannot belong, unless it carries the mark. */
  since: number;
}

export interface Lineage {
  members: Set<number>;
  /** Unreadable, and nothing rules them out. */
  unknown: Set<number>;
}

/** The process that adopts orphans, unless a subreaper does. */
const INIT = 1;

/** Who belongs to the roots or carries the mark, and who may. `kin` is the whole table, without zombies. */
export function findLineage(kin: readonly Kin[], roots: Roots): Lineage {
  const byPid = new Map(kin.map((one) => [one.pid, one]));
  const first = new Set(roots.pids);
  const leaders = new Set(roots.leaders);
  const members = withDescendants(
    kin,
    kin.filter((one) => first.has(one.pid) || one.mark === "carries" || isStray(one)).map((one) => one.pid),
  );
  return { members, unknown: new Set(kin.filter(isUnknown).map((one) => one.pid)) };

  /** An orphan in the group or session of a leader. With its parent still there it is a neighbour: `less` in `incr session run … | less` is in our group too. */
  function isStray(one: Kin): boolean {
    return (leaders.has(one.session) || leaders.has(one.group)) && isYoung(one) && parentInSession(one) === undefined;
  }

  function isUnknown(one: Kin): boolean {
    return one.mark === "unreadable" && !members.has(one.pid) && isYoung(one) && mayBeAdopted(one);
  }

  /**
   * Whether its parent tells nothing about where it comes from. A child is in its parent's session until it makes its own, so a parent in the same session
   * is the real one, and the real one is not a member. A parent that cannot be read itself passes the question on.
   */
  function mayBeAdopted(one: Kin): boolean {
    if (one.parent === 0) return false; // entered this pid namespace from outside
    const parent = byPid.get(one.parent);
    if (parent === undefined || parent.pid === INIT) return true;
    if (parent.mark === "unreadable") return isYoung(parent) && mayBeAdopted(parent);
    return parent.session !== one.session;
  }

  function isYoung(one: Kin): boolean {
    return !(one.order < roots.since);
  }

  function parentInSession(one: Kin): Kin | undefined {
    const parent = one.parent === INIT ? undefined : byPid.get(one.parent);
    return parent?.session === one.session ? parent : undefined;
  }
}

/** `pids`, as far as they are in the table, with all of their descendants. */
export function withDescendants(table: readonly Pick<Kin, "pid" | "parent">[], pids: Iterable<number>): Set<number> {
  const known = new Set(table.map((one) => one.pid));
  const children = new Map<number, number[]>();
  for (const { pid, parent } of table) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  const found = new Set<number>();
  const open = [...pids].filter((pid) => known.has(pid));
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (found.has(pid)) continue;
    found.add(pid);
    open.push(...(children.get(pid) ?? []));
  }
  return found;
}

/** `pid` and its ancestors. */
export function withAncestors(table: readonly Pick<Kin, "pid" | "parent">[], pid: number): Set<number> {
  const parents = new Map(table.map((one) => [one.pid, one.parent]));
  const found = new Set<number>();
  for (let one: number | undefined = pid; one !== undefined && one > 0 && !found.has(one); one = parents.get(one))
    found.add(one);
  return found;
}
