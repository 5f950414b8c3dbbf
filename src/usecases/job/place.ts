/** HEAD and index of the checkout: where they belong, whatever an agent did with them. */
import { requireRepository } from "../app.ts";
import type { Attempt } from "./attempt.ts";

/** HEAD on the job's branch, that where it was accepted last, the index with the files that are there. @param tree of those files; undefined: they can be in no tree @throws IncrError `conflict` */
export async function putInPlace({ app, directory, job }: Attempt, tree: string | undefined): Promise<void> {
  const { branch = "", tip = "" } = job;
  const staged = tree === undefined ? {} : { staged: tree };
  await requireRepository(app).jobCommits.standOn(directory, { branch, commit: tip, from: tip, ...staged });
}

/**
 * An agent can go on with its conversation only where its branch is checked out. Puts that right if it can be.
 * @returns false in the middle of a rebase or the like, which is for an agent to finish or undo
 */
export async function isOnBranch(attempt: Attempt): Promise<boolean> {
  const { app, directory, job, copied } = attempt;
  const { worktrees, jobCommits } = requireRepository(app);
  const { branch, commit } = await worktrees.readHead(directory);
  if (branch === job.branch) return true;
  const found = await worktrees.inspect(directory, copied);
  if (commit === null || found.kind !== "worktree" || found.operation !== null || found.unmerged.length > 0)
    return false;
  const isKeepable = found.nested.length === 0 && found.submodules.length === 0;
  const expected = { branch: branch ?? "", commit, tree: await jobCommits.treeOf(commit) };
  await putInPlace(attempt, isKeepable ? (await jobCommits.look(directory, expected, copied)).tree : undefined);
  return true;
}
