/** Reading a file that a person wrote, or that came with a repository: it may be anything. */
import { lstatSync, readFileSync, statSync } from "node:fs";
import { IncrError } from "../domain/error.ts";
import { isSystemError, orIoError } from "../store/io-error.ts";

/** Nobody writes this much by hand, and what a link leads to need not fit into memory. */
const MAX_BYTES = 1024 * 1024;

/** Whether something stands at `path`, be it a link that leads nowhere. @throws IncrError `io` */
export function isThere(path: string): boolean {
  return orIoError(`look for ${path}`, path, () => {
    try {
      lstatSync(path);
      return true;
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return false;
      throw error;
    }
  });
}

/** @param name what people call the file @throws IncrError `config` if it is no file of sensible size; `io` */
export function readBytes(path: string, name: string): Buffer {
  return orIoError(`read ${path}`, path, () => {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts === undefined) throw notUsable(path, `${name} is a link that leads nowhere`);
    if (!facts.isFile()) throw notUsable(path, `${name} is not a file`);
    if (facts.size > MAX_BYTES) throw notUsable(path, `${name} is larger than 1 MiB`);
    return readFileSync(path);
  });
}

/** Without a byte order mark. @throws IncrError `config` if it is not UTF-8, as TOML demands */
export function decodeText(bytes: Uint8Array, path: string, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notUsable(path, `${name} is not text in UTF-8`);
  }
}

function notUsable(path: string, message: string): IncrError {
  return new IncrError("config", message, { hint: `mend ${path}`, data: { file: path } });
}
