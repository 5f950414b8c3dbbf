/**
 * Removing files from a worktree so that nothing is lost that somebody writes to them meanwhile: they are moved out of it first, and only what is still as it
 * was when the work was kept is removed. What is not goes back to where it was. Whoever dies in between leaves the folder of what was moved.
 */
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs";
import { IncrError } from "../../domain/error.ts";
import { fault } from "../../process/fault.ts";
import { bytes } from "./entries.ts";

/** Names are bytes read as latin1. */
export interface SeenFile {
  name: string;
  /** As `stampOf` gave it when the file was looked at. */
  stamp: string;
}

export interface SetAside {
  /** Not as they were any more; they stand where they stood. */
  late: string[];
  /** The system does not let them be moved. */
  stuck: string[];
}

/** What tells one state of a file from another one without reading it; empty if there is none. */
export function stampOf(root: string, name: string): string {
  const stat = lookAt(root, name);
  return stat === undefined ? "" : stat.isDirectory() ? "folder" : `${contentStamp(stat)} ${stat.ctimeNs}`;
}

/** When the last one of them was changed, in milliseconds since 1970; 0 if there is none. */
export function newestChange(stamps: Iterable<string>): number {
  let newest = 0;
  for (const stamp of stamps) newest = Math.max(newest, Number(stamp.split(" ")[4] ?? 0) / 1e6);
  return newest;
}

/** Moving a file changes the time of its entry, and nothing else. */
function contentStamp({ mode, ino, size, mtimeNs }: BigIntStats): string {
  return `${mode.toString(8)} ${ino} ${size} ${mtimeNs}`;
}

/** Removes files from the worktree at `root` that are as they were seen, with the folders that are empty then. */
export function removeSeen(root: string, files: readonly SeenFile[]): SetAside {
  const result: SetAside = { late: [], stuck: [] };
  const moved: { name: string; stamp: string }[] = [];
  for (const { name, stamp } of files) {
    const stat = lookAt(root, name);
    if (stat === undefined) continue;
    if (stat.isDirectory()) removeEmptyFolders(root, name);
    else if (`${contentStamp(stat)} ${stat.ctimeNs}` !== stamp) result.late.push(name);
    else {
      const outcome = move(root, name);
      if (outcome === "moved") moved.push({ name, stamp: contentStamp(stat) });
      else if (outcome === "stuck") result.stuck.push(name);
    }
  }
  fault("clean:moved");
  for (const { name, stamp } of moved) {
    const stat = lstatSync(at(movedFolder(root), name), { bigint: true, throwIfNoEntry: false });
    if (stat !== undefined && contentStamp(stat) !== stamp) result.late.push(putOneBack(root, name));
  }
  for (const { name } of moved) removeEmptyParents(root, name);
  discard(root);
  return result;
}

/**
 * Puts back what a process that died had moved out of the worktree at `root` and not removed yet. What has a new file in its place gets a name beside it.
 * @throws IncrError `unsafe` if that cannot be
 */
export function putBack(root: string): void {
  const folder = movedFolder(root);
  if (!existsSync(folder) || !existsSync(root)) return;
  for (const name of listFiles(folder, "")) putOneBack(root, name);
  rmSync(folder, { recursive: true, force: true });
}

/** Removes an untracked folder and those in it, as far as there are no files. Folders with files are not looked into: those are ignored ones, or new. */
export function removeEmptyFolders(root: string, name: string): void {
  try {
    const entries = readdirSync(at(root, name), { withFileTypes: true, encoding: "buffer" });
    if (entries.some((entry) => !entry.isDirectory() && !isPipe(entry))) return;
    for (const entry of entries) {
      const inside = `${name}/${entry.name.toString("latin1")}`;
      if (isPipe(entry)) unlinkSync(at(root, inside));
      else removeEmptyFolders(root, inside);
    }
    rmdirSync(at(root, name));
  } catch {
    // Something is in it, or it may not be removed: what counts is seen when the worktree is looked at again.
  }
}

/** git does not see them, and there is nothing in them to keep. */
function isPipe(entry: { isFIFO(): boolean; isSocket(): boolean }): boolean {
  return entry.isFIFO() || entry.isSocket();
}

