/** Submodules of a worktree keep their commits in the worktree's private git directory: what was not pushed dies with it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "../git.ts";

/** Populated submodules whose checked-out commit no remote branch of theirs reaches, each with the reason. */
export async function findUnpushedSubmodules(git: Git, worktree: string): Promise<string[]> {
  const problems: string[] = [];
  for (const path of await listPopulatedSubmodules(git, worktree)) {
    const inside = git.in(join(worktree, path));
    const reached = await inside.text(
      ["for-each-ref", "--count=1", "--contains=HEAD", "--format=%(refname)", "refs/remotes"],
      {
        okCodes: [0, 128, 129],
      },
    );
    if (reached === "") problems.push(`${path} has commits that were not pushed`);
  }
  return problems;
}

/** Empties the submodule folders, so that the worktree can be moved to another commit. Only for submodules that hold nothing of their own. */
export async function emptySubmodules(git: Git, worktree: string): Promise<void> {
  if ((await listPopulatedSubmodules(git, worktree)).length === 0) return;
  await git.run(["submodule", "--quiet", "deinit", "--force", "--all"], { cwd: worktree });
}

async function listPopulatedSubmodules(git: Git, worktree: string): Promise<string[]> {
  if (!existsSync(join(worktree, ".gitmodules"))) return [];
  const listed = await git.text(["ls-files", "--stage", "-z"], { cwd: worktree });
  return listed
    .split("\0")
    .filter((line) => line.startsWith("160000 "))
    .map((line) => line.slice(line.indexOf("\t") + 1))
    .filter((path) => existsSync(join(worktree, path, ".git")));
}
