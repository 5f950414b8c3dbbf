/**
 * What processes that wait for a document's lock put down beside it, so that whoever has the lock can do it for them.
 *
 * A request is a file that its process keeps open and locked: the lock, which the kernel frees, says that somebody waits for the answer. Whoever takes a
 * request removes its name, which only one can do, and later writes the answer into the file itself, which the one who waits still has open. So nothing is
 * left over when everybody lives, and what a dead process leaves is known by being unlocked.
 */
import { closeSync, ftruncateSync, openSync, readdirSync, readSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { tempName } from "./atomic-file.ts";
import { tryLockOpen } from "./kernel-lock.ts";

/** A request of ours that others may take. */
export interface OwnRequest {
  /** What was answered; undefined if nobody has, or died while writing it. To be asked with the document's lock held. */
  answer(): unknown;
  /** Takes it back. False: somebody has taken it, and does it or has done it. */
  withdraw(): boolean;
  close(): void;
}

/** A request of somebody who waits, and has nobody else to answer it now. */
export interface TakenRequest {
  request: unknown;
  answer(value: unknown): void;
  close(): void;
}

const END = ".request.tmp";
/** More are left to the next one. */
const MOST = 256;

/** Puts a request down beside `document`. Gives undefined where that cannot be: whoever waits then does it alone, as ever. */
export function putRequest(document: string, request: unknown): OwnRequest | undefined {
  const folder = dirname(document);
  const name = tempName(basename(document));
  const unready = join(folder, name);
  const path = join(folder, `${name.slice(0, -".tmp".length)}${END}`);
  let fd: number | undefined;
  try {
    fd = openSync(unready, "wx+");
    if (!tryLockOpen(fd, unready)) throw new Error("a new file is locked");
    write(fd, { request });
    renameSync(unready, path);
  } catch {
    if (fd !== undefined) close(fd);
    remove(unready);
    return undefined;
  }
  const own = fd;
  return {
    answer: () => readAnswer(own),
    withdraw: () => remove(path),
    close: () => close(own),
  };
}

/** Takes what others have put down beside `document` and `isOurs` knows. The caller has the document's lock, and closes what it gets. */
export function takeRequests(document: string, isOurs: (request: unknown) => boolean): TakenRequest[] {
  const taken: TakenRequest[] = [];
  for (const path of listRequests(document)) {
    const request = take(path, isOurs);
    if (request !== undefined) taken.push(request);
    if (taken.length === MOST) break;
  }
  return taken;
}

function listRequests(document: string): string[] {
  const folder = dirname(document);
  const start = `.${basename(document)}.`;
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(start) && name.endsWith(END))
      .map((name) => join(folder, name));
  } catch {
    // Whoever cannot be heard does it alone
    return [];
  }
}

function take(path: string, isOurs: (request: unknown) => boolean): TakenRequest | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r+");
    const isAbandoned = tryLockOpen(fd, path);
    const content = isAbandoned ? undefined : (read(fd) as { request?: unknown } | undefined);
    const isOurTurn = isAbandoned || isOurs(content?.request);
    if (isOurTurn && remove(path) && content !== undefined) {
      const own = fd;
      return {
        request: content.request,
        answer: (answer) => write(own, { answer }),
        close: () => close(own),
      };
    }
  } catch {
    // It is gone, or not for us to write: its owner does it
  }
  if (fd !== undefined) close(fd);
  return undefined;
}

/** False if it was not there. */
function remove(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Undefined as well where it cannot be read, as on network file systems once another machine has removed the file: then we make the change ourselves. */
function readAnswer(fd: number): unknown {
  try {
    return (read(fd) as { answer?: unknown } | undefined)?.answer;
  } catch {
    return undefined;
  }
}

function close(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // What network file systems could not write before now was for nobody any more
  }
}

function write(fd: number, value: unknown): void {
  const bytes = Buffer.from(JSON.stringify(value));
  ftruncateSync(fd, 0);
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, done);
}

/** Undefined if it is not whole. */
function read(fd: number): unknown {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const part = Buffer.allocUnsafe(65_536);
    const length = readSync(fd, part, 0, part.length, at);
    parts.push(part.subarray(0, length));
    at += length;
    if (length < part.length) break;
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    return undefined;
  }
}
