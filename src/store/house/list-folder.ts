/** What is in a folder of ours, if it is one. */
import { readdirSync } from "node:fs";
import { ioError, isSystemError } from "../io-error.ts";

/** Names in order. Empty for what is no folder. @throws IncrError `io` for one that may not be read: what is in it must not count as not being there */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw ioError(error, `read ${folder}`, folder);
  }
}
