/** The process table of macOS, by ps(1), sysctl(8) and lsof(8): there is no `/proc`. */
import { hostname } from "node:os";
import { IncrError } from "../domain/error.ts";
import { runChildSync } from "./child.ts";
import type { Look, MarkedRow, ProcessRow, ProcessTable } from "./table.ts";

/** Runs a program and returns its stdout; undefined if it is not there. */
export type Run = (file: string, args: readonly string[]) => string | undefined;

/** Times are printed in the language and the zone of the environment, and are compared as text: both are fixed. */
const ENVIRONMENT = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin:/usr/sbin:/sbin" };
const COLUMNS = "pid=,ppid=,pgid=,ruid=,stat=,lstart=,command=";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

interface PsRow extends ProcessRow {
  user: number;
  command: string;
}

/** @param run how the three programs are run; tests hand in what they would print */
export function createDarwinTable(run: Run = runSystemProgram): ProcessTable {
  let bootId: string | undefined;
  return {
    host: hostname,
    bootId: () => (bootId ??= run("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"])?.trim() ?? ""),
    namespace: () => undefined,
    isOurs: () => true,
    look: (pid) => look(run, pid),
    rows: () => listRows(run),
    survey: (mark) => survey(run, mark),
    startOrder,
    commandOf: (row) => (row as PsRow).command,
    directories: () => listDirectories(run),
    withoutServices(orphans) {
      if (orphans.length === 0) return [];
      const directories = listDirectories(run);
      return orphans.filter(({ pid }) => !isServiceDirectory(directories.get(pid)));
    },
  };
}

/** One line of `ps -o pid=,ppid=,pgid=,ruid=,stat=,lstart=,command=`; the start time has five words: `Wed Jan  7 14:30:00 2026`. */
export function parsePsLine(line: string): PsRow | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]{8}\s+\d{4})(.*)$/s.exec(line);
  if (match === null) return undefined;
  const [, pid, parent, group, user, state = "", startedAt = "", rest = ""] = match;
  const command = rest.trim();
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: 0,
    startedAt: startedAt.replaceAll(/\s+/g, " "),
    name: command.split(" ")[0] ?? "",
    zombie: state.startsWith("Z"),
    stopped: state.startsWith("T"),
    kernel: false,
    user: Number(user),
    command,
  };
}

/** Working directories in the output of `lsof -d cwd -F pn`: a line `p<pid>` for each process, and one `n<path>`. */
export function parseLsof(text: string): Map<number, string> {
  const found = new Map<number, string>();
  let pid = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    if (line.startsWith("n")) found.set(pid, line.slice(1));
  }
  return found;
}

function look(run: Run, pid: number): Look {
  if (!Number.isSafeInteger(pid) || pid < 1) return "gone";
  const text = run("/bin/ps", ["-ww", "-o", COLUMNS, "-p", String(pid)]);
  if (text === undefined) return "hidden";
  return parsePsLine(text.trimEnd()) ?? (text.trim() === "" ? "gone" : "hidden");
}

/** @throws IncrError `io` rather than show an empty table, which would let everything look dead */
function listRows(run: Run): PsRow[] {
  const lines = run("/bin/ps", ["-axww", "-o", COLUMNS])?.split("\n") ?? [];
  const rows = lines.flatMap((line) => parsePsLine(line) ?? []);
  if (!rows.some(({ pid }) => pid === process.pid))
    throw new IncrError("io", "the processes cannot be listed by /bin/ps");
  return rows.filter((row) => !row.zombie && !isOurPs(row));
}

function isOurPs(row: PsRow): boolean {
  return row.parent === process.pid && row.command.startsWith("/bin/ps ");
}

/**
 * `-E` prints the environment behind the command line, and nothing for the system's own programs, which keep theirs secret. Such a process is unreadable
 * even if it is ours. Two lists are taken, since only the difference tells the environment from the arguments.
 */
function survey(run: Run, mark: string): MarkedRow[] {
  const full = new Map<number, string>();
  for (const line of run("/bin/ps", ["-axEww", "-o", "pid=,command="])?.split("\n") ?? []) {
    const match = /^\s*(\d+)\s(.*)$/s.exec(line);
    if (match !== null) full.set(Number(match[1]), (match[2] ?? "").trim());
  }
  return listRows(run).map((row) => Object.assign(row, { mark: readMark(row, full.get(row.pid), mark) }));
}

function readMark(row: PsRow, full: string | undefined, mark: string): MarkedRow["mark"] {
  const environment = full?.startsWith(row.command) ? full.slice(row.command.length) : "";
  if (environment !== "") return `${environment} `.includes(` ${mark} `) ? "carries" : "free";
  return row.user === process.geteuid?.() ? "unreadable" : "other_user";
}

function startOrder(startedAt: string): number {
  const [, month = "", day, time, year] = startedAt.split(" ");
  const number = String(MONTHS.indexOf(month) + 1).padStart(2, "0");
  return Date.parse(`${year}-${number}-${day?.padStart(2, "0")}T${time}Z`);
}

function listDirectories(run: Run): Map<number, string> {
  return parseLsof(run("/usr/sbin/lsof", ["-w", "-n", "-P", "-d", "cwd", "-F", "pn"]) ?? "");
}

/** launchd starts its services, and the user's apps, in the root folder or in their own containers; work is done elsewhere. */
function isServiceDirectory(directory: string | undefined): boolean {
  return directory === "/" || /^\/Users\/[^/]+\/Library\//.test(directory ?? "");
}

function runSystemProgram(file: string, args: readonly string[]): string | undefined {
  try {
    return runChildSync(file, args, { env: ENVIRONMENT }).stdout.toString("utf8");
  } catch {
    return undefined;
  }
}
