/** Trees of what is in a worktree, written through a temporary index: the worktree, its index and its HEAD stay as they are. */
import { IncrError } from "../../domain/error.ts";
import { MARKER_FILES, type OwnFileTest } from "../../domain/own-files.ts";
import type { WorktreeFacts } from "../../ports/worktrees.ts";
import { untilUndisturbed, type Git } from "../git.ts";
import { newestChange } from "./aside.ts";
import { bytes, readIndexEntries, showHidden, utf8, withIndexCopy } from "./entries.ts";

export interface Snapshot {
  /** Tree of the files: tracked, and untracked ones that are not ignored. */
  files: string;
  /** Tree of the index; paths with conflicts are not in it. */
  index: string;
}

export interface LeftOut {
  /** Stays out, and where it is tracked as HEAD has it. */
  own: OwnFileTest;
  /** Stays out if it is not tracked. */
  copied: OwnFileTest;
  /** Revision that says whether agents' answers are in the tree, and as what; default: HEAD, which an agent may have moved by committing them. */
  answersOf?: string;
}

/** Objects that a commit of work needs are on the disk before the worktree is emptied: the worktree was their only copy. */
export const DURABLE = ["-c", "core.fsync=objects,reference", "-c", "core.fsyncMethod=batch"];

/**
 * @param exact bytes as they are, where the repository's line end conversion would store others: for what is brought back, not for history
 * @throws IncrError `unsafe` for what no tree can hold: nested repositories, submodules with work of their own
 */
export async function takeSnapshot(
  git: Git,
  path: string,
  facts: WorktreeFacts,
  leaveOut: LeftOut,
  { exact }: { exact: boolean },
): Promise<Snapshot> {
  requireKeepable(path, facts);
  await outlastTick(facts);
  // Nothing but objects is written, and an index of our own.
  return await untilUndisturbed(async () => await snapshotOf(git, path, facts, leaveOut, exact));
}

async function snapshotOf(
  git: Git,
  path: string,
  facts: WorktreeFacts,
  leaveOut: LeftOut,
  exact: boolean,
): Promise<Snapshot> {
  return await withIndexCopy(path, async (env) => {
    const before = await readIndexEntries(git, path, env);
    await showHidden(git, path, before, env);
    if (facts.unmerged.length > 0) await forget(git, path, env, await listUnmerged(git, path, env));
    const reset = async (names: string[]) => {
      const answers = names.filter((name) => isAnswer(utf8(name)));
      await resetEntries(git, path, env, leaveOut.answersOf ?? facts.head, answers);
      const others = names.filter((name) => !isAnswer(utf8(name)));
      await resetEntries(git, path, env, facts.head, others);
    };
    await reset(before.names.filter((name) => leaveOut.own(utf8(name))));
    const index = await git.text([...DURABLE, "write-tree"], { cwd: path, env });
    if (exact) await forgetStats(git, path, env, facts.changed, before.lines);
    await git.run([...DURABLE, ...CONVERSION, ...(exact ? EXACT : []), "add", "--all", "--sparse", "--", "."], {
      cwd: path,
      env,
    });
    const tracked = new Set(before.names);
    const after = (await readIndexEntries(git, path, env)).names.filter(
      (name) => leaveOut.own(utf8(name)) || (!tracked.has(name) && leaveOut.copied(utf8(name))),
    );
    await reset(after);
    return { files: await git.text([...DURABLE, "write-tree"], { cwd: path, env }), index };
  });
}

const isAnswer: OwnFileTest = (path) => MARKER_FILES.some((name) => name === path);

/** Longer than the steps in which the kernel's clock for files goes. */
const TICK_MS = 20;

/** Of two changes within one tick the second does not show in the file's times: what was changed just now is read when that tick is over. */
async function outlastTick({ seen }: WorktreeFacts): Promise<void> {
  const left = newestChange(seen.values()) + TICK_MS - (performance.timeOrigin + performance.now());
  if (left > 0 && left <= TICK_MS) await new Promise((resolve) => setTimeout(resolve, left));
}

const CONVERSION = ["-c", "core.safecrlf=false", "-c", "advice.addEmbeddedRepo=false"];
/** Restoring has to use the same. */
export const EXACT = ["-c", "core.autocrlf=false"];

/** @throws IncrError `unsafe` with what stands in the way */
export function requireKeepable(path: string, facts: WorktreeFacts): void {
  const nested = facts.nested.map((name) => `${name} is a git repository of its own`);
  const problems = [...nested, ...facts.submodules];
  if (problems.length === 0) return;
  throw new IncrError("unsafe", `the work in ${path} cannot be kept by a commit: ${problems.join("; ")}`, {
    hint: "move it out of the workspace, or commit and push it from there; then try again",
    data: { path, nested: facts.nested, submodules: facts.submodules },
  });
}

/** Lets git read changed files again that it holds to be as they are in the index: it knows them only as they are after conversion. */
async function forgetStats(
  git: Git,
  path: string,
  env: NodeJS.ProcessEnv,
  changed: readonly string[],
  lines: ReadonlyMap<string, string>,
): Promise<void> {
  const staged = changed
    .map((name) => lines.get(Buffer.from(name).toString("latin1")))
    .filter((line) => line !== undefined);
  if (staged.length === 0) return;
  await git.run(["update-index", "-z", "--index-info"], { cwd: path, env, input: bytes(`${staged.join("\0")}\0`) });
}

async function listUnmerged(git: Git, path: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const listed = await git.run(["ls-files", "--unmerged", "-z"], { cwd: path, env });
  const lines = listed.stdout.toString("latin1").split("\0");
  return [...new Set(lines.filter((line) => line !== "").map((line) => line.slice(line.indexOf("\t") + 1)))];
}

/** Puts index entries back to what HEAD has, or removes them. */
async function resetEntries(
  git: Git,
  path: string,
  env: NodeJS.ProcessEnv,
  head: string | null,
  names: string[],
): Promise<void> {
  if (names.length === 0) return;
  await forget(git, path, env, names);
  if (head === null) return;
  const wanted = new Set(names);
  const listed = await git.run(["ls-tree", "-r", "-z", "--full-tree", head], { cwd: path });
  const lines = listed.stdout
    .toString("latin1")
    .split("\0")
    .filter((line) => wanted.has(line.slice(line.indexOf("\t") + 1)));
  if (lines.length === 0) return;
  await git.run(["update-index", "-z", "--index-info"], { cwd: path, env, input: bytes(`${lines.join("\0")}\0`) });
}

async function forget(git: Git, path: string, env: NodeJS.ProcessEnv, names: string[]): Promise<void> {
  await git.run(["update-index", "--force-remove", "-z", "--stdin"], {
    cwd: path,
    env,
    input: bytes(names.join("\0")),
  });
}
