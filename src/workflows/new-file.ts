import { closeSync, fsyncSync, linkSync, openSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fault } from "../process/fault.ts";
import { sweepLeftovers, syncFolder } from "../store/atomic-file.ts";
import { ioError, isSystemError } from "../store/io-error.ts";

/**
 * Makes a file that was not there, whole and durable; false, and nothing done, if something has that name. Its folder exists.
 * @param aside a path in the same folder whose lock the caller holds: unfinished writes are named after it, and those of the dead are removed
 * Errors: `io`, and nothing is left over.
 */
export function createFile(path: string, text: string, aside: string): boolean {
  sweepLeftovers(aside);
  const temp = join(dirname(aside), `.${basename(aside)}.${process.pid}-${process.hrtime.bigint().toString(36)}.tmp`);
  try {
    writeDurably(temp, text);
    fault("new-file:written");
    const made = publish(temp, path);
    removeIfThere(temp);
    if (made) syncFolder(dirname(path));
    return made;
  } catch (error) {
    removeIfThere(temp);
    throw ioError(error, `save ${path}`, path);
  }
}

function writeDurably(path: string, text: string): void {
  const fd = openSync(path, "wx", 0o666);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A hard link is refused where a file is. File systems without links get an empty file first, which reserves the name. */
function publish(temp: string, path: string): boolean {
  try {
    linkSync(temp, path);
    return true;
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return false;
    if (!isSystemError(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK")) throw error;
  }
  try {
    closeSync(openSync(path, "wx", 0o666));
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return false;
    throw error;
  }
  renameSync(temp, path);
  return true;
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}
