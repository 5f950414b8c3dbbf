/**
 * Writing the todo ref. `git fast-import` makes blobs, trees and commit in one process, without checkout, index or hooks, and moves the ref by
 * compare-and-swap: under the ref's own lock, and only if the new commit contains the one that the ref is at.
 */
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { Git } from "../git/git.ts";
import { FORMAT_VERSION, README, README_FILE, TODO_REF, VERSION_FILE } from "./layout.ts";

export interface TodoWrite {
  /** Commit that the change was decided on; null for the first one. */
  onto: string | null;
  /** Who and when, in git's own form: `Name <email> 1767796200 +0100`. */
  identity: string;
  message: string;
  /** Path and text of each file to replace. */
  files: readonly (readonly [path: string, text: string])[];
  /** Whether to write the `version` file too. */
  withVersion: boolean;
}

/** The same in every repository, so that the todos of two clones have a common beginning and git can merge them. */
const BEGINNING = { identity: "incr <incr@localhost> 0 +0000", message: "Begin the list of todos" };

const SETTINGS = [
  // A power loss must not leave a ref that points to empty files; git by itself syncs only packs.
  "core.fsync=all",
  // As loose objects, which the next gc packs well: a pack for each change would make every later look-up slower.
  "fastimport.unpackLimit=100",
  // Another git process may hold the ref's lock for a moment (default 100 ms).
  "core.filesRefLockTimeout=1000",
].flatMap((setting) => ["-c", setting]);

/** True: done. False, with git's reason: the ref is somewhere else by now, or its lock could not be had. Errors: `git`, `io`. */
export async function writeTodos(git: Git, write: TodoWrite): Promise<{ ok: true } | { ok: false; reason: string }> {
  try {
    const args = [...SETTINGS, "fast-import", "--quiet", "--done", "--date-format=raw"];
    const { code, stderr } = await git.run(args, { input: stream(write), okCodes: [0, 1] });
    return code === 0 ? { ok: true } : { ok: false, reason: firstLine(stderr) };
  } catch (error) {
    removeLeftovers(git, error);
    throw error;
  }
}

function stream({ onto, identity, message, files, withVersion }: TodoWrite): string {
  const added = withVersion ? [[VERSION_FILE, `${FORMAT_VERSION}\n`] as const, [README_FILE, README] as const] : [];
  const parts: string[] = [];
  if (onto === null) parts.push(commit(BEGINNING.identity, BEGINNING.message, null), ...added.map(file));
  parts.push(commit(identity, message, onto));
  if (onto !== null) parts.push(...added.map(file));
  parts.push(...files.map(file), "done\n");
  return parts.join("");
}

function commit(identity: string, message: string, from: string | null): string {
  return `commit ${TODO_REF}\ncommitter ${identity}\n${data(`${message}\n`)}${from === null ? "" : `from ${from}\n`}`;
}

function file([path, text]: readonly [path: string, text: string]): string {
  return `M 100644 inline ${path}\n${data(text)}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function firstLine(stderr: string): string {
  return (stderr.split("\n").find((line) => line !== "") ?? "").replace(/^(fatal|error|warning): /, "");
}

/**
 * When fast-import dies, of a full disk say, it leaves a report in the git directory and the pack that it was writing, and names both; what matters of the
 * report stands in the error already, and the pack would fill the disk for good.
 */
function removeLeftovers(git: Git, error: unknown): void {
  if (!(error instanceof IncrError)) return;
  const stderr = String(error.data["stderr"]);
  const report = /dumping crash report to (.*fast_import_crash_\d+)/.exec(stderr)?.[1];
  const pack = /'(objects\/pack\/tmp_pack_\w+)'/.exec(stderr)?.[1];
  for (const path of [report, pack]) if (path !== undefined) rmSync(resolve(git.cwd, path), { force: true });
}
