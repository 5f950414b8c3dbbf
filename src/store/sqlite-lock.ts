/**
 * The lock of `src/store/lock.ts` for scripts that may need nothing installed. Node and bun reach the kernel's file locks through their SQLite alone: an
 * exclusive transaction on the empty lock file locks a range of it that the commands' lock of the whole file overlaps, so that each keeps the other out,
 * and the kernel frees both when their holder dies. The build puts this module in the place of that one (docs/decisions says why).
 */
import { closeSync, openSync, statSync } from "node:fs";
import { basename } from "node:path";
import { IncrError } from "../domain/error.ts";
import { ioError } from "./io-error.ts";
import type { LockOptions, withLock as kernelLock } from "./lock.ts";
import { isLocked, loadSqlite, type Database, type OpenDatabase } from "./sqlite.ts";

const FIRST_PAUSE_MS = 1;
/** SQLite's own waiting sleeps up to 100 ms, in which others take the lock many times. */
const LONGEST_PAUSE_MS = 8;

/**
 * Runs `work` while holding the lock at `path`, as the commands do. Its folder exists. Not reentrant.
 * Errors: `busy` after the timeout, `io`, whatever `work` throws.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
  const open = await loadSqlite();
  const waiting = startWaiting(path, options);
  let database: Database | undefined;
  try {
    database = await obtain(path, options, open, waiting);
    waiting.end();
    return await work();
  } finally {
    waiting.end();
    // Ends the transaction, and frees the lock with it
    database?.close();
  }
}

withLock satisfies typeof kernelLock;

async function obtain(path: string, options: LockOptions, open: OpenDatabase, waiting: Waiting): Promise<Database> {
  for (;;) {
    const file = makeLockFile(path, options);
    const database = open(path);
    try {
      await begin(database, path, waiting);
      // A file that was removed meanwhile (`git clean`) locks nobody out
      if (fileId(path) === file) return database;
    } catch (error) {
      database.close();
      throw error;
    }
    database.close();
  }
}

/** Made here, so that a refusal is told as the commands tell it. Closing it again is safe only as long as this process holds no lock on it. */
function makeLockFile(path: string, { mode = 0o600 }: LockOptions): string | undefined {
  try {
    closeSync(openSync(path, "a+", mode));
    return fileId(path);
  } catch (error) {
    throw ioError(error, `lock ${path}`, path);
  }
}

function fileId(path: string): string | undefined {
  const file = statSync(path, { throwIfNoEntry: false });
  return file === undefined ? undefined : `${file.dev}:${file.ino}`;
}

async function begin(database: Database, path: string, waiting: Waiting): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      database.exec("BEGIN EXCLUSIVE");
      return;
    } catch (error) {
      if (!isLocked(error)) throw lockFailure(error, path);
    }
    if (waiting.isOver()) throw waiting.busy();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function lockFailure(error: unknown, path: string): IncrError {
  const reason = error instanceof Error ? error.message : String(error);
  return new IncrError("io", `cannot lock ${path}: ${reason}`, {
    hint: "if nobody is using it, remove that file; it must be empty, on a file system with working locks",
    data: { path },
    cause: error,
  });
}

type Waiting = ReturnType<typeof startWaiting>;

function startWaiting(path: string, { timeoutMs = 30_000, noticeAfterMs = 2_000, notify }: LockOptions) {
  const start = performance.now();
  const notice = setTimeout(() => {
    notify?.({ code: "waiting_for_lock", message: `waiting for ${path}, held by another process`, data: { path } });
  }, noticeAfterMs);
  return {
    end: () => clearTimeout(notice),
    isOver: () => performance.now() - start > timeoutMs,
    busy() {
      const waited = Math.round((performance.now() - start) / 100) / 10;
      return new IncrError("busy", `${basename(path)} is held by another process; gave up after ${waited} s`, {
        hint: `fuser -v ${path}`,
        data: { path, waited_seconds: waited },
      });
    },
  };
}
