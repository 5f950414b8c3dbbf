/** Entering sessions in `work-shell.md`, a file of the user's. */
import { readFileSync } from "node:fs";
import { IncrError } from "../domain/error.ts";
import { historyEntry, insertHistoryEntry } from "../domain/journal/history.ts";
import type { Report } from "../domain/journal/report.ts";
import type { UtcOffset } from "../domain/journal/time.ts";
import { replaceFile } from "../store/atomic-file.ts";
import { ioError, isSystemError } from "../store/io-error.ts";

/** Enters a session, unless it is there. @throws IncrError `io`, `unsafe` (the file is not text) */
export function enterInHistory(path: string, report: Report, utcOffset: UtcOffset): void {
  const before = readBytes(path);
  const after = withEntries(before, [report], utcOffset);
  if (!after.equals(before)) replaceFile(path, after, { mode: "keep", fsync: true });
}

/** The content with the entries of all reports, given oldest first; every byte that was there stays. */
export function withEntries(content: Buffer, reports: readonly Report[], utcOffset: UtcOffset): Buffer {
  if (content.includes(0))
    throw new IncrError("unsafe", "work-shell.md is not a text file, so no session was entered in it");
  // One character a byte, so that bytes that are not UTF-8 survive
  let text = content.toString("latin1");
  for (const report of reports) {
    const entry = historyEntry(report, utcOffset).map((line) => Buffer.from(line).toString("latin1"));
    text = insertHistoryEntry(text, entry);
  }
  return Buffer.from(text, "latin1");
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return Buffer.alloc(0);
    throw ioError(error, `read ${path}`, path);
  }
}
