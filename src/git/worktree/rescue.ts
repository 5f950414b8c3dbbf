/**
 * Rescues: commits under `refs/incr/rescue/` that hold what no branch reaches. First parent: the commit that was checked out. Then, where they add something:
 * the index as a commit, an unfinished merge or rebase as a commit, and the other heads of that. The tree is that of the files. Trailers of the message say
 * what is what.
 */
import { existsSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { RESCUE_PREFIX, RESTORED_PREFIX, rescueName } from "../../domain/branch.ts";
import { IncrError } from "../../domain/error.ts";
import type { RescueInfo, RescueRequest, WorktreeFacts } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";
import { bytes, utf8, withIndexCopy } from "./entries.ts";
import { gitDirOf } from "./git-dir.ts";
import { listOtherHeads, restoreOperation, writeOperationTree } from "./operation.ts";
import { DURABLE, EXACT, requireKeepable, takeSnapshot, type LeftOut } from "./snapshot.ts";

/** Keeps what no branch reaches; null if everything is safe already. */
export async function rescueWorktree(
  git: Git,
  path: string,
  facts: WorktreeFacts,
  request: RescueRequest,
  leaveOut: LeftOut,
): Promise<RescueInfo | null> {
  requireKeepable(path, facts);
  if (facts.changed.length === 0 && facts.operation === null) {
    if (facts.head === null || facts.branch !== null) return null;
    if (await isReached(git, path, facts.head, request.known ?? [])) return null;
  }
  const { files, index } = await takeSnapshot(git, path, facts, leaveOut, { exact: true });
  const operation = await writeOperationTree(git, path);
  const otherHeads = await listOtherHeads(git, gitDirOf(path), facts.head);
  return await writeRescue(git, path, request, { ...facts, files, index, operation, otherHeads });
}

/** The same for a worktree whose folder was deleted by hand: its commits and what was staged are in the private git directory that git still has. */
export async function rescueDeletedWorktree(
  git: Git,
  gitDir: string,
  request: RescueRequest,
): Promise<RescueInfo | null> {
  const registered: NodeJS.ProcessEnv = { GIT_DIR: gitDir };
  const oid = await git.text(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    env: registered,
    okCodes: [0, 1, 128],
  });
  const head = oid === "" ? null : oid;
  const name = await git.text(["symbolic-ref", "--quiet", "--short", "HEAD"], {
    env: registered,
    okCodes: [0, 1, 128],
  });
  const branch = name === "" ? null : name;
  const headTree = head === null ? null : await git.text(["rev-parse", `${head}^{tree}`]);
  // Conflicts cannot be written as a tree; what they were about is reached from the heads.
  const written = existsSync(join(gitDir, "index"))
    ? await git.text([...DURABLE, "write-tree"], { env: registered, okCodes: [0, 128] })
    : "";
  const index = written === "" ? headTree : written;
  const otherHeads = await listOtherHeads(git, gitDir, head);
  const staged = index !== headTree && index !== null;
  const loose = head !== null && branch === null && !(await isReached(git, gitDir, head, request.known ?? []));
  if (index === null || (!staged && !loose && otherHeads.length === 0)) return null;
  return await writeRescue(git, git.cwd, request, { head, branch, files: index, index, operation: null, otherHeads });
}

/** The commits of a branch that is going to be made anew. */
export async function rescueBranch(git: Git, name: string, tip: string, request: RescueRequest): Promise<RescueInfo> {
  const files = await git.text(["rev-parse", `${tip}^{tree}`]);
  const content = { head: tip, branch: name, files, index: files, operation: null, otherHeads: [] };
  return await writeRescue(git, git.cwd, request, content);
}

interface Content {
  head: string | null;
  branch: string | null;
  /** Trees. */
  files: string;
  index: string;
  operation: string | null;
  otherHeads: string[];
}

