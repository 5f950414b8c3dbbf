/** Committing what a session left, by plumbing: no hooks, no signing prompts, no editor. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { CommitOutcome, CommitRequest, WorktreeFacts } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";
import { gitDirOf } from "./git-dir.ts";
import { listMergeHeads } from "./operation.ts";
import { isReached } from "./rescue.ts";
import { DURABLE, requireKeepable, takeSnapshot, type LeftOut } from "./snapshot.ts";

/**
 * Commits all changes on `request.branch` and leaves the worktree on that branch at the new commit, or at those that were made on a detached HEAD, which
 * the branch then takes (`nothing` was committed by us). `elsewhere` when HEAD is on another branch, has left the branch's line, or an unfinished operation
 * leaves open what the changes mean.
 * @throws IncrError `unsafe` for what no commit can hold
 */
export async function commitWorktree(
  git: Git,
  path: string,
  facts: WorktreeFacts,
  request: CommitRequest,
  leaveOut: LeftOut,
): Promise<CommitOutcome> {
  requireKeepable(path, facts);
  const ref = `refs/heads/${request.branch}`;
  const tip = await git.text(["rev-parse", "--verify", "--quiet", ref], { cwd: path, okCodes: [0, 1] });
  const obstacle = await findObstacle(git, path, facts, request.branch, tip);
  if (obstacle !== null) return { kind: "elsewhere", why: obstacle, loose: await isLoose(git, path, facts) };
  const head = facts.head as string;
  if (facts.changed.length === 0 && facts.operation === null) {
    if (head === tip) return { kind: "nothing" };
    await git.run(["update-ref", "-m", "incr: take commits made on a detached HEAD", ref, head, tip], { cwd: path });
    await putBranchUnder(git, path, ref, head);
    return { kind: "nothing" };
  }
  const { files } = await takeSnapshot(git, path, facts, leaveOut, { exact: false });
  const parents = [head, ...listMergeHeads(gitDirOf(path))];
  // A crash after the commit leaves an index that looks like a change; there is nothing to commit again then.
  if (
    parents.length === 1 &&
    head === tip &&
    files === (await git.text(["rev-parse", `${head}^{tree}`], { cwd: path }))
  ) {
    await putBranchUnder(git, path, ref, head);
    return { kind: "nothing" };
  }
  const commit = await git.commit([...DURABLE, "commit-tree", files, ...parents.flatMap((oid) => ["-p", oid])], {
    cwd: path,
    input: request.message,
  });
  const reflog = "incr: commit the work of a session";
  await git.run([...DURABLE, "update-ref", "-m", reflog, ref, commit, tip], { cwd: path });
  await putBranchUnder(git, path, ref, commit);
  return { kind: "committed", commit };
}

/** Lets HEAD and the index follow what was committed behind their backs; files are right already. @param staged what the index is to hold */
export async function putBranchUnder(
  git: Git,
  path: string,
  ref: string,
  commit: string,
  staged: string = commit,
): Promise<void> {
  await git.run(["symbolic-ref", "-m", "incr: back on the session's branch", "HEAD", ref], { cwd: path });
  // Keeps what the index knows of the files, and what a sparse checkout leaves out.
  const kept = await git.run(["read-tree", "--reset", staged], { cwd: path, okCodes: [0, 128] });
  // git will not touch entries that were marked as never changing; they did change, so the marks go.
  if (kept.code !== 0) await git.run(["read-tree", staged], { cwd: path });
  await git.run(["update-index", "-q", "--refresh"], { cwd: path, okCodes: [0, 1] });
  rmSync(join(gitDirOf(path), "MERGE_HEAD"), { force: true });
}

async function findObstacle(
  git: Git,
  path: string,
  facts: WorktreeFacts,
  branch: string,
  tip: string,
): Promise<string | null> {
  if (tip === "") return `the branch ${branch} is gone`;
  if (facts.unmerged.length > 0) return `${facts.unmerged.length} files have unresolved conflicts`;
  if (facts.operation !== null && facts.operation !== "merge") return `a ${facts.operation} is unfinished`;
  if (facts.branch !== null && facts.branch !== branch) return `the workspace is on ${facts.branch}, not on ${branch}`;
  if (facts.head === null) return "the workspace is on a branch without commits";
  if (facts.branch === null && facts.head !== tip) {
    const { code } = await git.run(["merge-base", "--is-ancestor", tip, facts.head], { cwd: path, okCodes: [0, 1] });
    if (code !== 0) return `the workspace is at a commit that does not continue ${branch}`;
  }
  return null;
}

/** Whether something of it would be on no branch at all. */
async function isLoose(git: Git, path: string, facts: WorktreeFacts): Promise<boolean> {
  if (facts.changed.length > 0 || facts.operation !== null) return true;
  return facts.branch === null && facts.head !== null && !(await isReached(git, path, facts.head, []));
}
