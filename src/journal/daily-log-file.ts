/**
 * Appending to the daily logs so that each entry is there once, whatever is killed when: the state remembers, before anything is written, what goes where
 * (`LogTail`); a file that still ends there lacks it.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { dailyTitle, type DailyEntry } from "../domain/journal/daily-log.ts";
import { dailyLogFile } from "../domain/journal/paths.ts";
import type { LogTail } from "../domain/journal/state.ts";
import { syncFolder } from "../store/atomic-file.ts";
import { isSystemError, orIoError } from "../store/io-error.ts";

/**
 * What appending `entries` means, as the files are now; entries that are in their file already need nothing.
 * @param left what is to be appended before them
 */
export function planAppends(folder: string, entries: readonly DailyEntry[], left: readonly LogTail[]): LogTail[] {
  const tails: LogTail[] = [];
  for (const entry of entries) {
    const file = dailyLogFile(entry.date);
    if (entry.logged !== undefined && isLogged(folder, entry.logged)) continue;
    const planned = [...left, ...tails].findLast((tail) => tail.file === file);
    if (planned === undefined) tails.push(planAppend(folder, entry));
    else tails.push({ file, offset: planned.offset + Buffer.byteLength(planned.text), text: `\n${entry.text}` });
  }
  return tails;
}

/** What appending one entry means, as its file is now. */
export function planAppend(folder: string, { date, text }: DailyEntry): LogTail {
  const file = dailyLogFile(date);
  const { size, lastByte } = endOf(join(folder, file));
  if (size === 0) return { file, offset: 0, text: `${dailyTitle(date)}\n${text}` };
  return { file, offset: size, text: `${lastByte === LINE_FEED ? "" : "\n"}\n${text}` };
}

/** Appends what was planned just now. @throws IncrError `io` */
export function appendTail(folder: string, { file, text }: LogTail): void {
  const path = join(folder, file);
  orIoError(`write ${path}`, path, () => append(path, Buffer.from(text)));
}

/**
 * Writes what is missing of an append that an earlier process planned: all of it, or the rest of one that was cut short. A file that has grown otherwise, or shrunk, was written since by
 * somebody else and is left alone. @throws IncrError `io`
 */
export function completeAppend(folder: string, { file, offset, text }: LogTail): void {
  const path = join(folder, file);
  orIoError(`write ${path}`, path, () => {
    const wanted = Buffer.from(text);
    const written = bytesFrom(path, offset, wanted.length);
    if (written === undefined || written.length >= wanted.length) return;
    if (!wanted.subarray(0, written.length).equals(written)) return;
    append(path, wanted.subarray(written.length));
  });
}

/** Whether nothing of an append has been written. */
export function isMissing(folder: string, { file, offset }: LogTail): boolean {
  return sizeOf(join(folder, file)) <= offset;
}

const LINE_FEED = 10;

/** Something else than a file in its place is in the way, and will be gone when it is written. */
function sizeOf(path: string): number {
  const there = statSync(path, { throwIfNoEntry: false });
  return there?.isFile() === true ? there.size : 0;
}

function isLogged(folder: string, { file, offset, text }: LogTail): boolean {
  try {
    return readFileSync(join(folder, file)).indexOf(text, offset) !== -1;
  } catch {
    return false;
  }
}

/** The last byte is undefined for an empty file, and for one that cannot be read. */
function endOf(path: string): { size: number; lastByte: number | undefined } {
  const size = sizeOf(path);
  try {
    return { size, lastByte: size === 0 ? undefined : bytesFrom(path, size - 1, 1)?.[0] };
  } catch {
    return { size, lastByte: undefined };
  }
}

/** At most `length` bytes of a file from `offset`; undefined if it is shorter than that. */
function bytesFrom(path: string, offset: number, length: number): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return offset === 0 ? Buffer.alloc(0) : undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    if (size < offset) return undefined;
    const bytes = Buffer.alloc(Math.min(length, size - offset));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(fd);
  }
}

/** Appends and makes it durable, a new file's name too. */
function append(path: string, bytes: Uint8Array): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o777 });
  const isNew = statSync(path, { throwIfNoEntry: false }) === undefined;
  const fd = openSync(path, "a", 0o666);
  try {
    for (let left = bytes; left.length > 0;) left = left.subarray(writeSync(fd, left));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  if (isNew) syncFolder(folder);
}