async function writeRescue(git: Git, cwd: string, request: RescueRequest, content: Content): Promise<RescueInfo> {
  const { head, branch } = content;
  const heads = head === null ? [] : [head];
  const commit = async (tree: string, on: string[], message: string) =>
    await git.commit([...DURABLE, "commit-tree", tree, ...on.flatMap((oid) => ["-p", oid])], { cwd, input: message });
  const headTree = head === null ? null : await git.text(["rev-parse", `${head}^{tree}`], { cwd });
  const index = content.index === headTree ? null : await commit(content.index, heads, "Index\n");
  const operation =
    content.operation === null ? null : await commit(content.operation, heads, "Unfinished operation\n");
  const trailers = [
    `Incr-Workspace: ${request.workspace}`,
    request.session_id === undefined ? null : `Incr-Session: ${request.session_id}`,
    request.todo_id === undefined ? null : `Incr-Todo: ${request.todo_id}`,
    head === null ? null : `Incr-Head: ${head}`,
    branch === null ? null : `Incr-Branch: ${branch}`,
    index === null ? null : `Incr-Index: ${index}`,
    operation === null ? null : `Incr-Operation: ${operation}`,
  ].filter((line) => line !== null);
  const message = `${request.reason.replaceAll(/\s+/g, " ")}\n\n${trailers.join("\n")}\n`;
  const parents = [...heads, ...[index, operation].filter((oid) => oid !== null), ...content.otherHeads];
  const oid = await commit(content.files, parents, message);
  await git.run([...DURABLE, "update-ref", "--create-reflog", "-m", request.reason, request.ref, oid, ""], { cwd });
  const found = (await readRescues(git, [request.ref]))[0];
  if (found === undefined) throw new IncrError("git", `${request.ref} was written and cannot be read back`);
  return found;
}

/** Brings files, index and an unfinished operation back into a clean worktree at the rescue's head. */
export async function restoreRescue(git: Git, path: string, rescue: RescueInfo): Promise<void> {
  const message = await git.text(["log", "-1", "--format=%B", rescue.commit], { cwd: path });
  await restoreFiles(git, path, rescue.commit);
  await git.run(["read-tree", "--reset", trailer(message, "Index") ?? "HEAD"], { cwd: path });
  const operation = trailer(message, "Operation");
  if (operation !== null) await restoreOperation(git, path, operation);
  if (rescue.head === null && rescue.branch !== null && !(await isBranch(git, rescue.branch))) {
    // A branch without commits was checked out, and still has none.
    await git.run(["symbolic-ref", "HEAD", `refs/heads/${rescue.branch}`], { cwd: path });
  }
  // Non-zero only says that some files differ from the index, which is the point.
  await git.run(["update-index", "-q", "--refresh"], { cwd: path, okCodes: [0, 1] });
}

/** Only what differs from HEAD is touched; a sparse checkout does not keep anything from coming back. */
async function restoreFiles(git: Git, path: string, commit: string): Promise<void> {
  const options = { cwd: path };
  const listed = await git.run(["diff-tree", "-r", "-z", "--no-renames", "--name-status", "HEAD", commit], options);
  const words = listed.stdout.toString("latin1").split("\0");
  const gone: string[] = [];
  const changed: string[] = [];
  for (let n = 0; n + 1 < words.length; n += 2) (words[n] === "D" ? gone : changed).push(words[n + 1] as string);
  for (const name of gone) removeFile(path, utf8(name));
  await withIndexCopy(path, async (env) => {
    await git.run(["read-tree", "--empty"], { ...options, env });
    await git.run([...WHOLE, "read-tree", commit], { ...options, env });
    const input = bytes(changed.map((name) => `${name}\0`).join(""));
    await git.run([...EXACT, ...WHOLE, "checkout-index", "--force", "-z", "--stdin"], { ...options, env, input });
  });
}

const WHOLE = ["-c", "core.sparseCheckout=false"];

/** With the folders that are empty then, as git does it. */
function removeFile(root: string, name: string): void {
  rmSync(join(root, name), { force: true });
  for (let folder = dirname(name); folder !== "."; folder = dirname(folder)) {
    try {
      rmdirSync(join(root, folder));
    } catch {
      return;
    }
  }
}

/** All of the repository, with those that were brought back, in the order of their refs. */
export async function listRescues(git: Git): Promise<RescueInfo[]> {
  return await readRescues(git, [RESCUE_PREFIX, RESTORED_PREFIX]);
}

