/** The process table of Linux, by `/proc` (proc(5)): no child processes, so that every command can afford it. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Look, MarkedRow, MarkReading, ProcessRow, ProcessTable } from "./table.ts";

/** Until a survey is given up; each listing but the first reads only what is new, so two or three milliseconds are usual. */
const MAX_SURVEY_MS = 500;

/** What never changes while we live is read once. */
export function createLinuxTable(): ProcessTable {
  let host: string | undefined;
  let bootId: string | undefined;
  let ours: boolean | undefined;
  return {
    host: () => (host ??= hostName()),
    bootId: () => (bootId ??= readText("/proc/sys/kernel/random/boot_id")?.trim() ?? ""),
    namespace: () => readLink("/proc/self/ns/pid"),
    // In a new pid namespace whose /proc is still the parent's, our own number in /proc is not the one we know.
    isOurs: () => (ours ??= readLink("/proc/self") === String(process.pid)),
    look,
    rows: () => pids().map(look).filter(isAlive),
    survey,
    startOrder: (startedAt) => (/^\d+$/.test(startedAt) ? Number(startedAt) : Number.NaN),
    commandOf,
    directories,
    withoutServices: (orphans) => orphans,
  };
}

/**
 * One line of `/proc/<pid>/stat`; undefined if it is not one. `started_at` is field 22, in clock ticks since boot. The name (field 2) may hold spaces and
 * brackets, so fields are counted from its last bracket.
 */
export function parseStat(text: string): ProcessRow | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text
    .slice(close + 2)
    .trimEnd()
    .split(" ");
  const [state, parent, group, session] = fields;
  const threads = fields[17];
  const startedAt = fields[19];
  if (open < 0 || close < open || state === undefined || startedAt === undefined) return undefined;
  return {
    pid: Number(text.slice(0, open)),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startedAt,
    name: text.slice(open + 1, close),
    // The first thread of a process can end before the others: it looks like a zombie, and the process lives.
    zombie: state === "X" || state === "x" || (state === "Z" && Number(threads) < 2),
    stopped: state === "T" || state === "t",
  };
}

function look(pid: number): Look {
  if (!Number.isSafeInteger(pid) || pid < 1) return "gone";
  const row = parseStat(readText(`/proc/${pid}/stat`) ?? "");
  // Mounted with hidepid, /proc does not show processes of others: only the kernel itself can say that there is none.
  return row ?? (exists(pid) ? "hidden" : "gone");
}

/**
 * A process can fork while we read and end before its turn comes, and its child was not in our listing. So listings are repeated until two in a row show
 * nobody new: then whoever is alive was read while alive.
 */
function survey(mark: string): MarkedRow[] {
  const found = new Map<number, MarkedRow | undefined>();
  const blank = new Set<MarkedRow>();
  let fresh: number[] = [];
  let quiet = 0;
  for (const limit = performance.now() + MAX_SURVEY_MS; performance.now() < limit;) {
    fresh = pids().filter((pid) => !found.has(pid));
    quiet = fresh.length === 0 ? quiet + 1 : 0;
    for (const pid of fresh) {
      const row = look(pid);
      const environment = isAlive(row) ? readEnvironment(pid) : undefined;
      const marked = isAlive(row) ? { ...row, mark: readMark(pid, environment, mark) } : undefined;
      if (marked !== undefined && environment === "") blank.add(marked);
      found.set(pid, marked);
    }
    if (quiet < 2) continue;
    if (settleBlank(blank, mark)) return [...found.values()].filter((row) => row !== undefined);
    quiet = 0;
  }
  return [...[...found.values()].filter((row) => row !== undefined), ...fresh.map(missed)];
}

/**
 * In the middle of an exec the environment reads as empty, so an empty one is read once more.
 * @returns false if such a process is gone, and may have left a child that is not known yet
 */
function settleBlank(blank: Set<MarkedRow>, mark: string): boolean {
  let settled = true;
  for (const row of blank) {
    row.mark = readMark(row.pid, readEnvironment(row.pid), mark);
    const now = look(row.pid);
    if (isAlive(now) && now.startedAt === row.startedAt) continue;
    blank.delete(row);
    settled = false;
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
    mark: "unreadable",
  };
}

function readMark(pid: number, environment: string | undefined, mark: string): MarkReading {
  if (environment !== undefined) return `\0${environment}\0`.includes(`\0${mark}\0`) ? "carries" : "free";
  return realUser(pid) === process.geteuid?.() ? "unreadable" : "other_user";
}

/** The environment that the process was started with, entries separated by NUL. */
function readEnvironment(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch (error) {
    // It has ended between the listing and now, which is as good as an empty environment; else we may not read it.
    return isGoneError(error) ? "" : undefined;
  }
}

/** The owner of `/proc/<pid>` is root for a process that forbids to be inspected, so the user is read from its status. */
function realUser(pid: number): number | undefined {
  const line = readText(`/proc/${pid}/status`)?.match(/^Uid:\s+(\d+)/m);
  return line === null || line === undefined ? undefined : Number(line[1]);
}

function commandOf(row: ProcessRow): string {
  const text = readText(`/proc/${row.pid}/cmdline`)?.replaceAll("\0", " ").trim();
  return text === undefined || text === "" ? `[${row.name}]` : text;
}

function directories(): Map<number, string> {
  const found = new Map<number, string>();
  for (const pid of pids()) {
    const target = readLink(`/proc/${pid}/cwd`);
    // The kernel marks a folder that was removed under its process.
    if (target !== undefined) found.set(pid, target.replace(/ \(deleted\)$/, ""));
  }
  return found;
}

function pids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc: `isOurs` is false then, and nothing is concluded from an empty list
  }
}

function isAlive(look: Look): look is ProcessRow {
  return typeof look === "object" && !look.zombie;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** The name alone is often shared (`localhost`, a container's default), so the machine's own id stands with it, where there is one, as a digest (machine-id(5)). */
function hostName(): string {
  const id = readText("/etc/machine-id")?.trim();
  if (id === undefined || id === "") return hostname();
  // Loaded here: most commands never ask for the name.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `${hostname()}/${createHash("sha256").update(`incr ${id}`).digest("hex").slice(0, 8)}`;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isGoneError(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ESRCH";
}
