/** The private git directory of a worktree: HEAD, index and unfinished operations of this worktree alone. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";

/** Absolute path of the worktree's own git directory, where its HEAD and index are. */
export function gitDirOf(worktree: string): string {
  const dotGit = join(worktree, ".git");
  if (lstatSync(dotGit).isDirectory()) return dotGit;
  return resolve(worktree, linkTarget(readFileSync(dotGit, "utf8")) ?? "");
}

/** What a `.git` file points to; git takes everything up to the last line ends, so that a path may hold any character. */
export function linkTarget(text: string): string | undefined {
  return /^gitdir: (.+?)[\r\n]*$/s.exec(text)?.[1];
}

/** The private git directory that is registered for a worktree whose folder is gone, or undefined. */
export function registeredGitDir(commonDir: string, worktree: string): string | undefined {
  const folder = join(commonDir, "worktrees");
  const wanted = join(realOf(worktree), ".git");
  return readNames(folder)
    .map((name) => join(folder, name))
    .find((gitDir) => {
      const registered = readText(join(gitDir, "gitdir"))?.replace(/[\r\n]+$/, "");
      return registered !== undefined && resolve(gitDir, registered) === wanted;
    });
}

/** In the private git directory of a worktree that does not have its files yet. */
export const UNFILLED = "incr-unfilled";

/** A worktree that was never filled, because whoever made it was killed; of its own steps git says so in the reason of a lock. */
export function isHalfMade(gitDir: string): boolean {
  return existsSync(join(gitDir, UNFILLED)) || readText(join(gitDir, "locked"))?.trim() === "initializing";
}

function realOf(path: string): string {
  const parent = resolve(path, "..");
  try {
    return join(realpathSync(parent), path.slice(path.lastIndexOf("/") + 1));
  } catch {
    return path;
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
