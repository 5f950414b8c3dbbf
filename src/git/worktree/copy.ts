/** Files that git does not carry into a worktree (`.env` and the like), copied from the main checkout. */
import {
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { Git } from "../git.ts";

export interface CopyOutcome {
  /** Paths relative to the worktree. */
  copied: string[];
  skipped: { name: string; why: string }[];
}

/** A link inside a folder is copied as a link; a name that is a link itself as what it leads to. */
interface Source {
  path: string;
  link: string | null;
}

/**
 * Copies files and folders; what the worktree tracks is left alone, what the main checkout lacks is skipped.
 * @param keep files of the worktree that must stay as they are
 */
export async function copyIntoWorktree(
  git: Git,
  mainRoot: string,
  worktree: string,
  names: readonly string[],
  keep: readonly string[] = [],
): Promise<CopyOutcome> {
  const outcome: CopyOutcome = { copied: [], skipped: [] };
  const sources = names.flatMap((name) => listSources(mainRoot, name, outcome));
  if (sources.length === 0) return outcome;
  const tracked = await git.text(["ls-files", "-z", "--", ...names.map((name) => `:(literal)${name}`)], {
    cwd: worktree,
  });
  const trackedFiles = new Set(tracked.split("\0"));
  const kept = new Set(keep);
  for (const { path, link } of sources) {
    if (kept.has(path)) continue;
    const why = trackedFiles.has(path) ? "it is tracked" : copyOne(mainRoot, worktree, path, link);
    if (why === null) outcome.copied.push(path);
    else outcome.skipped.push({ name: path, why });
  }
  return outcome;
}

/** Returns why it was not copied, or null. */
function copyOne(mainRoot: string, worktree: string, path: string, link: string | null): string | null {
  const target = join(worktree, path);
  try {
    mkdirSync(dirname(target), { recursive: true });
    // Never through a link that somebody put there.
    if (!isInside(realpathSync(worktree), join(realpathSync(dirname(target)), "x")))
      return "its folder is a link there";
    const there = lstatSync(target, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) return "a folder of that name is there";
    if (link !== null) {
      rmSync(target, { force: true });
      symlinkSync(link, target);
      return null;
    }
    if (there?.isSymbolicLink() === true) rmSync(target);
    // A file system that can shares the blocks.
    copyFileSync(join(mainRoot, path), target, constants.COPYFILE_FICLONE);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOTDIR") return "a file stands where its folder would be";
    if (code === "EACCES" || code === "ENOENT")
      return code === "EACCES" ? "it cannot be read" : "it went away meanwhile";
    throw error;
  }
}

/** @throws IncrError `config` if the name, or the link that it is, leads out of the repository */
function listSources(root: string, name: string, outcome: CopyOutcome): Source[] {
  const path = join(root, name);
  if (!isInside(root, path) || relative(root, path).split(sep)[0] === ".git") throw outside(name);
  if (!isThere(path)) {
    outcome.skipped.push({ name, why: "the main checkout has no such file" });
    return [];
  }
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    outcome.skipped.push({ name, why: "it is a link that leads nowhere" });
    return [];
  }
  if (!isInside(realpathSync(root), real)) throw outside(name);
  const file = relative(root, path);
  return statSync(real).isDirectory() ? listFolder(root, file, outcome) : [{ path: file, link: null }];
}

function listFolder(root: string, folder: string, outcome: CopyOutcome): Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry): Source[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFolder(root, path, outcome);
    if (entry.isFile()) return [{ path, link: null }];
    if (!entry.isSymbolicLink()) return []; // sockets and the like belong to a process
    const link = readlinkSync(join(root, path));
    if (isInside(root, resolve(root, folder, link))) return [{ path, link }];
    outcome.skipped.push({ name: path, why: "it is a link that leads out of the repository" });
    return [];
  });
}

/** Also where a file stands in place of its folder. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function isInside(root: string, path: string): boolean {
  const rest = relative(root, path);
  return rest !== "" && rest !== ".." && !rest.startsWith(`..${sep}`) && !rest.startsWith(sep);
}

function outside(name: string): IncrError {
  return new IncrError("config", `workspace.copy names ${name}, which leads out of the repository`, {
    hint: "name files inside the main checkout, relative to its root",
  });
}
