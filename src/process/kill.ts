/** Ending processes with everything that they started. */
import type { KillRequest, LiveProcess } from "../ports/processes.ts";
import { leaseMark, toKin, toLiveProcess } from "./lease.ts";
import { findLineage, withAncestors } from "./lineage.ts";
import type { Look, MarkedRow, ProcessRow, ProcessTable } from "./table.ts";

/** How long a process may take to vanish after SIGKILL: one that waits for a disk or a network file system does not end before that answers. */
const KILL_LIMIT_MS = 5_000;

/** A process that waits for a disk is not suspended before that answers either. */
const FREEZE_LIMIT_MS = 200;

type Named = KillRequest["processes"][number];

/**
 * Asks with `signal`, waits up to `graceMs`, then kills; after each step it looks again for what was forked meanwhile, until there is nothing left.
 * @returns what is left: processes of other users, and those that the kernel does not let go
 */
export async function killTree(table: ProcessTable, request: KillRequest): Promise<LiveProcess[]> {
  // Without a view of our own pids there is nothing that could safely be signalled.
  if (!table.isOurs()) return request.processes.map(({ pid, started_at }) => ({ pid, started_at, command: "" }));
  const hunt = createHunt(table, request);
  const asked = new Set<string>();
  const grace = performance.now() + request.graceMs;
  for (let left = hunt(); left.length > 0; left = hunt()) {
    for (const one of left) {
      if (!asked.has(nameOf(one))) send(table, one, request.signal ?? "SIGTERM");
      asked.add(nameOf(one));
    }
    if (!(await until(() => !isAnyAlive(table, left), grace))) break;
  }

  const limit = performance.now() + KILL_LIMIT_MS;
  for (;;) {
    const left = await freeze(table, hunt, limit);
    const allowed = left.filter((one) => send(table, one, "SIGKILL"));
    if (allowed.length === 0 || performance.now() > limit) return left.map((one) => toLiveProcess(table, one));
    await until(() => !isAnyAlive(table, allowed), Math.min(limit, performance.now() + 1_000));
  }
}

/**
 * Suspends everything that is to be killed, until there is nothing new: what is killed between our look and the signal could have started another process just
 * then, which nothing would tie to it any more.
 */
async function freeze(table: ProcessTable, hunt: () => ProcessRow[], limit: number): Promise<ProcessRow[]> {
  const frozen = new Set<string>();
  for (;;) {
    const left = hunt();
    const fresh = left.filter((one) => !frozen.has(nameOf(one)));
    if (fresh.length === 0 || performance.now() > limit) return left;
    for (const one of fresh) {
      send(table, one, "SIGSTOP");
      frozen.add(nameOf(one));
    }
    await until(() => fresh.every((one) => isStill(table.look(one.pid))), performance.now() + FREEZE_LIMIT_MS);
  }
}

function isStill(look: Look): boolean {
  return typeof look !== "object" || look.stopped || look.zombie;
}

/**
 * Finds what is to be ended, again and again. Whatever was found once stays a target when its parent dies and another one adopts it, and so do the
 * orphans in the groups of those that have ended.
 */
function createHunt(table: ProcessTable, { processes, leaseId, mark }: KillRequest): () => ProcessRow[] {
  const wanted = mark ?? (leaseId === undefined ? undefined : leaseMark(leaseId));
  const targets = new Map<string, Named>(processes.map((one) => [`${one.pid} ${one.started_at}`, one]));
  return () => {
    const rows = toKin(table, wanted === undefined ? unmarked(table) : table.survey(wanted));
    const starts = new Map(rows.map((row) => [row.pid, row.startedAt]));
    const ours = [...targets.values()].filter(({ pid, started_at }) => (starts.get(pid) ?? started_at) === started_at);
    const { members } = findLineage(rows, {
      pids: ours.map(({ pid }) => pid),
      leaders: ours.map(({ pid }) => pid),
      since: Math.min(...ours.map(({ started_at }) => table.startOrder(started_at))),
    });
    const spared = withAncestors(rows, process.pid);
    const found = rows.filter(({ pid }) => members.has(pid) && !spared.has(pid) && pid > 1);
    for (const row of found) targets.set(nameOf(row), { pid: row.pid, started_at: row.startedAt });
    return found;
  };
}

function unmarked(table: ProcessTable): MarkedRow[] {
  return table.rows().map((row) => Object.assign(row, { mark: "free" as const }));
}

/** @returns whether we may signal it; the start time is checked at the last moment, so that a reused pid is left alone */
function send(table: ProcessTable, target: ProcessRow, signal: NodeJS.Signals): boolean {
  const now = table.look(target.pid);
  if (typeof now !== "object" || now.zombie || now.startedAt !== target.startedAt) return true;
  try {
    process.kill(target.pid, signal);
    // A suspended process would not get to see it.
    if (now.stopped && signal !== "SIGKILL" && signal !== "SIGSTOP") process.kill(target.pid, "SIGCONT");
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}

function isAnyAlive(table: ProcessTable, targets: readonly ProcessRow[]): boolean {
  const alive = new Set(table.rows().map(nameOf));
  return targets.some((one) => alive.has(nameOf(one)));
}

/** Waits for `condition`; false when the deadline (of `performance.now()`) comes first. */
async function until(condition: () => boolean, deadline: number): Promise<boolean> {
  for (let pause = 1; ; pause = Math.min(2 * pause, 50)) {
    if (condition()) return true;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
  }
}

function nameOf(row: ProcessRow): string {
  return `${row.pid} ${row.startedAt}`;
}
