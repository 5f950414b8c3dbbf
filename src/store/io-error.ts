/** Turns what the system says into the errors of incr. */
import { dirname } from "node:path";
import { IncrError } from "../domain/error.ts";

const HINTS: Record<string, (path: string) => string> = {
  ENOSPC: () => "free some space, then try again; nothing was changed",
  EDQUOT: () => "free some space, then try again; nothing was changed",
  EACCES: (path) => `ls -ld ${dirname(path)}`,
  EPERM: (path) => `ls -ld ${dirname(path)}`,
  EROFS: () => "make the file system writable, then try again; nothing was changed",
};

/**
 * The `io` error for a failed system call; anything else (an `IncrError`, a bug) comes back as it is. `doing` completes "cannot …": `save <path>`.
 */
export function ioError(error: unknown, doing: string, path: string): unknown {
  if (!isSystemError(error)) return error;
  // Node's own text is "ENOSPC: no space left on device, write"
  const reason = error.message.replace(/^[A-Z0-9]+: /, "").replace(/, [a-z]+( '.*)?$/s, "");
  return new IncrError("io", `cannot ${doing}: ${reason}`, {
    hint: HINTS[error.code]?.(path),
    data: { path, errno: error.code },
    cause: error,
  });
}

/** Runs `work`, a few system calls on `path`, and throws what they throw as `ioError` does. */
export function orIoError<T>(doing: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ioError(error, doing, path);
  }
}

/** Whether it is the failure of a system call, and with one of `codes` (such as `ENOENT`) if any are given. */
export function isSystemError(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException & { code: string } {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return false;
  return codes.length === 0 || codes.includes(String(error.code));
}
