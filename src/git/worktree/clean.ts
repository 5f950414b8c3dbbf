/**
 * Emptying a worktree for its next use, and moving it to where the next work starts. Whoever calls this has kept the work, and says how the worktree was then:
 * nothing is removed or overwritten that is different now.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { CheckoutTarget, Cleaning, KeptState, WorktreeFacts } from "../../ports/worktrees.ts";
import { fault } from "../../process/fault.ts";
import type { Git } from "../git.ts";
import { removeEmptyFolders, removeSeen, stampOf } from "./aside.ts";
import { bytes, showHidden, utf8, type IndexEntries } from "./entries.ts";
import { gitDirOf, isHalfMade, UNFILLED } from "./git-dir.ts";
import { inspectWorktree, lookInto, markerPaths, type InspectOptions, type Look } from "./inspect.ts";
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
 * Drops changes, untracked files and unfinished operations, detaches HEAD, and verifies that nothing is left. Only a worktree of this repository is touched.
 * No command of git is used that overwrites or deletes by itself: between its look and its deed somebody may write.
 * @throws IncrError `unsafe` if something would survive that the next holder would trip over, or be lost
 */
export async function cleanWorktree(git: Git, path: string, kept: KeptState, options: CleanOptions): Promise<Cleaning> {
  const { found, entries, files } = await lookInto(git, path, options);
  if (found.kind !== "worktree" || entries === null) return { found, late: [], touched: false };
  requireKeepable(path, found);
  const late = listLate(kept, found);
  if (late.length > 0) return { found, late, touched: false };
  await options.before();
  // A git that was killed leaves its locks; while somebody may be at work, they are respected.
  if (options.abandoned)
    for (const name of ["index.lock", "HEAD.lock"]) rmSync(join(gitDirOf(path), name), { force: true });
  fault("clean:compared");
  const removed = removeSeen(path, files);
  fault("clean:removed");
  const settled = await resetWorktree(git, path, { found, entries, files }, options);
  for (const name of await listUntrackedFolders(git, path)) removeEmptyFolders(path, name);
  if (options.ignored) await git.run([...ALONE, "clean", "--quiet", "--force", "-d", "-X"], { cwd: path });
  for (const marker of markerPaths(path)) rmSync(marker, { force: true });

  const after = await inspectWorktree(git, path, { ...options, copied: [] });
  if (after.kind === "worktree" && after.head === found.head && isClean(after))
    return { found, late: [], touched: true };
  // What is there again just as we made it, or cannot be moved, is nobody's late work.
  const known = new Map([...settled, ...removed.stuck.map((name) => [name, stampOf(path, name)] as const)]);
  const rest = after.kind === "worktree" ? listLate({ head: found.head, seen: known }, after) : [];
  if (rest.length === 0) throw notClean(path, after);
  return { found, late: rest, touched: true };
}

/** What is not as it was when it was kept: files, or the commit that is checked out. */
function listLate(kept: KeptState, { head, seen }: WorktreeFacts): string[] {
  const late = [...seen].filter(([name, stamp]) => kept.seen.get(name) !== stamp).map(([name]) => utf8(name));
  return head === kept.head ? late : ["HEAD", ...late];
}

/** Ends operations, brings index, settings and tracked files back to HEAD, and detaches it. Gives the stamps of the files that were made. */
async function resetWorktree(
  git: Git,
  path: string,
  { found, entries, files }: Look & { found: WorktreeFacts; entries: IndexEntries },
  options: InspectOptions,
): Promise<Map<string, string>> {
  await quitOperation(git, path);
  const settings = await resetSettings(git, path, options.commonDir);
  await showHidden(git, path, settings ? { ...entries, skipped: [...entries.skipped, ...entries.absent] } : entries);
  await emptySubmodules(git, path, entries.links);
  const inside = git.in(path);
  if (found.head === null) {
    // A branch without commits cannot be detached: its files go, and a later checkout leaves it.
    await inside.run(["read-tree", "--empty"]);
    return new Map();
  }
  const names = files.filter(({ tracked }) => tracked).map(({ name }) => name);
  const hidden = entries.assumed.length + entries.skipped.length > 0;
  if (settings || hidden || names.length > 0 || found.operation !== null) {
    await inside.run(["read-tree", "--reset", found.head]);
    // Without --force: what is there stays.
    const which = settings ? ["--all"] : ["-z", "--stdin"];
    const input = settings ? "" : bytes(names.map((name) => `${name}\0`).join(""));
    await inside.run([...ALONE, "checkout-index", "--index", "--quiet", ...which], { input, okCodes: [0, 1, 128] });
  }
  if (found.branch !== null) await detach(inside, found.head);
  return new Map(names.map((name) => [name, stampOf(path, name)]));
}

