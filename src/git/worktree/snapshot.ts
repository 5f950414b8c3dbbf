/** Trees of what is in a worktree, written through a temporary index: the worktree, its index and its HEAD stay as they are. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { OwnFileTest } from "../../domain/own-files.ts";
import type { WorktreeFacts } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";
import { gitDirOf } from "./inspect.ts";

export interface Snapshot {
  /** Tree of the files: tracked, and untracked ones that are not ignored. */
  files: string;
  /** Tree of the index, or null while it holds conflicts. */
  index: string | null;
}

/**
 * @throws IncrError `unsafe` for what no tree can hold: nested repositories, submodules with work of their own
 */
export async function takeSnapshot(
  git: Git,
  path: string,
  facts: WorktreeFacts,
  leaveOut: OwnFileTest,
): Promise<Snapshot> {
  requireKeepable(path, facts);
  const gitDir = gitDirOf(path);
  const folder = mkdtempSync(join(gitDir, "incr-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    // A copy of the index spares hashing every unchanged file again.
    if (existsSync(join(gitDir, "index"))) copyFileSync(join(gitDir, "index"), env.GIT_INDEX_FILE);
    const before = await clearHidingFlags(git, path, env);
    await resetEntries(git, path, env, facts.head, before.filter(leaveOut));
    const index = facts.unmerged.length > 0 ? null : await git.text(["write-tree"], { cwd: path, env });
    await git.run(["-c", "core.safecrlf=false", "-c", "advice.addEmbeddedRepo=false", "add", "--all", "--", "."], {
      cwd: path,
      env,
    });
    const after = await git.text(["ls-files", "-z"], { cwd: path, env });
    await resetEntries(
      git,
      path,
      env,
      facts.head,
      after.split("\0").filter((file) => file !== "" && leaveOut(file)),
    );
    return { files: await git.text(["write-tree"], { cwd: path, env }), index };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

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

/**
 * Files marked assume-unchanged or skip-worktree hide their changes from git, from us too. Outside a sparse checkout nobody relies on the marks in a
 * temporary index, so they are dropped there. Returns the names of all entries.
 */
async function clearHidingFlags(git: Git, path: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const listed = await git.text(["ls-files", "-v", "-z"], { cwd: path, env });
  const entries = listed.split("\0").filter((line) => line !== "");
  const hidden = entries.filter((line) => /^[a-z]|^S/.test(line));
  const assumed = hidden.filter((line) => /^[a-z]/.test(line)).map((line) => line.slice(2));
  const skipped = hidden.filter((line) => /^[Ss]/.test(line)).map((line) => line.slice(2));
  if (assumed.length > 0) await updateIndex(git, path, env, "--no-assume-unchanged", assumed);
  // In a sparse checkout the file is absent on purpose; one that is there was written by somebody.
  const present = skipped.filter((file) => existsSync(join(path, file)));
  if (present.length > 0) await updateIndex(git, path, env, "--no-skip-worktree", present);
  return entries.map((line) => line.slice(2));
}

async function updateIndex(
  git: Git,
  path: string,
  env: NodeJS.ProcessEnv,
  flag: string,
  files: string[],
): Promise<void> {
  await git.run(["update-index", flag, "-z", "--stdin"], { cwd: path, env, input: files.join("\0") });
}

/** Puts index entries back to what HEAD has, or removes them. */
async function resetEntries(
  git: Git,
  path: string,
  env: NodeJS.ProcessEnv,
  head: string | null,
  files: string[],
): Promise<void> {
  if (files.length === 0) return;
  const unique = [...new Set(files)];
  const listed =
    head === null ? "" : await git.text(["ls-tree", "-r", "-z", "--full-tree", head, "--", ...unique], { cwd: path });
  const known = new Map(
    listed
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => [line.slice(line.indexOf("\t") + 1), line] as const),
  );
  const zero = "0".repeat(head?.length ?? 40);
  const lines = unique.map((file) => {
    const entry = known.get(file);
    if (entry === undefined) return `0 ${zero}\t${file}`;
    const [mode, , oid] = entry.slice(0, entry.indexOf("\t")).split(" ");
    return `${mode} ${oid} 0\t${file}`;
  });
  await git.run(["update-index", "-z", "--index-info"], { cwd: path, env, input: `${lines.join("\0")}\0` });
}
