/** Merging without a checkout: no index, no HEAD and no file of anybody is touched. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LineChange, MergeResult } from "../ports/worktrees.ts";
import type { Git } from "./git.ts";
import { DURABLE } from "./worktree/snapshot.ts";

/**
 * `git merge-tree --write-tree -z --name-only` (git-merge-tree documentation): the tree, then the files that conflict, each ended by NUL.
 * @param root the main checkout: versions of git that cannot read attributes from a commit (`merge=union`) take them from there
 */
export async function mergeTrees(git: Git, root: string, ours: string, theirs: string): Promise<MergeResult> {
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
  const { code, stdout } = await git.run([...DURABLE, ...args], {
    cwd: existsSync(root) ? root : git.cwd,
    env: { GIT_ATTR_SOURCE: ours },
    okCodes: [0, 1],
  });
  const [tree = "", ...files] = stdout
    .toString("utf8")
    .split("\0")
    .filter((word) => word !== "");
  return code === 0 ? { kind: "clean", tree } : { kind: "conflict", files: [...new Set(files)].toSorted() };
}

/** A commit by plumbing: no hooks, no signing. */
export async function commitTree(git: Git, tree: string, parents: readonly string[], message: string): Promise<string> {
  const on = parents.flatMap((oid) => ["-p", oid]);
  return await git.commit([...DURABLE, "commit-tree", tree, ...on], { input: message });
}

/** By compare-and-swap. */
export async function moveBranch(git: Git, name: string, to: string, from: string, why: string): Promise<boolean> {
  const ref = `refs/heads/${name}`;
  const moved = await git.run([...DURABLE, "update-ref", "--create-reflog", "-m", why, ref, to, from], {
    okCodes: [0, 128],
  });
  if (moved.code === 0) return true;
  // A stale value is an answer; a full disk is not.
  const now = await git.text(["rev-parse", "--verify", "--quiet", ref], { okCodes: [0, 1] });
  if (now !== from) return false;
  await git.run([...DURABLE, "update-ref", "--create-reflog", "-m", why, ref, to, from]);
  return true;
}

/** Merges count as what they brought into the line. Paths are compared here: git leaves merges out whose other side has the same. */
export async function listChanges(git: Git, other: string, tip: string): Promise<LineChange[]> {
  const how = ["--first-parent", "--diff-merges=first-parent", "--no-renames", "--name-only", "-z"];
  const listed = await git.run(["log", ...how, "--format=%x01%B%x00", tip, `^${other}`]);
  return listed.stdout
    .toString("utf8")
    .split("\u0001")
    .slice(1)
    .map((record) => {
      const [message = "", ...files] = record.split("\0");
      return { message: message.trim(), files: files.map((file) => file.trim()).filter((file) => file !== "") };
    });
}

/** With the markers that the person's own settings ask for. @param message what whoever commits it is offered */
export async function beginMerge(git: Git, path: string, theirs: string, message: string): Promise<void> {
  const how = ["--no-ff", "--no-commit", "--no-edit", "--no-verify", "--no-gpg-sign", "--no-stat", "--quiet"];
  await git.run(
    ["-c", "submodule.recurse=false", "-c", "rerere.enabled=false", "merge", ...how, "-m", message, theirs],
    {
      cwd: path,
      okCodes: [0, 1],
    },
  );
}

/** Only whole pairs count: half of one may be part of a text. */
export function listMarked(path: string, files: readonly string[]): string[] {
  return files.filter((file) => {
    try {
      const text = readFileSync(join(path, file), "latin1");
      return /^<{7} /m.test(text) && /^>{7} /m.test(text);
    } catch {
      return false;
    }
  });
}
