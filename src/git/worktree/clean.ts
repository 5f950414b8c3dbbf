/** Emptying a worktree for its next use, and moving it to where the next work starts. Whoever calls this has saved the work. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { Git } from "../git.ts";
import { gitDirOf, inspectWorktree, markerPaths, type InspectOptions } from "./inspect.ts";
import { requireKeepable } from "./snapshot.ts";
import { emptySubmodules } from "./submodules.ts";

/** Submodules are moved by us, never as a side effect of a checkout. */
const ALONE = ["-c", "submodule.recurse=false"];

/**
 * Drops changes, untracked files and unfinished operations, detaches HEAD, and verifies that nothing is left.
 * @throws IncrError `unsafe` if something would survive that the next holder would trip over, or be lost
 */
export async function cleanWorktree(
  git: Git,
  path: string,
  options: InspectOptions & { ignored: boolean },
): Promise<void> {
  const before = await inspectWorktree(git, path, options);
  if (before.kind !== "worktree") return;
  requireKeepable(path, before);
  const inside = git.in(path);
  await quitOperation(inside, before.operation);
  await clearHidingFlags(inside);
  await emptySubmodules(git, path);
  if (before.head !== null) await inside.run([...ALONE, "checkout", "--quiet", "--force", "--detach", before.head]);
  await inside.run([...ALONE, "clean", "--quiet", "--force", "-d", ...(options.ignored ? ["-x"] : [])]);
  for (const marker of markerPaths(path)) rmSync(marker, { force: true });
  const after = await inspectWorktree(git, path, { ...options, copied: [] });
  if (after.kind === "worktree" && after.changed.length === 0 && after.operation === null) return;
  throw new IncrError("unsafe", `${path} could not be cleaned: ${describeRest(after)}`, {
    hint: "look into it, then run `incr doctor`",
    data: { path },
  });
}

/** Moves a clean worktree. A branch that is checked out elsewhere, or stands elsewhere, is refused by git. */
export async function checkoutWorktree(
  git: Git,
  path: string,
  target: { commit: string; branch?: { name: string; create: boolean } },
): Promise<void> {
  const where =
    target.branch === undefined
      ? ["--detach", target.commit]
      : target.branch.create
        ? ["--no-track", "-b", target.branch.name, target.commit]
        : [target.branch.name];
  await git.run([...ALONE, "checkout", "--quiet", ...where], { cwd: path });
}

/** Registers and fills a worktree; one whose folder was deleted by hand is registered anew. A failure leaves nothing behind. */
export async function addWorktree(git: Git, path: string, commit: string): Promise<void> {
  const existed = existsSync(path);
  // git would make them for everybody to read.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // Twice --force: also where the entry of a vanished folder is locked.
    await git.run([...ALONE, "worktree", "add", "--force", "--force", "--quiet", "--detach", path, commit]);
  } catch (error) {
    if (!existed) await destroyWorktree(git, path).catch(() => {});
    throw error;
  }
}

export async function destroyWorktree(git: Git, path: string): Promise<void> {
  const removed = await git.run(["worktree", "remove", "--force", "--force", path], { okCodes: [0, 128] });
  // git refuses what is not registered, or broken; the folder lies in our own data directory and was saved.
  if (removed.code !== 0 || existsSync(path)) rmSync(path, { recursive: true, force: true });
}

/** Ends the book-keeping of a rebase or the like without touching files; a merge or cherry-pick ends with the forced checkout. */
async function quitOperation(inside: Git, operation: string | null): Promise<void> {
  const quit: Record<string, string[]> = {
    rebase: ["rebase", "--quit"],
    am: ["am", "--quit"],
    bisect: ["bisect", "reset", "HEAD"],
    "cherry-pick": ["cherry-pick", "--quit"],
    revert: ["revert", "--quit"],
  };
  const args = operation === null ? undefined : quit[operation];
  if (args !== undefined) await inside.run(args, { okCodes: [0, 1, 128] });
  // --quit leaves the commit that was being picked marked as unfinished.
  for (const name of ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"])
    rmSync(join(gitDirOf(inside.cwd), name), { force: true });
}

/** Marks that hide changes would let them survive a forced checkout. */
async function clearHidingFlags(inside: Git): Promise<void> {
  const listed = await inside.text(["ls-files", "-v", "-z"]);
  const assumed = listed.split("\0").filter((line) => /^[a-z]/.test(line));
  if (assumed.length === 0) return;
  const input = assumed.map((line) => line.slice(2)).join("\0");
  await inside.run(["update-index", "--no-assume-unchanged", "-z", "--stdin"], { input });
}

function describeRest(after: Awaited<ReturnType<typeof inspectWorktree>>): string {
  if (after.kind !== "worktree") return after.kind === "missing" ? "it is gone" : after.why;
  if (after.operation !== null) return `a ${after.operation} is unfinished`;
  return `${after.changed.slice(0, 3).join(", ")}${after.changed.length > 3 ? ", …" : ""} still there`;
}
