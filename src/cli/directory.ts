/** The directory that a command line runs in. */
import { IncrError } from "../domain/error.ts";

/**
 * The absolute current directory, after changing to `directory` if one is given.
 * @throws IncrError `invalid_input` or `io` if there is no such directory
 */
export function enterDirectory(directory: string | undefined): string {
  if (directory !== undefined) changeDirectory(directory);
  return currentDirectory();
}

function changeDirectory(directory: string): void {
  try {
    process.chdir(directory);
  } catch (error) {
    throw new IncrError("invalid_input", `cannot change to ${directory}: ${reason(error)}`, {
      hint: "pass a directory that exists to -C",
      cause: error,
    });
  }
}

function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new IncrError("io", "the current directory does not exist any more", {
      hint: "cd to a directory that exists",
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "no such directory";
  if (code === "ENOTDIR") return "not a directory";
  if (code === "EACCES") return "permission denied";
  return String(code);
}
