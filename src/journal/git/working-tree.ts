/** What is not committed in a worktree, for people: numbers, from one `git status`. */
import { isJournalFile } from "../../domain/journal/paths.ts";
import type { WorkingTree } from "../../domain/journal/counts.ts";
import type { Git } from "../../git/git.ts";

/** In a huge or slow repository a note must not wait for its context. */
const PATIENCE_MS = 2000;

/** Null if git fails, or does not answer in time. */
export async function readWorkingTree(git: Git, worktree: string): Promise<WorkingTree | null> {
  try {
    const args = ["-c", "status.renames=false", "status", "--porcelain=v2", "-z", "--untracked-files=normal"];
    const child = await git.start(args, { cwd: worktree });
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.resume();
    child.stdin?.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    clearTimeout(timer);
    return code === 0 ? countChanges(Buffer.concat(chunks).toString("utf8")) : null;
  } catch {
    return null;
  }
}

/** Counts the lines of `git status --porcelain=v2 -z` without renames; the journal's own files do not count. */
export function countChanges(output: string): WorkingTree {
  const tree: WorkingTree = { staged: 0, modified: 0, untracked: 0, conflicted: 0 };
  for (const line of output.split("\0")) {
    const [kind, states = "", ...fields] = line.split(" ");
    if (kind === "?" && !isJournalFile(line.slice(2))) tree.untracked += 1;
    // 1 XY sub mH mI mW hH hI path
    if (kind === "1" && !isJournalFile(fields.slice(6).join(" "))) {
      if (states[0] !== ".") tree.staged += 1;
      if (states[1] !== ".") tree.modified += 1;
    }
    // u XY sub m1 m2 m3 mW h1 h2 h3 path
    if (kind === "u" && !isJournalFile(fields.slice(8).join(" "))) tree.conflicted += 1;
  }
  return tree;
}
