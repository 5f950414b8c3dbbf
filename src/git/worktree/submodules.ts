/** Repositories inside a worktree's index. Submodules keep their commits in the worktree's private git directory: what was not pushed dies with it. */
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "../git.ts";
import { moveFolder, settleFolder } from "./aside.ts";
import { readIndexEntries, utf8 } from "./entries.ts";
import { gitDirOf } from "./git-dir.ts";

export interface LinkFacts {
  /** Repositories of their own, with their `.git` folder inside the worktree. */
  nested: string[];
  /** Submodules with commits or stashes that no remote branch of theirs reaches, each with the reason. */
  unpushed: string[];
}

/** @param links names of the gitlinks in the index, read as latin1 */
export async function examineLinks(git: Git, worktree: string, links: readonly string[]): Promise<LinkFacts> {
  const facts: LinkFacts = { nested: [], unpushed: [] };
  for (const path of populated(worktree, links)) {
    const inside = join(worktree, path);
    if (lstatSync(join(inside, ".git")).isDirectory()) {
      facts.nested.push(path);
      continue;
    }
    if (await hasUnpushed(git, inside)) facts.unpushed.push(`${path} has commits that were not pushed`);
    const deeper = await examineLinks(git, inside, (await readIndexEntries(git, inside)).links);
    facts.nested.push(...deeper.nested.map((name) => `${path}/${name}`));
    facts.unpushed.push(...deeper.unpushed.map((reason) => `${path}/${reason}`));
  }
  return facts;
}

/**
 * Empties the submodule folders, so that the worktree can be moved to another commit. Only for submodules that hold nothing of their own. Not by `git
 * submodule deinit`: that takes the submodule out of the configuration that the main checkout shares.
 */
export async function emptySubmodules(git: Git, worktree: string, links: readonly string[]): Promise<void> {
  for (const path of populated(worktree, links)) {
    const gitDir = gitDirOf(join(worktree, path));
    const moved = moveFolder(worktree, Buffer.from(path).toString("latin1"));
    // Looked at again where nobody finds it any more. Those inside of it know only the old place of their files.
    const look = ["status", "--porcelain", "--untracked-files=all", "--ignore-submodules=all"];
    let isSame = false;
    try {
      isSame = (await git.text([`--git-dir=${gitDir}`, `--work-tree=${moved}`, ...look], { cwd: moved })) === "";
    } finally {
      settleFolder(worktree, !isSame);
    }
  }
}

/** Whatever a branch, HEAD or a stash has and no remote branch does. A submodule without remote branches has nothing pushed. */
async function hasUnpushed(git: Git, submodule: string): Promise<boolean> {
  const { code, stdout } = await git.run(
    ["rev-list", "--max-count=1", "HEAD", "--branches", "--glob=refs/stash*", "--not", "--remotes"],
    { cwd: submodule, okCodes: [0, 128] },
  );
  return code !== 0 || stdout.length > 0;
}

function populated(worktree: string, links: readonly string[]): string[] {
  return links.map(utf8).filter((path) => existsSync(join(worktree, path, ".git")));
}
