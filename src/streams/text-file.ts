import { existsSync, readFileSync } from "node:fs";
import { IncrError } from "../domain/error.ts";
import { ioError, isSystemError } from "../store/io-error.ts";

/** The text of a file with everything in it, a byte order mark too; null if there is none. Errors: `corrupt` if it is not UTF-8, `io`. */
export function readTextFile(path: string): string | null {
  // Making an error takes longer than looking first.
  if (!existsSync(path)) return null;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return null;
    throw ioError(error, `read ${path}`, path);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const line = firstTornLine(bytes);
    throw new IncrError("corrupt", `${path} is not UTF-8: line ${line} has a byte that cannot be read`, {
      hint: `save ${path} as UTF-8`,
      data: { path, line },
    });
  }
}

function firstTornLine(bytes: Uint8Array): number {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.findIndex((line) => line.includes("\uFFFD")) + 1;
}
