/** Locks with a name on them: one caller at a time, in turn, between processes and within one. */
import { closeSync, ftruncateSync, fstatSync, readFileSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { Notify } from "../domain/notice.ts";
import { loadAddon, lockFile } from "./kernel-lock.ts";
import { stopwatch } from "./stopwatch.ts";
import { takeTurn } from "./turns.ts";

export interface LockOptions {
  /** What holds the lock, for those who wait: the command line, such as `incr session start`. */
  holder: string;
  /** How long to wait in ms; 30 000 by default. */
  timeoutMs?: number;
  /** Hears `waiting_for_lock` once when the wait gets long. */
  notify?: Notify;
  /** After how long, in ms; 2 000 by default. */
  noticeAfterMs?: number;
  /** Mode of the lock file and of its folder where they have to be made; 0600 and 0700 by default. */
  mode?: number;
  folderMode?: number;
  /** A folder: whoever may write to it may use the lock, too. */
  sharedLike?: string;
  /** False keeps the lock file empty, for a file that other programs lock through SQLite. True by default. */
  nameHolder?: boolean;
  now?: () => Date;
}

/** What stands in a lock file while the lock is held, as one line of JSON. */
export interface LockHolder {
  pid: number;
  command: string;
  /** ISO time. */
  since: string;
}

const COMMAND_LENGTH = 200;

/**
 * Runs `work` while holding the lock file at `path`, exclusively and for no longer than `work` takes or this process lives. The file is made if need be
 * and never deleted. Not reentrant: `work` must not ask for the same lock.
 * Errors: `busy` after the timeout, naming the holder; `io`; whatever `work` throws.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
  loadAddon();
  const waiting = waitingFor(path, options);
  const endTurn = await takeTurn(path, waiting.begin);
  try {
    if (endTurn === undefined) throw waiting.busy();
    const modes = { file: options.mode ?? 0o600, folder: options.folderMode ?? 0o700, like: options.sharedLike };
    const fd = await lockFile(path, waiting.begin, modes);
    if (fd === undefined) throw waiting.busy();
    waiting.end();
    try {
      if (options.nameHolder !== false) writeHolder(fd, options);
      return await work();
    } finally {
      release(fd, options);
    }
  } finally {
    waiting.end();
    endTurn?.();
  }
}

/** Who says to hold the lock at `path`. The file proves nothing: only the kernel knows whether the lock is held. */
export function readLockHolder(path: string): LockHolder | undefined {
  try {
    const { pid, command, since } = JSON.parse(readFileSync(path, "utf8")) as Partial<LockHolder>;
    return { pid: Number(pid), command: String(command), since: String(since) };
  } catch {
    return undefined;
  }
}

/** One wait: says once that it takes long, knows what is left, and makes the error for its end. Costs nothing if there is nothing to wait for. */
function waitingFor(path: string, options: LockOptions) {
  const start = stopwatch();
  let notice: NodeJS.Timeout | undefined;
  return {
    /** How long to wait yet, in ms. */
    begin: () => {
      notice ??= setTimeout(() => notifyOf(path, options), options.noticeAfterMs ?? 2_000);
      return (options.timeoutMs ?? 30_000) - (stopwatch() - start);
    },
    end: () => clearTimeout(notice),
    busy: () => {
      const holder = readLockHolder(path);
      const waited = Math.round((stopwatch() - start) / 100) / 10;
      return new IncrError("busy", `${basename(path)} is ${describe(holder)}; gave up after ${waited} s`, {
        hint: holder === undefined ? `fuser -v ${path}` : `ps -fp ${holder.pid}`,
        data: { path, ...holder, waited_seconds: waited },
      });
    },
  };
}

function notifyOf(path: string, options: LockOptions): void {
  const holder = readLockHolder(path);
  options.notify?.({
    code: "waiting_for_lock",
    message: `waiting for ${path}, ${describe(holder)}`,
    data: { path, ...holder },
  });
}

function describe(holder: LockHolder | undefined): string {
  if (holder === undefined) return "held by another process";
  return `held by pid ${holder.pid} (${holder.command}) since ${holder.since}`;
}

function writeHolder(fd: number, options: LockOptions): void {
  const holder: LockHolder = {
    pid: process.pid,
    command: options.holder.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").slice(0, COMMAND_LENGTH),
    since: (options.now?.() ?? new Date()).toISOString(),
  };
  unlessDiskFull(() => {
    // One that was killed may have left a longer line
    if (fstatSync(fd).size > 0) ftruncateSync(fd, 0);
    writeSync(fd, `${JSON.stringify(holder)}\n`, 0);
  });
}

function release(fd: number, options: LockOptions): void {
  if (options.nameHolder !== false) unlessDiskFull(() => ftruncateSync(fd, 0));
  closeSync(fd);
}

/** The name is a courtesy: the lock is as good without it. */
function unlessDiskFull(write: () => void): void {
  try {
    write();
  } catch {
    // Nobody but a waiter reads it, and it says "another process" then
  }
}