/** Where what is to be removed lies until it is certain that it may be. Beside the worktree, so that moving is renaming. */
function movedFolder(root: string): string {
  return `${root}.moved`;
}

/** Moves a whole folder out of the worktree and leaves an empty one in its place. Gives where it lies until it is discarded. */
export function moveFolder(root: string, name: string): string {
  const target = at(movedFolder(root), name);
  mkdirSync(parentOf(target), { recursive: true, mode: 0o700 });
  renameSync(at(root, name), target);
  mkdirSync(at(root, name));
  return target.toString("utf8");
}

/** Puts what `moveFolder` moved back, also beside what was written there meanwhile; discards it if `keep` is false. */
export function settleFolder(root: string, keep: boolean): void {
  if (keep) putBack(root);
  else discard(root);
}

/** Sweeps what is certain to be kept; what is left of it by a crash goes with the next one. */
function discard(root: string): void {
  const removed = `${root}.removed`;
  rmSync(removed, { recursive: true, force: true });
  if (!existsSync(movedFolder(root))) return;
  renameSync(movedFolder(root), removed);
  rmSync(removed, { recursive: true, force: true });
}

/** Another file system is mounted inside the worktree, or there is no room for one more folder: what is removed here makes some. */
const IMMOVABLE = new Set(["EXDEV", "ENOSPC", "EDQUOT"]);

function move(root: string, name: string): "moved" | "gone" | "stuck" {
  const target = at(movedFolder(root), name);
  try {
    mkdirSync(parentOf(target), { recursive: true, mode: 0o700 });
    renameSync(at(root, name), target);
    return "moved";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "gone";
    if (code === undefined || !IMMOVABLE.has(code)) return "stuck";
  }
  // It was as it had been seen a moment ago.
  try {
    unlinkSync(at(root, name));
    return "gone";
  } catch {
    return "stuck";
  }
}

/** Gives the name that it has now. */
function putOneBack(root: string, name: string): string {
  const from = at(movedFolder(root), name);
  for (let number = 0; ; number += 1) {
    const free = number === 0 ? name : `${name}.incr-${number}`;
    try {
      mkdirSync(parentOf(at(root, free)), { recursive: true });
      if (lookAt(root, free) !== undefined) continue;
      placeNew(from, at(root, free));
      return free;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST" && number < 100) continue;
      throw new IncrError("unsafe", `${from.toString("utf8")} could not be put back into ${root}`, {
        hint: "move it to where you want it; it is work that was written while the workspace was emptied",
        data: { path: root },
        cause: error,
      });
    }
  }
}

/** Never in the place of another file, where the file system knows how. */
function placeNew(from: Buffer, to: Buffer): void {
  if (lstatSync(from).isSymbolicLink()) return renameSync(from, to);
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    return renameSync(from, to);
  }
  unlinkSync(from);
}

function removeEmptyParents(root: string, name: string): void {
  for (let end = name.lastIndexOf("/"); end > 0; end = name.lastIndexOf("/", end - 1)) {
    try {
      rmdirSync(at(root, name.slice(0, end)));
    } catch {
      return;
    }
  }
}

/** What lies at a name, if that is inside of the worktree: behind a link it would be somebody else's. */
function lookAt(root: string, name: string): BigIntStats | undefined {
  for (let end = name.indexOf("/"); end >= 0; end = name.indexOf("/", end + 1)) {
    if (lstatSync(at(root, name.slice(0, end)), { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  }
  return lstatSync(at(root, name), { bigint: true, throwIfNoEntry: false });
}

function listFiles(folder: string, below: string): string[] {
  return readdirSync(at(folder, below), { withFileTypes: true, encoding: "buffer" }).flatMap((entry) => {
    const name = `${below === "" ? "" : `${below}/`}${entry.name.toString("latin1")}`;
    return entry.isDirectory() ? listFiles(folder, name) : [name];
  });
}

function at(root: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), bytes(name)]);
}

function parentOf(path: Buffer): Buffer {
  return path.subarray(0, path.lastIndexOf("/"));
}
