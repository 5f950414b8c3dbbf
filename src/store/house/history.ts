/** Lines of history that cannot be read: every reader skips them; a repair keeps them beside the file, so that they need not be reported for ever. */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HISTORY_COLLECTIONS } from "../../domain/records.ts";
import { asideName } from "../aside.ts";
import { replaceFile, syncFolder } from "../atomic-file.ts";
import { parseLine } from "../history-lines.ts";
import { orIoError } from "../io-error.ts";
import { withLock, type LockOptions } from "../lock.ts";

/** Readers that hold the old file open read it to its end; whoever opens the new one finds the same lines in the same order. */
export async function setHistoryLinesAside(
  dir: string,
  path: string,
  lock: LockOptions,
  now: Date,
): Promise<{ aside: string; lines: number }> {
  const folder = join(dir, "history");
  const collection = HISTORY_COLLECTIONS.find((name) => path === join(folder, `${name}.jsonl`));
  if (collection === undefined) throw new Error(`${path} is no file of history`);
  return await withLock(join(dir, "state.lock"), lock, () => {
    const lines = orIoError(`read ${path}`, path, () => splitLines(readFileSync(path)));
    const isGood = (line: Buffer) =>
      line.at(-1) === 0x0a && typeof parseLine(collection, line.toString("utf8")) === "object";
    const bad = lines.filter((line) => !isGood(line));
    const aside = asideName(path, now);
    if (bad.length === 0) return { aside, lines: 0 };
    orIoError(`write ${aside}`, aside, () => appendFileSync(aside, Buffer.concat(bad), { mode: 0o600 }));
    syncFolder(folder);
    // A good line is UTF-8 as it stands, since it was parsed.
    replaceFile(path, Buffer.concat(lines.filter(isGood)).toString("utf8"), { mode: 0o600, fsync: true });
    return { aside, lines: bad.length };
  });
}

/** Bytes, because what is damaged need not be text. Each line with its newline, if it has one. */
function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start);
    const next = end === -1 ? bytes.length : end + 1;
    lines.push(bytes.subarray(start, next));
    start = next;
  }
  return lines;
}
