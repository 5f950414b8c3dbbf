/** Branches against a base, for all of them with two processes. */
import type { BranchReport } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";

const FORMAT = ["%(refname:lstrip=2)", "%(objectname)", "%(committerdate:iso-strict)", "%(worktreepath)"].join("%00");

export async function reportBranches(git: Git, prefix: string, base: string): Promise<BranchReport[]> {
  const [merged, open] = await Promise.all(
    ["--merged", "--no-merged"].map((filter) => list(git, prefix, `${filter}=${base}`, filter === "--merged")),
  );
  return [...(merged ?? []), ...(open ?? [])].toSorted((a, b) => (a.committed_at < b.committed_at ? 1 : -1));
}

async function list(git: Git, prefix: string, filter: string, merged: boolean): Promise<BranchReport[]> {
  const listed = await git.text(["for-each-ref", `--format=${FORMAT}`, filter, `refs/heads/${prefix}`]);
  return listed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", tip = "", date = "", worktree = ""] = line.split("\0");
      return {
        name,
        tip,
        committed_at: new Date(date).toISOString(),
        merged,
        worktree: worktree === "" ? null : worktree,
      };
    });
}
