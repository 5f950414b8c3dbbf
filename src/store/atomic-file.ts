/** Replacing a file so that whoever reads it, now or after a crash, finds the old content or the new one, whole. The caller holds the file's lock. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fault } from "../process/fault.ts";
import { ioError, isSystemError } from "./io-error.ts";

export interface ReplaceOptions {
  /** The mode that the file gets; `keep` leaves that of the file that is there, and lets the umask decide for a new one. */
  mode: number | "keep";
  /** False leaves the moment of writing to the system: quicker, and not proof against power loss. */
  fsync: boolean;
  /** Path that keeps the content as it was before. */
  backup?: string;
}

/** Replaces the content of `path` (through a symbolic link, if it is one). Its folder exists. On an error, `io`, nothing has changed and nothing is left over (but see `syncFolder`). */
export function replaceFile(path: string, content: string | Uint8Array, options: ReplaceOptions): void {
  const target = followLink(path);
  const temp = join(dirname(target), tempName(basename(target)));
  try {
    fault("store:before-temp");
    writeTemp(temp, target, content, options);
    fault("store:after-temp");
    if (options.backup !== undefined) keepBackup(target, options.backup);
    fault("store:after-backup");
    renameSync(temp, target);
  } catch (error) {
    removeIfThere(temp);
    throw ioError(error, `save ${path}`, path);
  }
  fault("store:after-rename");
  if (options.fsync) syncFolder(dirname(target));
  fault("store:after-sync");
}

/** Removes what writers of `path` left over when they died. Whoever holds the lock of `path` is its only writer, so that none of it is in use. */
export function sweepLeftovers(path: string): string[] {
  const target = followLink(path);
  const folder = dirname(target);
  const start = `.${basename(target)}.`;
  const leftovers = listFolder(folder).filter(
    (name) => name.startsWith(start) && TEMP_END.test(name.slice(start.length)),
  );
  for (const name of leftovers) removeIfThere(join(folder, name));
  return leftovers;
}

/** Makes renames and new files in `folder` durable, where the file system knows how. Errors: `io`, if the disk fails; they are visible all the same. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!isSystemError(error, "EINVAL", "ENOTSUP", "EPERM", "EACCES"))
      throw ioError(error, `make what was saved in ${folder} durable`, folder);
  } finally {
    closeSync(fd);
  }
}

/** Where a symbolic link leads in the end, even to a file that is not there yet; any other path as it is. */
export function followLink(path: string): string {
  let target = path;
  for (let hops = 0; hops < 40; hops += 1) {
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return target;
    target = resolve(realpathSync(dirname(target)), readlinkSync(target));
  }
  return path;
}

const TEMP_END = /^[0-9]+-[0-9a-z]+\.tmp$/;

/**
 * A name beside the file `base` that nobody has. The pid is for people; the clock of the machine makes it unique among the processes and the pid namespaces
 * that share the folder.
 */
export function tempName(base: string): string {
  return `.${base}.${process.pid}-${process.hrtime.bigint().toString(36)}.tmp`;
}

function writeTemp(temp: string, target: string, content: string | Uint8Array, options: ReplaceOptions): void {
  const isRoot = process.getuid?.() === 0;
  const old = options.mode === "keep" || isRoot ? statSync(target, { throwIfNoEntry: false }) : undefined;
  const fd = openSync(temp, "wx", options.mode === "keep" ? 0o666 : options.mode);
  try {
    if (options.mode === "keep" && old !== undefined) fchmodSync(fd, old.mode & 0o7777);
    if (old !== undefined && isRoot) giveBack(fd, old);
    writeFileSync(fd, content);
    if (options.fsync) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Root must not take a user's file away from them by replacing it; some file systems do not know owners, which is no reason to fail. */
function giveBack(fd: number, owner: { uid: number; gid: number }): void {
  try {
    fchownSync(fd, owner.uid, owner.gid);
  } catch (error) {
    if (!isSystemError(error, "EPERM", "EINVAL", "ENOSYS", "ENOTSUP")) throw error;
  }
}

/** By a hard link, which costs nothing; by a copy where the file system has none. */
function keepBackup(target: string, backup: string): void {
  if (!existsSync(target)) return;
  removeIfThere(backup);
  try {
    linkSync(target, backup);
  } catch (error) {
    if (!isSystemError(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV")) throw error;
    copyFileSync(target, backup);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw ioError(error, `remove ${path}`, path);
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw ioError(error, `read ${folder}`, folder);
  }
}
