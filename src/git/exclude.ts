/** `info/exclude` in the git directory that all worktrees share: what git leaves alone in this repository, without a word of it in any commit. */
import { mkdirSync, readFileSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { replaceFile } from "../store/atomic-file.ts";
import { isSystemError, orIoError } from "../store/io-error.ts";

/** Byte for byte: paths in it may be in any encoding. Null if there is no such file. @throws IncrError `io` */
export function readExclude(commonDir: string): string | null {
  const path = excludePath(commonDir);
  return orIoError(`read ${path}`, path, () => {
    try {
      return readFileSync(path, "latin1");
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return null;
      throw error;
    }
  });
}

/** @param text as `readExclude` gives it; null removes the file @throws IncrError `io` */
export function writeExclude(commonDir: string, text: string | null): void {
  const path = excludePath(commonDir);
  orIoError(`write ${path}`, path, () => {
    if (text === null) {
      unlinkSync(path);
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, Buffer.from(text, "latin1"), { mode: "keep", fsync: false });
  });
}

function excludePath(commonDir: string): string {
  return join(commonDir, "info", "exclude");
}
