/**
 * Finished records: `history/<collection>.jsonl`, only ever appended to. The live file wins over it, and in it the last line of a key, so that a crash
 * between the append and the save of the live file shows every record once.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { HISTORY_COLLECTIONS, type HistoryCollection, type RecordOf } from "../domain/records.ts";
import { syncFolder } from "./atomic-file.ts";
import {
  endOf,
  findLine,
  formatLine,
  parseLine,
  readTail,
  scanLines,
  type HistoryLine,
  type HistoryQuery,
} from "./history-lines.ts";
import { ioError, isSystemError, orIoError } from "./io-error.ts";

/** How much of each file belongs to one moment, in bytes. */
export type HistorySizes = Record<HistoryCollection, number>;

export interface HistoryReport {
  collection: HistoryCollection;
  path: string;
  lines: number;
  /** Lines that are skipped, counted from 1, with what is wrong with them. */
  bad: { line: number; problem: string }[];
}

export interface History {
  /** The sizes of the files now. */
  sizes(): HistorySizes;
  find<C extends HistoryCollection>(collection: C, key: string, sizes: HistorySizes): RecordOf<C> | undefined;
  /** The last line of each key that fits, newest line first. */
  list<C extends HistoryCollection>(collection: C, query: HistoryQuery, sizes: HistorySizes): HistoryLine<C>[];
  /** Adds finished records, durably. Only the holder of the state's lock may. Errors: `io`; then nothing was added. */
  append<C extends HistoryCollection>(collection: C, records: Map<string, RecordOf<C>>): void;
  /** Reads everything and reports what cannot be read; every other reader skips it. */
  check(): HistoryReport[];
}

/** The history in `folder`, which is made when something is first added. `now` dates the lines. */
export function openHistory(folder: string, options: { fsync: boolean; now: () => Date }): History {
  const pathOf = (collection: HistoryCollection) => join(folder, `${collection}.jsonl`);

  function append<C extends HistoryCollection>(collection: C, records: Map<string, RecordOf<C>>): void {
    const path = pathOf(collection);
    const { fd, isNew } = openForAppend(path);
    try {
      const { size } = fstatSync(fd);
      const tail = readTail(fd, size);
      const text = formatLines(records, tail.at, options.now());
      try {
        // After a crash in the middle of an append the last line has no end
        writeFileSync(fd, tail.isWhole ? text : `\n${text}`);
        if (options.fsync) fsyncSync(fd);
      } catch (error) {
        ftruncateSync(fd, size);
        throw error;
      }
      if (options.fsync && isNew) syncFolder(folder);
    } catch (error) {
      throw ioError(error, `append to ${path}`, path);
    } finally {
      closeSync(fd);
    }
  }

  return {
    sizes: () => Object.fromEntries(HISTORY_COLLECTIONS.map((name) => [name, sizeOf(pathOf(name))])) as HistorySizes,
    find: (collection, key, sizes) =>
      withFile(pathOf(collection), (fd) => findLine(collection, fd, sizes[collection], key)),
    list: <C extends HistoryCollection>(collection: C, query: HistoryQuery, sizes: HistorySizes) => {
      const lines: HistoryLine<C>[] = [];
      withFile(pathOf(collection), (fd) =>
        scanLines(collection, fd, sizes[collection], query, (line) => lines.push(line)),
      );
      return lines;
    },
    append,
    check: () => HISTORY_COLLECTIONS.map((name) => checkFile(name, pathOf(name))),
  };
}

const LAST_TIME = Date.parse("9999-12-31T23:59:59.999Z");

/** Lines are dated so that time never runs backwards in a file, even if the clock did: readers stop where lines get too old for them. */
function formatLines<C extends HistoryCollection>(
  records: Map<string, RecordOf<C>>,
  last: string | undefined,
  now: Date,
): string {
  let at = Math.max(now.getTime(), last === undefined ? 0 : Date.parse(last));
  let text = "";
  for (const [key, record] of records) {
    at = Math.min(Math.max(at, endOf(record)), LAST_TIME);
    text += formatLine({ key, at: new Date(at).toISOString(), record });
  }
  return text;
}

function openForAppend(path: string): { fd: number; isNew: boolean } {
  const flags = constants.O_RDWR | constants.O_APPEND;
  try {
    return { fd: openSync(path, flags), isNew: false };
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw ioError(error, `append to ${path}`, path);
  }
  return orIoError(`make ${path}`, path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return { fd: openSync(path, flags | constants.O_CREAT, 0o600), isNew: true };
  });
}

function withFile<R>(path: string, read: (fd: number) => R): R | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw ioError(error, `read ${path}`, path);
  }
  try {
    return read(fd);
  } catch (error) {
    throw ioError(error, `read ${path}`, path);
  } finally {
    closeSync(fd);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function checkFile(collection: HistoryCollection, path: string): HistoryReport {
  const report: HistoryReport = { collection, path, lines: 0, bad: [] };
  const text = withFile(path, (fd) => readFileSync(fd, "utf8")) ?? "";
  const lines = text.split("\n");
  const unfinished = lines.pop() ?? "";
  for (const [index, line] of lines.entries()) {
    const parsed = parseLine(collection, line);
    if (typeof parsed === "string") report.bad.push({ line: index + 1, problem: parsed });
  }
  report.lines = lines.length;
  if (unfinished !== "") report.bad.push({ line: lines.length + 1, problem: "is not finished" });
  return report;
}
