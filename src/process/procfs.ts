/** What `/proc` says about processes (proc(5)). Whatever cannot be read is left out, never an error: processes end while one looks. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Look, ProcessRow } from "./table.ts";

/** Of the flags in field 9. */
const PF_KTHREAD = 0x0020_0000;

/** The process that has this pid now, be it a zombie. */
export function look(pid: number): Look {
  if (!Number.isSafeInteger(pid) || pid < 1) return "gone";
  const row = parseStat(readText(`/proc/${pid}/stat`) ?? "");
  // Mounted with hidepid, /proc does not show processes of others: only the kernel itself can say that there is none.
  return row ?? (exists(pid) ? "hidden" : "gone");
}

/** The pids of all processes that `/proc` shows. */
export function pids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc: `isOurs` is false then, and nothing is concluded from an empty list
  }
}

/** Whether a look found somebody who has not ended. */
export function isAlive(look: Look): look is ProcessRow {
  return typeof look === "object" && !look.zombie;
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
    kernel: (Number(fields[6]) & PF_KTHREAD) !== 0,
  };
}

/** A file's text; undefined if it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Where a link leads; undefined if it cannot be read. */
export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
