/**
 * Rescues: commits under `refs/incr/rescue/` that hold what no branch reaches. First parent: the commit that was checked out. Then, where they add something:
 * the index as a commit, and the other heads of an unfinished merge. The tree is that of the files. Trailers of the message say what is what.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RESCUE_PREFIX, RESTORED_PREFIX, rescueName } from "../../domain/branch.ts";
import { IncrError } from "../../domain/error.ts";
import type { OwnFileTest } from "../../domain/own-files.ts";
import type { RescueInfo, RescueRequest, WorktreeFacts } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";
import { gitDirOf } from "./inspect.ts";
import { requireKeepable, takeSnapshot } from "./snapshot.ts";

/** Keeps what no branch reaches; null if everything is safe already. */
export async function rescueWorktree(
  git: Git,
  path: string,
  facts: WorktreeFacts,
  request: RescueRequest,
  leaveOut: OwnFileTest,
): Promise<RescueInfo | null> {
  requireKeepable(path, facts);
  const otherHeads = listOtherHeads(gitDirOf(path)).filter((oid) => oid !== facts.head);
  if (facts.changed.length === 0 && otherHeads.length === 0) {
    if (facts.head === null || facts.branch !== null) return null;
    if (await isReached(git, path, facts.head, request.known ?? [])) return null;
  }
  const snapshot = await takeSnapshot(git, path, facts, leaveOut);
  const headTree = facts.head === null ? null : await git.text(["rev-parse", `${facts.head}^{tree}`], { cwd: path });
  const heads = facts.head === null ? [] : [facts.head];
  const index =
    snapshot.index === null || snapshot.index === headTree
      ? null
      : await git.commit(["commit-tree", snapshot.index, ...parents(heads), "-m", "Index"], { cwd: path });
  const trailers = [
    `Incr-Workspace: ${request.workspace}`,
    request.session_id === undefined ? null : `Incr-Session: ${request.session_id}`,
    request.todo_id === undefined ? null : `Incr-Todo: ${request.todo_id}`,
    facts.head === null ? null : `Incr-Head: ${facts.head}`,
    facts.branch === null ? null : `Incr-Branch: ${facts.branch}`,
    index === null ? null : `Incr-Index: ${index}`,
  ].filter((line) => line !== null);
  const message = `${request.reason.replaceAll(/\s+/g, " ")}\n\n${trailers.join("\n")}\n`;
  const all = [...heads, ...(index === null ? [] : [index]), ...otherHeads];
  const commit = await git.commit(["commit-tree", snapshot.files, ...parents(all)], { cwd: path, input: message });
  await git.run(["update-ref", "--create-reflog", "-m", request.reason, request.ref, commit, ""], { cwd: path });
  return await requireRescue(git, request.ref);
}

/** Brings files and index back into a clean worktree at the rescue's head. */
export async function restoreRescue(git: Git, path: string, rescue: RescueInfo): Promise<void> {
  const index = trailer(await git.text(["log", "-1", "--format=%B", rescue.commit], { cwd: path }), "Index");
  await git.run(["-c", "submodule.recurse=false", "read-tree", "-m", "-u", "HEAD", rescue.commit], { cwd: path });
  await git.run(["read-tree", index ?? "HEAD"], { cwd: path });
  // Non-zero only says that some files differ from the index, which is the point.
  await git.run(["update-index", "-q", "--refresh"], { cwd: path, okCodes: [0, 1] });
}

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
  await git.run(["update-ref", "-z", "--stdin"], { input: lines.join("") });
}

export async function dropRescue(git: Git, rescue: RescueInfo): Promise<void> {
  await git.run(["update-ref", "-d", rescue.ref, rescue.commit]);
}

async function requireRescue(git: Git, ref: string): Promise<RescueInfo> {
  const found = (await readRescues(git, [ref]))[0];
  if (found === undefined) throw new IncrError("git", `${ref} was written and cannot be read back`);
  return found;
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

/** Whether a branch, local or remote-tracking, or a commit that needs no keeping reaches `oid`. */
async function isReached(git: Git, path: string, oid: string, known: string[]): Promise<boolean> {
  if (known.includes(oid)) return true;
  const branches = ["refs/heads", "refs/remotes"];
  const found = await git.text(["for-each-ref", "--count=1", `--contains=${oid}`, "--format=%(refname)", ...branches], {
    cwd: path,
  });
  return found !== "";
}

/** Commits that an unfinished operation refers to and that nothing else may reach. */
function listOtherHeads(gitDir: string): string[] {
  const files = [
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "rebase-merge/orig-head",
    "rebase-apply/orig-head",
    "rebase-merge/stopped-sha",
  ];
  const oids = files
    .map((file) => join(gitDir, file))
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, "utf8").split("\n"))
    .filter((line) => /^[0-9a-f]{40,64}$/.test(line));
  return [...new Set(oids)];
}

function parents(oids: string[]): string[] {
  return oids.flatMap((oid) => ["-p", oid]);
}
