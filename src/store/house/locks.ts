/** Whether locks work here, and who has them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { LockHealth } from "../../ports/house.ts";
import { readLockHolder, withLock, type LockOptions } from "../lock.ts";

/** A lock that is not had within this time is held. */
const PATIENCE_MS = 100;

/** The lock files that exist; none is made. Each is locked for a moment, without a trace. */
export async function checkLocks(stateDir: string, commonDir: string | null): Promise<LockHealth[]> {
  const paths = [stateDir, ...(commonDir === null ? [] : [join(commonDir, "incr")])].flatMap((folder) =>
    list(folder)
      .filter((name) => name === "lock" || name.endsWith(".lock"))
      .map((name) => join(folder, name)),
  );
  return await Promise.all(paths.map(checkLock));
}

/** Empties a lock file that names a holder who died. */
export async function clearLockHolder(path: string, lock: LockOptions): Promise<void> {
  // Whoever gives a lock back empties the file.
  if (existsSync(path)) await withLock(path, lock, () => undefined);
}

async function checkLock(path: string): Promise<LockHealth> {
  try {
    return await withLock(path, { holder: "", nameHolder: false, timeoutMs: PATIENCE_MS }, () => ({
      path,
      state: "free" as const,
      problem: null,
      holder: readLockHolder(path) ?? null,
    }));
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const state = error.code === "busy" ? "held" : "broken";
    return { path, state, problem: error.message, holder: state === "held" ? (readLockHolder(path) ?? null) : null };
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
