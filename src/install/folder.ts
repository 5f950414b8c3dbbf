import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmdirSync, unlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { IncrError } from "../domain/error.ts";
import { manifestSchema, type Manifest } from "../domain/install.ts";
import { checkRecord } from "../domain/schema.ts";
import type { InstallFolder } from "../ports/install.ts";
import { replaceFile } from "../store/atomic-file.ts";
import { ioError, isSystemError, orIoError } from "../store/io-error.ts";
import { parseJson } from "../store/json-text.ts";

/** The folder at `root` (absolute), as installing needs it. */
export function openInstallFolder(root: string): InstallFolder {
  const at = (path: string) => join(root, path);
  return {
    root,
    hash,
    hashAt(path) {
      const bytes = readBytes(at(path));
      return bytes === undefined ? null : hash(bytes);
    },
    readText: (path) => readText(at(path)),
    write(path, text, { executable = false } = {}) {
      const made = makeFolders(root, dirname(at(path)));
      replaceFile(at(path), text, { mode: executable ? 0o755 : "keep", fsync: false });
      return made;
    },
    makeFolder: (path) => makeFolders(root, at(path)),
    remove: (path) => tolerate(`remove ${at(path)}`, at(path), ["ENOENT"], () => unlinkSync(at(path))),
    removeFolder: (path) =>
      tolerate(`remove ${at(path)}`, at(path), ["ENOENT", "ENOTEMPTY", "EEXIST"], () => rmdirSync(at(path))),
    readManifest: (path) => readManifest(at(path)),
  };
}

function readManifest(path: string): Manifest | null {
  const bytes = readBytes(path);
  if (bytes === undefined) return null;
  const json = parseJson(bytes);
  const checked = json.ok ? checkRecord(manifestSchema, json.value) : undefined;
  if (checked?.ok === true) return checked.value;
  throw new IncrError("corrupt", `${path} does not say what was installed; it was changed by something else`, {
    hint: `remove it, and install with --force: rm '${path}'`,
    data: { path },
  });
}

/** Saving what was decoded wrongly would destroy it. */
function readText(path: string): string | null {
  const bytes = readBytes(path);
  if (bytes === undefined) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new IncrError("config", `${path} is not UTF-8`, { data: { path }, cause: error });
  }
}

function hash(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw ioError(error, `read ${path}`, path);
  }
}

function makeFolders(root: string, folder: string): string[] {
  const first = orIoError(`make ${folder}`, folder, () => mkdirSync(folder, { recursive: true }));
  const made: string[] = [];
  // What had to be made above the root is none of ours
  const top = first === undefined || first.length < root.length ? root : first;
  for (let at = folder; first !== undefined && at.length >= top.length; at = dirname(at))
    made.unshift(relative(root, at));
  return made;
}

function tolerate(doing: string, path: string, codes: string[], work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isSystemError(error, ...codes)) throw ioError(error, doing, path);
  }
}
