/** Files of writers that died half-way. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { withLock, type LockOptions } from "../lock.ts";

export interface LeftoverPlaces {
  stateDir: string;
  /** Null outside of a repository. */
  commonDir: string | null;
  now: Date;
}

/** No writer is at work on one file for that long. */
const OLD_MS = 60_000;
/** Marks of a repository and files for shells are written without a lock. */
const VERY_OLD_MS = 24 * 3_600_000;

interface Place {
  folder: string;
  pattern: RegExp;
  olderThanMs: number;
  /** The lock that every living writer of such a file holds; null: there is none, and only age tells. */
  lock: string | null;
}

/** What may be removed, by its name and age; no lock is taken. */
export function listLeftovers(places: LeftoverPlaces): string[] {
  return placesOf(places).flatMap((place) => find(place, places.now));
}

/** Removes what is still there when no writer can be at work, and names it. @throws IncrError `busy`, `io` */
export async function sweepLeftovers(places: LeftoverPlaces, lock: LockOptions): Promise<string[]> {
  const removed: string[] = [];
  for (const place of placesOf(places)) {
    if (find(place, places.now).length === 0) continue;
    const sweep = () => {
      for (const path of find(place, places.now)) {
        rmSync(path, { recursive: true, force: true });
        removed.push(path);
      }
    };
    await (place.lock === null ? sweep() : withLock(place.lock, lock, sweep));
  }
  return removed;
}

function placesOf({ stateDir, commonDir }: LeftoverPlaces): Place[] {
  const stateLock = join(stateDir, "state.lock");
  const temporary = (name: string) => new RegExp(`^\\.${name}\\.[0-9]+-[0-9a-z]+\\.tmp$`);
  const own: Place[] = [
    { folder: stateDir, pattern: temporary("state\\.json"), olderThanMs: OLD_MS, lock: stateLock },
    { folder: stateDir, pattern: temporary("trust\\.json"), olderThanMs: OLD_MS, lock: join(stateDir, "trust.lock") },
    { folder: join(stateDir, "history"), pattern: temporary(".+"), olderThanMs: OLD_MS, lock: stateLock },
    { folder: join(stateDir, "shell"), pattern: /^\d+-\d+$/, olderThanMs: VERY_OLD_MS, lock: null },
  ];
  if (commonDir === null) return own;
  const lock = join(commonDir, "incr", "lock");
  const worktrees = list(join(commonDir, "worktrees")).map((name) => join(commonDir, "worktrees", name));
  return [
    ...own,
    { folder: join(commonDir, "incr"), pattern: /^id\.[a-z2-7]{8}$/, olderThanMs: VERY_OLD_MS, lock: null },
    ...worktrees.map((folder) => ({ folder, pattern: /^incr-index-/, olderThanMs: OLD_MS, lock })),
  ];
}

function find({ folder, pattern, olderThanMs }: Place, now: Date): string[] {
  return list(folder)
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
    .filter((path) => now.getTime() - timeOf(path) > olderThanMs);
}

/** When it was last written, in ms since 1970; never, for what is gone or may not be looked at. */
function timeOf(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
