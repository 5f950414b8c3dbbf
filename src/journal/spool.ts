/** The spool: events that could not be applied at once, one file each, until the next change takes them in. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { journalEventSchema, type JournalEvent } from "../domain/journal/event.ts";
import type { Notify } from "../domain/notice.ts";
import { checkRecord } from "../domain/schema.ts";
import { fault } from "../process/fault.ts";
import { replaceFile } from "../store/atomic-file.ts";
import { ioError, isSystemError, orIoError } from "../store/io-error.ts";
import { parseJson } from "../store/json-text.ts";

export interface Spooled {
  /** File name in the spool. */
  name: string;
  event: JournalEvent;
}

const NAME = /^[\w-]+\.json$/;

/** Writes an event; the file is whole or not there. @throws IncrError `io` */
export function writeSpooled(folder: string, event: JournalEvent): void {
  orIoError(`make ${folder}`, folder, () => mkdirSync(folder, { recursive: true, mode: 0o777 }));
  // The clock of the machine, so that two processes never choose one name, in whatever pid namespaces they are
  const name = `${event.at.replaceAll(/\W/g, "")}-${process.pid}-${process.hrtime.bigint().toString(36)}.json`;
  replaceFile(join(folder, name), `${JSON.stringify(event)}\n`, { mode: "keep", fsync: true });
  fault("journal:spooled");
}

/**
 * The events that wait, oldest file first. What cannot be read stays, and is told.
 * @param alone whether the caller holds the journal's lock: a broken file is then renamed, so that it is told once
 */
export function readSpool(folder: string, { notify, alone }: { notify: Notify; alone: boolean }): Spooled[] {
  return listNames(folder).flatMap((name) => {
    const path = join(folder, name);
    const read = readEvent(path);
    if (read.kind === "event") return [{ name, event: read.event }];
    if (read.kind === "gone") return [];
    if (read.kind === "broken" && alone) orIoError(`rename ${path}`, path, () => renameSync(path, `${path}.broken`));
    notify({ code: "broken_spool_file", message: `${path} ${read.why}; it is left out`, data: { path } });
    return [];
  });
}

/** @throws IncrError `io` */
export function removeSpooled(folder: string, names: readonly string[]): void {
  orIoError(`remove files from ${folder}`, folder, () => {
    for (const name of names.filter((name) => NAME.test(name))) rmSync(join(folder, name), { force: true });
  });
}

/**
 * Removes what writers left half written when they died: nobody needs an hour for one event.
 * @param reference a file that was written just now, since the file system's clock need not be ours
 * @throws IncrError `io`
 */
export function sweepSpool(folder: string, reference: string): void {
  orIoError(`sweep ${folder}`, folder, () => {
    const now = statSync(reference).mtimeMs;
    for (const name of listFolder(folder).filter((name) => name.endsWith(".tmp"))) {
      const written = statSync(join(folder, name), { throwIfNoEntry: false });
      if (written !== undefined && now - written.mtimeMs > ABANDONED_MS) rmSync(join(folder, name), { force: true });
    }
  });
}

const ABANDONED_MS = 3_600_000;

function listNames(folder: string): string[] {
  return listFolder(folder)
    .filter((name) => NAME.test(name))
    .toSorted();
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw ioError(error, `read ${folder}`, folder);
  }
}

type ReadEvent =
  | { kind: "event"; event: JournalEvent }
  /** Another process has taken it in and removed it. */
  | { kind: "gone" }
  | { kind: "broken" | "unreadable"; why: string };

function readEvent(path: string): ReadEvent {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return { kind: "gone" };
    return { kind: "unreadable", why: `cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
  const json = parseJson(bytes);
  if (!json.ok) return { kind: "broken", why: `is not JSON: ${json.problem}` };
  const checked = checkRecord(journalEventSchema, json.value);
  if (checked.ok) return { kind: "event", event: checked.value };
  return { kind: "broken", why: `has the wrong shape at ${checked.issue.path}: ${checked.issue.message}` };
}