/** Only from where it was seen: a commit that was made since shows when it is looked at again. */
async function detach(inside: Git, head: string): Promise<void> {
  try {
    await inside.run(["update-ref", "--no-deref", "-m", "incr: leave the branch", "HEAD", head, head]);
  } catch (error) {
    if ((await inside.text(["rev-parse", "HEAD"], { okCodes: [0, 128] })) === head) throw error;
  }
}

/** Folders without tracked files, also empty ones. */
async function listUntrackedFolders(git: Git, path: string): Promise<string[]> {
  const listed = await git.run(["ls-files", "--others", "--directory", "--exclude-standard", "-z"], { cwd: path });
  const names = listed.stdout.toString("latin1").split("\0");
  return names.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1));
}

/**
 * Removes what was ignored where the worktree stood before and is not ignored here: it would count as the next holder's work.
 * @param since ISO time: what was written later was not ignored but is new, and stays
 * @returns what is new
 * @throws IncrError `unsafe` if it cannot be removed
 */
export async function sweepWorktree(git: Git, path: string, since: string, options: InspectOptions): Promise<string[]> {
  const { found, files } = await lookInto(git, path, { ...options, copied: [] });
  if (found.kind === "worktree" && found.changed.length === 0) return [];
  // stamps end with the time of the last change in nanoseconds; clocks of file systems go in ticks of some milliseconds.
  const from = BigInt(Date.parse(since) - 20) * 1_000_000n;
  const isNew = ({ stamp }: { stamp: string }) => BigInt(stamp.split(" ").at(-1) ?? "0") > from;
  const untracked = files.filter(({ tracked, stamp }) => !tracked && stamp !== "" && stamp !== "folder");
  removeSeen(
    path,
    untracked.filter((file) => !isNew(file)),
  );
  for (const name of await listUntrackedFolders(git, path)) removeEmptyFolders(path, name);
  const after = await inspectWorktree(git, path, { ...options, copied: [] });
  if (isClean(after)) return [];
  const swept = new Map(untracked.filter((file) => !isNew(file)).map(({ name, stamp }) => [name, stamp]));
  const late = after.kind === "worktree" ? listLate({ head: after.head, seen: swept }, after) : [];
  if (late.length === 0) throw notClean(path, after);
  return late;
}

type Inspected = Awaited<ReturnType<typeof inspectWorktree>>;

function isClean(after: Inspected): boolean {
  return after.kind === "worktree" && after.changed.length === 0 && after.operation === null;
}

function notClean(path: string, after: Inspected): IncrError {
  return new IncrError("unsafe", `${path} could not be cleaned: ${describeRest(after)}`, {
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

/** What `destroyWorktree` compares with. */
export interface DestroyOptions extends InspectOptions {
  kept: KeptState;
}

/**
 * The folder goes in one step, so that a crash leaves it whole or gone; what lies aside then is swept by the next one. Once nobody finds it any more it is
 * looked at again.
 * @param options without them nothing is looked at: it never was anybody's
 * @throws IncrError `unsafe` if something was written since it was kept; it is where it was then
 */
export async function destroyWorktree(git: Git, path: string, options?: DestroyOptions): Promise<void> {
  const aside = `${path}.removed`;
  rmSync(aside, { recursive: true, force: true });
  const gitDir = existsSync(join(path, ".git")) ? gitDirOf(path) : null;
  if (existsSync(path)) renameSync(path, aside);
  if (options !== undefined) await requireSame(git, path, aside, options);
  await forgetWorktree(git, path);
  // git notes where a worktree has gone when it is looked at there.
  if (gitDir !== null && existsSync(gitDir)) await forgetWorktree(git, aside);
  rmSync(aside, { recursive: true, force: true });
}

async function requireSame(git: Git, path: string, aside: string, options: DestroyOptions): Promise<void> {
  const { found } = await lookInto(git, aside, options);
  const late = found.kind === "worktree" ? listLate(options.kept, found) : [];
  if (late.length === 0) return;
  renameSync(aside, path);
  await git.run(["worktree", "repair", path], { okCodes: [0, 1] });
  throw new IncrError("unsafe", `files in ${path} were written while it was removed: ${late.slice(0, 3).join(", ")}`, {
    hint: "end what writes there, then try again; nothing was removed",
    data: { path, files: late.slice(0, 100) },
  });
}

/** Takes a worktree whose folder is gone out of git's list; without that its branch counts as checked out. */
export async function forgetWorktree(git: Git, path: string): Promise<void> {
  // git refuses what is not in its list.
  await git.run(["worktree", "remove", "--force", "--force", path], { okCodes: [0, 128] });
}

function describeRest(after: Inspected): string {
  if (after.kind !== "worktree") return after.kind === "missing" ? "it is gone" : after.why;
  if (after.operation !== null) return `a ${after.operation} is unfinished`;
  return `${after.changed.slice(0, 3).join(", ")}${after.changed.length > 3 ? ", …" : ""} still there`;
}
