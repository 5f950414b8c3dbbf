/** The worktrees that git knows of. */
import type { RegisteredWorktree } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";

/** Reads `git worktree list --porcelain -z`: records end with an empty line, the main checkout is the first. */
export async function listRegistered(git: Git): Promise<RegisteredWorktree[]> {
  const listed = await git.text(["worktree", "list", "--porcelain", "-z"]);
  const [, ...linked] = listed.split("\0\0").filter((record) => record !== "");
  return linked.map((record) => {
    const lines = record.split("\0");
    const value = (key: string) => lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
    return {
      path: value("worktree") ?? "",
      head: value("HEAD") ?? null,
      branch: value("branch")?.replace(/^refs\/heads\//, "") ?? null,
      prunable: lines.some((line) => line === "prunable" || line.startsWith("prunable ")),
    };
  });
}