/** Moves the ref to the restored ones, in one transaction of git. */
export async function markRestored(git: Git, rescue: RescueInfo): Promise<void> {
  if (rescue.restored) return;
  const lines = [
    `create ${RESTORED_PREFIX}${rescue.name}\0${rescue.commit}\0`,
    `delete ${rescue.ref}\0${rescue.commit}\0`,
  ];
  await git.run([...DURABLE, "update-ref", "-z", "--stdin"], { input: lines.join("") });
}

/**
 * Whether everything in a rescue is in another one of the same commit too, as after an emptying that was cut off and is begun again: what is as HEAD has it, or
 * gone, is nothing that had to be kept.
 */
export async function isCoveredBy(git: Git, rescue: RescueInfo, other: RescueInfo): Promise<boolean> {
  if (rescue.head !== other.head || (rescue.branch !== null && rescue.branch !== other.branch)) return false;
  for (const key of ["Index", "Operation"]) {
    const [own, theirs] = await Promise.all([rescue, other].map(async (one) => await partOf(git, one, key)));
    if (own !== null && own !== theirs) return false;
  }
  const missing = await listFiles(git, other.commit, rescue.commit);
  if (missing.length === 0) return true;
  const head = rescue.head ?? (await git.text(["hash-object", "-t", "tree", "--stdin"], { input: "" }));
  const changed = new Set(await listFiles(git, head, rescue.commit));
  return missing.every((name) => !changed.has(name));
}

/** Tree of the index or of the unfinished operation that a rescue holds. */
async function partOf(git: Git, { commit }: RescueInfo, key: string): Promise<string | null> {
  const part = trailer(await git.text(["log", "-1", "--format=%B", commit]), key);
  return part === null ? null : await git.text(["rev-parse", `${part}^{tree}`]);
}

/** Files that `to` has and `from` does not have like that. */
async function listFiles(git: Git, from: string, to: string): Promise<string[]> {
  const options = ["-r", "-z", "--no-renames", "--name-only", "--diff-filter=d"];
  const { stdout } = await git.run(["diff-tree", ...options, from, to]);
  return stdout
    .toString("latin1")
    .split("\0")
    .filter((name) => name !== "");
}

/** Deletes the ref, if it still stands at that commit. */
export async function dropRescue(git: Git, rescue: RescueInfo): Promise<void> {
  await git.run(["update-ref", "-d", rescue.ref, rescue.commit]);
}

/** Whether a branch, local or remote-tracking, or a commit that needs no keeping reaches `oid`. */
export async function isReached(git: Git, cwd: string, oid: string, known: readonly string[]): Promise<boolean> {
  if (known.includes(oid)) return true;
  const branches = ["refs/heads", "refs/remotes"];
  const found = await git.text(["for-each-ref", "--count=1", `--contains=${oid}`, "--format=%(refname)", ...branches], {
    cwd,
  });
  return found !== "";
}

async function isBranch(git: Git, name: string): Promise<boolean> {
  return (await git.run(["show-ref", "--verify", "--quiet", `refs/heads/${name}`], { okCodes: [0, 1] })).code === 0;
}

async function readRescues(git: Git, prefixes: string[]): Promise<RescueInfo[]> {
  // The trailers are read from the whole message: several trailer atoms in one format share their options in older versions of git.
  const format = "%(refname)%00%(objectname)%00%(committerdate:iso-strict)%00%(contents)%00%00";
  const listed = await git.text(["for-each-ref", "--sort=refname", `--format=${format}`, ...prefixes]);
  return listed
    .split("\0\0")
    .map((record) => record.replace(/^\n/, ""))
    .filter((record) => record !== "")
    .map((record) => {
      const [ref = "", commit = "", date = "", message = ""] = record.split("\0");
      const name = rescueName(ref);
      return {
        ref,
        name,
        commit,
        head: trailer(message, "Head"),
        branch: trailer(message, "Branch"),
        created_at: new Date(date).toISOString(),
        workspace: trailer(message, "Workspace") ?? name.split("/")[0] ?? "",
        session_id: trailer(message, "Session"),
        todo_id: trailer(message, "Todo"),
        reason: message.split("\n")[0] ?? "",
        restored: ref.startsWith(RESTORED_PREFIX),
      };
    });
}

function trailer(message: string, key: string): string | null {
  return new RegExp(`^Incr-${key}: (.+)$`, "m").exec(message)?.[1] ?? null;
}
