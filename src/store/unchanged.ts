/** Reading a file again only if it is another one: a command looks at the same file several times, from several places. */
import { statSync, type BigIntStats } from "node:fs";
import { isSystemError } from "./io-error.ts";

/** The system's clock in ms since 1970. Taken from node's stopwatch where nobody hands one in, which takes a millisecond to load. */
export type SystemTime = () => number;
export const stopwatchTime: SystemTime = () => performance.timeOrigin + performance.now();

/** One look at a file that is only ever replaced. */
export interface Sighting {
  /** Names its content; empty if there is no such file. */
  name: string;
  /** Whether the name can be trusted later, too: that of a content that came just now could still be that of its successor. */
  isSettled: boolean;
}

/** File systems count time in steps of some milliseconds, and give the number of a file that is gone to the next one. */
const SETTLED_AFTER_MS = 100;

/** @param now the system's clock, since that is what file systems have */
export function sight(path: string, now: SystemTime): Sighting {
  const seenAt = now();
  const stat = statOf(path);
  if (stat === undefined) return { name: "", isSettled: false };
  return {
    name: `${stat.dev} ${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.size}`,
    isSettled: seenAt - Number(stat.ctimeMs) > SETTLED_AFTER_MS,
  };
}

/** What keeps us from looking keeps whoever reads from reading, too, who says it better. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** `read`, but what it gave for the file at `path` is given again as long as that one is there unchanged. Nobody may change what it gives. */
export function readUnchanged<T>(path: string, now: SystemTime, read: () => T): () => T {
  let last: { name: string; value: T } | undefined;
  return () => {
    const { name, isSettled } = sight(path, now);
    if (last !== undefined && last.name === name) return last.value;
    const value = read();
    last = isSettled && sight(path, now).name === name ? { name, value } : undefined;
    return value;
  };
}
