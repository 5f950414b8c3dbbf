/** Which processes of Linux carry a mark in their environment, read so that none is missed. */
import { readdirSync, readFileSync } from "node:fs";
import { isAlive, look, pids, readText } from "./procfs.ts";
import type { MarkedRow } from "./table.ts";

/** Until a survey is given up; each listing but the first reads only what is new, so a few milliseconds are usual, and 300 under the load of a whole test run. */
const MAX_SURVEY_MS = 2_000;

/**
 * A process can fork while we read and end before its turn comes, and its child was not in our listing. So listings are repeated until two in a row show
 * nobody who was gone before it was read: whoever carries the mark and was missed would have a parent that carries it, and so on back to one of those.
 */
export function survey(mark: string): MarkedRow[] {
  const limit = performance.now() + MAX_SURVEY_MS;
  const found = new Map<number, MarkedRow | undefined>();
  const unsettled = new Set<MarkedRow>();
  let gone: number[] = [];
  let quiet = 0;
  for (let listing = 1; performance.now() < limit; listing++) {
    gone = [];
    for (const pid of pids()) {
      if (found.has(pid)) continue;
      const row = look(pid);
      const marked = isAlive(row) ? { ...row, mark: "unreadable" as const } : undefined;
      if (marked === undefined) gone.push(pid);
      else if (!readMark(marked, mark)) unsettled.add(marked);
      found.set(pid, marked);
    }
    quiet = gone.length === 0 ? quiet + 1 : 0;
    const rows = [...found.values()].filter((row) => row !== undefined);
    // Only "nobody" has to be certain; whoever ends what is found looks again anyway.
    if (listing > 1 && rows.some((row) => row.mark === "carries")) return rows;
    if (quiet < 2) continue;
    if (settle(unsettled, found, mark)) return rows;
    quiet = 0;
  }
  return [...[...found.values()].filter((row) => row !== undefined), ...gone.map(missed)];
}

/** Reads once more what could not be read. @returns false if some of it still cannot, or is gone and may have left a child that is not known yet */
function settle(unsettled: Set<MarkedRow>, found: Map<number, MarkedRow | undefined>, mark: string): boolean {
  let settled = true;
  for (const row of unsettled) {
    const now = look(row.pid);
    const gone = !isAlive(now) || now.startedAt !== row.startedAt || !hasMemory(row.pid);
    if (gone) found.set(row.pid, undefined);
    if (gone || !readMark(row, mark)) settled = false;
    if (gone || row.mark !== "unreadable") unsettled.delete(row);
  }
  return settled;
}

/** Processes come and go faster than they can be read: the last ones seen stand for them, as orphans that cannot be ruled out. */
function missed(pid: number): MarkedRow {
  return {
    pid,
    parent: 1,
    group: 0,
    session: 0,
    startedAt: "",
    name: "ended before it could be read",
    zombie: false,
    stopped: false,
    kernel: false,
    mark: "unreadable",
  };
}

/** Notes what the environment says. @returns false if it could not be told at this moment; the mark is `unreadable` then */
function readMark(row: MarkedRow, mark: string): boolean {
  const environment = row.kernel ? "" : readEnvironment(row.pid);
  if (environment === undefined) {
    row.mark = realUser(row.pid) === process.geteuid?.() ? "unreadable" : "other_user";
    return true;
  }
  if (environment === null) return false;
  row.mark = `\0${environment}\0`.includes(`\0${mark}\0`) ? "carries" : "free";
  return true;
}

/**
 * The environment that the process was started with, entries separated by NUL; undefined if we may not read it. In the middle of an exec it reads as empty,
 * and a process that is about to end has none any more: null. One whose first thread has ended has it where its other threads are.
 */
function readEnvironment(pid: number): string | null | undefined {
  for (const task of [`/proc/${pid}`, ...tasks(pid)]) {
    const text = readEnvironmentOf(task);
    if (text !== null) return text;
  }
  return null;
}

function readEnvironmentOf(task: string): string | null | undefined {
  const read = () => readFileSync(`${task}/environ`, "latin1");
  try {
    const text = read();
    if (text !== "") return text;
    const before = environmentPlace(task);
    const again = read();
    return again !== "" ? again : before !== undefined && before === environmentPlace(task) ? "" : null;
  } catch (error) {
    return isGoneError(error) ? null : undefined;
  }
}

/** Where the environment lies in memory (field 50 of the stat line); undefined while there is no place for it. */
function environmentPlace(task: string): string | undefined {
  const start = statField(task, 50);
  return start === "0" ? undefined : start;
}

/** Whether any of its threads still has memory (field 23): without, it does nothing any more but end. */
function hasMemory(pid: number): boolean {
  return tasks(pid).some((task) => !["", "0"].includes(statField(task, 23) ?? ""));
}

function statField(task: string, number: number): string | undefined {
  const stat = readText(`${task}/stat`) ?? "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[number - 3];
}

/** The folders of its threads. */
function tasks(pid: number): string[] {
  const folder = `/proc/${pid}/task`;
  try {
    return readdirSync(folder).map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

/** The owner of `/proc/<pid>` is root for a process that forbids to be inspected, so the user is read from its status. */
function realUser(pid: number): number | undefined {
  const line = readText(`/proc/${pid}/status`)?.match(/^Uid:\s+(\d+)/m);
  return line === null || line === undefined ? undefined : Number(line[1]);
}

function isGoneError(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ESRCH";
}
