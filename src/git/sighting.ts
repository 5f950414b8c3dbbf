/** What the files of git say about a folder that may be a worktree, without starting git. */
import { lstatSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { WorkspaceSighting } from "../domain/rebuild.ts";
import { isMark } from "./mark.ts";
import { findRepository } from "./repository.ts";

/** A folder without `.git` has nothing to say. */
export function sightWorktree(path: string): Omit<WorkspaceSighting, "repo" | "name" | "path"> {
  const gitDir = gitDirAt(path);
  const location = gitDir === null || isTaken(path) ? null : findRepository(path);
  if (gitDir === null || location === null || location.worktree !== realpathSync(path)) {
    return { gitDir, worktreeOf: null, leaseId: null, branch: null, branchStart: null };
  }
  const { root, commonDir } = location;
  const mark = readLine(join(commonDir, "incr", "id"));
  const branch = /^ref: refs\/heads\/(.+)$/.exec(readLine(join(gitDir, "HEAD")) ?? "")?.[1] ?? null;
  return {
    gitDir,
    worktreeOf: { root, commonDir, uid: mark !== null && isMark(mark) ? mark : null },
    leaseId: readLine(join(gitDir, "incr-lease")),
    branch,
    branchStart: branch === null ? null : firstCommit(join(commonDir, "logs", "refs", "heads", branch)),
  };
}

/**
 * Whether the entry that a folder's `.git` file names is that of another folder: entries are named after their folders, so that a repository made anew in the
 * place of another one uses the names again. An entry that leads nowhere is the folder's own, which was moved.
 */
export function isTaken(path: string): boolean {
  const gitDir = gitDirAt(path);
  const back = gitDir === null ? null : readLine(join(gitDir, "gitdir"));
  if (gitDir === null || back === null) return false;
  const owner = dirname(resolve(gitDir, back));
  return owner !== real(path) && owner !== path && gitDirAt(owner) === gitDir;
}

/** The first entry of a reflog is `<zeros> <commit> <who> <when>\t<why>`: the making of the branch. */
function firstCommit(reflog: string): string | null {
  return /^0+ ([0-9a-f]{40,64}) /.exec(readLine(reflog) ?? "")?.[1] ?? null;
}

/** The private git directory that a folder names; its own if it is a main checkout. */
function gitDirAt(path: string): string | null {
  const dotGit = join(path, ".git");
  const stat = lstatSync(dotGit, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return dotGit;
  if (stat?.isFile() !== true) return null;
  const target = /^gitdir: (.+)$/.exec(readLine(dotGit) ?? "")?.[1];
  return target === undefined ? null : resolve(path, target);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readLine(path: string): string | null {
  try {
    const line = readFileSync(path, "utf8").split("\n")[0]?.trim();
    return line === undefined || line === "" ? null : line;
  } catch {
    return null;
  }
}
