/** Emptying a worktree for its next use, and moving it to where the next work starts. Whoever calls this has saved the work. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { CheckoutTarget, Inspection } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";
import { showHidden } from "./entries.ts";
import { gitDirOf, isHalfMade, UNFILLED } from "./git-dir.ts";
import { inspectWorktree, lookInto, markerPaths, type InspectOptions } from "./inspect.ts";
import { quitOperation, resetSettings } from "./operation.ts";
import { requireKeepable } from "./snapshot.ts";
import { emptySubmodules } from "./submodules.ts";

/** Submodules are moved by us, never as a side effect of a checkout. */
const ALONE = ["-c", "submodule.recurse=false"];

export interface CleanOptions extends InspectOptions {
  /** Ignored files too. */
  ignored: boolean;
  /** Nobody can be at work in it: locks that a killed git left are removed. */
  abandoned: boolean;
  /** Called before anything is thrown away, if it is a worktree of this repository. */
  before(): Promise<void>;
}

/**
 * Drops changes, untracked files and unfinished operations, detaches HEAD, and verifies that nothing is left.
 * @returns what it was before; only a worktree of this repository is touched
 * @throws IncrError `unsafe` if something would survive that the next holder would trip over, or be lost
 */
export async function cleanWorktree(git: Git, path: string, options: CleanOptions): Promise<Inspection> {
  const { found: before, entries } = await lookInto(git, path, options);
  if (before.kind !== "worktree" || entries === null) return before;
  requireKeepable(path, before);
  await options.before();
  // A git that was killed leaves its locks; while somebody may be at work, they are respected.
  if (options.abandoned)
    for (const name of ["index.lock", "HEAD.lock"]) rmSync(join(gitDirOf(path), name), { force: true });
  await quitOperation(git, path);
  const settings = await resetSettings(git, path, options.commonDir);
  await showHidden(git, path, settings ? { ...entries, skipped: [...entries.skipped, ...entries.absent] } : entries);
  emptySubmodules(path, entries.links);
  const inside = git.in(path);
  if (before.head !== null) await inside.run([...ALONE, "checkout", "--quiet", "--force", "--detach", before.head]);
  else await leaveUnborn(inside);
  await inside.run([...ALONE, "clean", "--quiet", "--force", "-d", ...(options.ignored ? ["-x"] : [])]);
  for (const marker of markerPaths(path)) rmSync(marker, { force: true });
  await requireClean(git, path, options);
  return before;
}

/**
 * Removes what was ignored where the worktree stood before and is not ignored here: it would count as the next holder's work.
 * @throws IncrError `unsafe` if it cannot be removed
 */
export async function sweepWorktree(git: Git, path: string, options: InspectOptions): Promise<void> {
  const found = await inspectWorktree(git, path, { ...options, copied: [] });
  if (found.kind === "worktree" && found.changed.length === 0) return;
  await git.run([...ALONE, "clean", "--quiet", "--force", "-d"], { cwd: path });
  await requireClean(git, path, options);
}

async function requireClean(git: Git, path: string, options: InspectOptions): Promise<void> {
  const after = await inspectWorktree(git, path, { ...options, copied: [] });
  if (after.kind === "worktree" && after.changed.length === 0 && after.operation === null) return;
  throw new IncrError("unsafe", `${path} could not be cleaned: ${describeRest(after)}`, {
    hint: "look into it, then run `incr doctor`",
    data: { path },
  });
}

/** Moves a clean worktree. A branch that is checked out elsewhere, or stands elsewhere, is refused by git. */
export async function checkoutWorktree(git: Git, path: string, target: CheckoutTarget): Promise<void> {
  const where =
    target.branch === undefined
      ? ["--detach", target.commit]
      : target.branch.create
        ? ["--no-track", "-b", target.branch.name, target.commit]
        : [target.branch.name];
  // The dashes say that it is no file of that name.
  await git.run([...ALONE, "checkout", "--quiet", ...where, "--"], { cwd: path });
}

/**
 * Registers a worktree without files, which is the part that git cannot do twice at a time in one repository; one whose folder was deleted by hand is
 * registered anew. A failure leaves nothing behind.
 */
export async function addWorktree(git: Git, path: string, { commit, branch }: CheckoutTarget): Promise<void> {
  let existed = existsSync(path);
  if (existed && existsSync(join(path, ".git")) && isHalfMade(gitDirOf(path))) {
    await destroyWorktree(git, path);
    existed = false;
  }
  // git would make them for everybody to read.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // Twice --force: also where the entry of a vanished folder is locked.
    const how = ["--force", "--force", "--quiet", "--no-checkout", "--detach"];
    await git.run([...ALONE, "worktree", "add", ...how, path, commit]);
    writeFileSync(join(gitDirOf(path), UNFILLED), "");
    if (branch === undefined) return;
    const ref = `refs/heads/${branch.name}`;
    if (branch.create) await git.run(["update-ref", "-m", "incr: start", ref, commit, ""]);
    await git.run(["symbolic-ref", "-m", "incr: start", "HEAD", ref], { cwd: path });
  } catch (error) {
    if (!existed) await destroyWorktree(git, path).catch(() => {});
    throw error;
  }
}

/** Puts the files of HEAD into a worktree that `addWorktree` has registered. */
export async function fillWorktree(git: Git, path: string): Promise<void> {
  await git.run([...ALONE, "reset", "--hard", "--quiet"], { cwd: path });
  rmSync(join(gitDirOf(path), UNFILLED), { force: true });
}

/** The folder goes in one step, so that a crash leaves it whole or gone; what lies aside then is swept by the next one. */
export async function destroyWorktree(git: Git, path: string): Promise<void> {
  const aside = `${path}.removed`;
  rmSync(aside, { recursive: true, force: true });
  if (existsSync(path)) renameSync(path, aside);
  await forgetWorktree(git, path);
  rmSync(aside, { recursive: true, force: true });
}

/** Takes a worktree whose folder is gone out of git's list; without that its branch counts as checked out. */
export async function forgetWorktree(git: Git, path: string): Promise<void> {
  // git refuses what is not in its list.
  await git.run(["worktree", "remove", "--force", "--force", path], { okCodes: [0, 128] });
}

/** A branch without commits cannot be detached: its files go, and a later checkout leaves it. */
async function leaveUnborn(inside: Git): Promise<void> {
  await inside.run(["read-tree", "--empty"]);
}

function describeRest(after: Awaited<ReturnType<typeof inspectWorktree>>): string {
  if (after.kind !== "worktree") return after.kind === "missing" ? "it is gone" : after.why;
  if (after.operation !== null) return `a ${after.operation} is unfinished`;
  return `${after.changed.slice(0, 3).join(", ")}${after.changed.length > 3 ? ", …" : ""} still there`;
}
