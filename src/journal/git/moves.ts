/** When HEAD of a worktree moved, and where to: from its reflog. */
import type { Git } from "../../git/git.ts";

export interface Move {
  /** ISO time to the second. */
  at: string;
  commit: string;
}

/** How far back the reflog is read. */
const LIMIT = 2000;

/** Newest first; empty where no reflog is kept, and on a branch without commits. */
export async function listMoves(git: Git, worktree: string): Promise<Move[]> {
  // With `--date=unix` the selector reads HEAD@{1767797400}
  const args = [
    "log",
    "--walk-reflogs",
    "--date=unix",
    "--no-show-signature",
    "--no-color",
    "--format=%gd %H",
    `--max-count=${LIMIT}`,
    "HEAD",
    "--",
  ];
  let text: string;
  try {
    text = await git.text(args, { cwd: worktree });
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [, seconds, commit] = /^HEAD@\{(\d+)\} ([0-9a-f]+)$/.exec(line) ?? [];
    if (seconds === undefined || commit === undefined) return [];
    return [{ at: new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z"), commit }];
  });
}
