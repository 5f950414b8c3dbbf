/** The git side of jobs: the adapter behind the `JobCommits` port. */
import { IncrError } from "../domain/error.ts";
import { ownFileTest } from "../domain/own-files.ts";
import type { JobCommits, StandRequest } from "../ports/job-commits.ts";
import type { WorktreeFacts } from "../ports/worktrees.ts";
import type { Git } from "./git.ts";
import { putBranchUnder } from "./worktree/commit.ts";
import { copyTest, inspectWorktree } from "./worktree/inspect.ts";
import { DURABLE, requireKeepable, takeSnapshot } from "./worktree/snapshot.ts";

export interface JobCommitsOptions {
  git: Git;
  commonDir: string;
  /** Root of the main checkout. */
  mainRoot: string;
  /** Whether the main checkout has workstreams, whose folder is ours then. */
  workstreams: boolean;
}

/** What git does for jobs in one repository. */
export function createJobCommits({ git: anywhere, commonDir, mainRoot, workstreams }: JobCommitsOptions): JobCommits {
  const git = anywhere.in(commonDir);
  const isOwnFile = ownFileTest(workstreams);

  async function writeTree(path: string, copied: readonly string[]): Promise<string> {
    const options = { commonDir, mainRoot, isOwnFile, copied: [...copied] };
    const found = await inspectWorktree(git, path, options);
    if (found.kind !== "worktree") {
      const why = found.kind === "missing" ? "the folder is gone" : found.why;
      throw new IncrError("unsafe", `what is in ${path} cannot be committed: ${why}`, { data: { path } });
    }
    requireKeepable(path, found);
    requireFinished(path, found);
    const leaveOut = { own: isOwnFile, copied: copyTest(path, options) };
    return (await takeSnapshot(git, path, found, leaveOut, { exact: false })).files;
  }

  async function standOn(path: string, { branch, commit, from, staged }: StandRequest): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const tip = await git.text(["rev-parse", "--verify", "--quiet", ref], { okCodes: [0, 1] });
    const isContinued =
      tip !== "" && (await git.run(["merge-base", "--is-ancestor", from, tip], { okCodes: [0, 1] })).code === 0;
    if (!isContinued) {
      const why =
        tip === "" ? "is gone" : `stands at ${tip.slice(0, 12)}, which does not continue ${from.slice(0, 12)}`;
      throw new IncrError("conflict", `the branch ${branch} ${why}`, {
        hint: `git log --oneline ${from.slice(0, 12)}..${commit.slice(0, 12)} has the work of the job`,
        data: { branch, tip, commit },
      });
    }
    if (tip !== commit)
      await git.run([...DURABLE, "update-ref", "-m", "incr: commit a change of a job", ref, commit, tip]);
    await putBranchUnder(git, path, ref, commit, staged);
  }

  return {
    writeTree,
    treeOf: (commit) => git.text(["rev-parse", "--verify", `${commit}^{tree}`]),
    makeCommit: (path, { tree, parent, message }) =>
      git.commit([...DURABLE, "commit-tree", tree, "-p", parent], { cwd: path, input: message }),
    async listDifferences(from, to) {
      const listed = await git.text(["diff-tree", "-r", "-z", "--no-renames", "--name-only", from, to]);
      return listed.split("\0").filter((name) => name !== "");
    },
    standOn,
    async listCommits(base, tip) {
      const listed = await git.text(["log", "--reverse", "--format=%h %s", tip, `^${base}`]);
      return listed.split("\n").filter((line) => line !== "");
    },
  };
}

/** What is in the middle of something means nothing yet. */
function requireFinished(path: string, { unmerged, operation }: WorktreeFacts): void {
  if (unmerged.length === 0 && operation === null) return;
  const what = operation === null ? `unresolved conflicts in ${unmerged.join(", ")}` : `an unfinished ${operation}`;
  throw new IncrError("unsafe", `what is in ${path} cannot be committed: there is ${what}`, {
    hint: `finish it in ${path}, or undo it`,
    data: { path, operation, unmerged },
  });
}
