/** Tells the user what went wrong, and which exit code that is. */
import { dirname } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { Output } from "./output.ts";

/** What the system refuses whatever program asks: no bug of ours, even where an adapter did not expect it. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this system",
  EIO: "the disk reports an error",
  ENOTDIR: "something that is no folder stands in the way",
  EISDIR: "a folder stands in the way",
  ELOOP: "links lead in a circle",
  ENAMETOOLONG: "the path is too long",
};

/** Prints the failure on stderr and returns its exit code; whatever is no `IncrError` and no refusal of the system is a bug (70). */
export function reportFailure(out: Output, thrown: unknown): number {
  const error = thrown instanceof IncrError ? thrown : systemRefusal(thrown);
  if (error === undefined) return out.bug(thrown);
  out.error(error);
  return error.exitCode;
}

/** What to type, or to do, before it is tried again. */
function remedy(code: string | undefined, path: string | undefined): string | undefined {
  if (code === "ENOSPC" || code === "EDQUOT") return "free some space, then try again";
  if (code === "EMFILE" || code === "ENFILE") return "close some programs, then try again";
  if (path === undefined) return undefined;
  return code === "ENOTDIR" ? `ls -ld ${dirname(path)}` : `ls -ld ${path}`;
}

function systemRefusal(thrown: unknown): IncrError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, path, syscall } = thrown as NodeJS.ErrnoException;
  const words = code === undefined || syscall === undefined ? undefined : REFUSALS[code];
  if (words === undefined) return undefined;
  return new IncrError("io", `${words}: ${syscall}${path === undefined ? "" : ` ${path}`}`, {
    hint: remedy(code, path),
    data: { errno: code, path },
    cause: thrown,
  });
}
