/** Registering a worktree's folder anew after git forgot it: `git worktree prune` does that while a disk is not mounted, and `repair` cannot undo it. */
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import type { Git } from "../git.ts";
import { isTaken } from "../sighting.ts";

/**
 * The new entry is made elsewhere, without files, and its `.git` file is then put in place of the old one: what is in the folder is never touched. HEAD is
 * detached at `commit`, the index is that of the commit.
 */
export async function adoptWorktree(git: Git, commonDir: string, path: string, commit: string): Promise<boolean> {
  if (!wasWorktree(commonDir, path)) return false;
  const aside = join(commonDir, "incr", `adopt-${process.pid}`);
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(dirname(aside), { recursive: true });
  try {
    await git.run(["worktree", "add", "--force", "--force", "--quiet", "--no-checkout", "--detach", aside, commit]);
    renameSync(join(aside, ".git"), join(path, ".git"));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  await git.run(["worktree", "repair", path], { okCodes: [0, 1] });
  await git.run(["read-tree", commit], { cwd: path });
  await git.run(["update-index", "-q", "--refresh"], { cwd: path, okCodes: [0, 1] });
  return true;
}

/** Its `.git` file leads to an entry of this repository, and that entry is gone, or is that of another folder by now. */
function wasWorktree(commonDir: string, path: string): boolean {
  const dotGit = join(path, ".git");
  if (lstatSync(dotGit, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const target = /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(dotGit, "utf8"))?.[1];
  if (target === undefined || !target.startsWith(join(commonDir, "worktrees") + sep)) return false;
  return !existsSync(target) || isTaken(path);
}
