/** Which repository a folder belongs to, found by reading `.git` files: no git process, so that every command starts fast. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { LostRepository } from "../domain/repo.ts";

/** Where a folder stands. All paths are absolute with symlinks resolved. */
export interface RepositoryLocation {
  /** Root of the main checkout; for a bare repository the repository itself. One repository has one root, whatever worktree one stands in. */
  root: string;
  /** The git directory that all worktrees share. */
  commonDir: string;
  /** Root of the worktree that holds the folder, main or linked; null in a bare repository. */
  worktree: string | null;
  /** True in a worktree that is not the main one. */
  linked: boolean;
  bare: boolean;
}

/** The repository that `folder` belongs to, or null. Reads only; never follows `GIT_DIR` (it is set inside hooks for another purpose). */
export function findRepository(folder: string): RepositoryLocation | null {
  let at: string;
  try {
    // Much faster than the one that is written in JavaScript
    at = realpathSync.native(folder);
  } catch {
    return null;
  }
  for (;;) {
    const found = repositoryAt(at);
    if (found) return found;
    const parent = dirname(at);
    if (parent === at) return null;
    at = parent;
  }
}

function repositoryAt(folder: string): RepositoryLocation | null {
  const dotGit = join(folder, ".git");
  const kind = kindOf(dotGit);
  if (kind === "folder" && isGitDir(dotGit)) return location(realpathSync.native(dotGit), folder);
  if (kind === "file") {
    const gitDir = linkedGitDir(folder);
    if (gitDir === null) return null;
    const common = readText(join(gitDir, "commondir"))?.replace(/[\r\n]+$/, "");
    if (common === undefined) return location(gitDir, folder);
    const commonDir = real(resolve(gitDir, common));
    if (commonDir === null) return null;
    return { ...location(commonDir, null), worktree: folder, linked: true };
  }
  // Inside a git directory: a bare repository, or a hook that runs there.
  return isGitDir(folder) ? location(folder, null) : null;
}

/** The repository that a folder, or one above it, says it is a worktree of, if that is not there any more; undefined if none says so. */
export function findLostRepository(folder: string): LostRepository | undefined {
  for (let worktree = folder; ; worktree = dirname(worktree)) {
    const gitDir = kindOf(join(worktree, ".git")) === "file" ? linkTarget(worktree) : undefined;
    if (gitDir !== undefined && !existsSync(gitDir)) {
      // Those of linked worktrees are in the common git directory, which is in the main checkout unless it is bare.
      return { worktree, root: gitDir.replace(/\/worktrees\/[^/]+$/, "").replace(/\/\.git$/, "") };
    }
    if (worktree === dirname(worktree)) return undefined;
  }
}

/** What the `.git` file of a folder leads to; null if there is no such file, or nothing where it leads. */
function linkedGitDir(folder: string): string | null {
  const target = linkTarget(folder);
  return target === undefined ? null : real(target);
}

function linkTarget(folder: string): string | undefined {
  // git takes everything up to the last line ends, so that a path may hold any character.
  const target = /^gitdir: (.+?)[\r\n]*$/s.exec(readText(join(folder, ".git")) ?? "")?.[1];
  return target === undefined ? undefined : resolve(folder, target);
}

function location(commonDir: string, worktree: string | null): RepositoryLocation {
  const config = readText(join(commonDir, "config")) ?? "";
  if (/^\s*bare\s*=\s*true\s*$/im.test(config)) {
    return { root: commonDir, commonDir, worktree: null, linked: false, bare: true };
  }
  const main = worktree ?? mainCheckout(commonDir, config);
  return { root: main, commonDir, worktree: main, linked: false, bare: false };
}

/** The main checkout as seen from its git directory. */
function mainCheckout(commonDir: string, config: string): string {
  const configured = /^\s*worktree\s*=\s*"?(.+?)"?\s*$/im.exec(config)?.[1];
  if (configured !== undefined) return real(resolve(commonDir, configured)) ?? commonDir;
  if (basename(commonDir) === ".git") return dirname(commonDir);
  // With `git init --separate-git-dir` git itself does not know; we have noted it when we were there.
  const noted = readText(join(commonDir, MAIN_CHECKOUT_NOTE))?.replace(/\n$/, "");
  return noted !== undefined && linkedGitDir(noted) === commonDir ? noted : commonDir;
}

/** In the common git directory: path of the main checkout, where that cannot be found otherwise. */
export const MAIN_CHECKOUT_NOTE = join("incr", "main-checkout");

function isGitDir(folder: string): boolean {
  return (
    kindOf(join(folder, "HEAD")) === "file" &&
    kindOf(join(folder, "objects")) === "folder" &&
    kindOf(join(folder, "refs")) === "folder"
  );
}

function kindOf(path: string): "file" | "folder" | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : found.isDirectory() ? "folder" : "file";
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function real(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}
