/** The git side of a repository's workspaces: the adapter behind the `Worktrees` port. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownFileTest, type OwnFileTest } from "../domain/own-files.ts";
import { IncrError } from "../domain/error.ts";
import type { Inspection, WorktreeFacts, Worktrees } from "../ports/worktrees.ts";
import type { Git } from "./git.ts";
import type { RepositoryLocation } from "./repository.ts";
import { adoptWorktree } from "./worktree/adopt.ts";
import { reportBranches } from "./worktree/branches.ts";
import { addWorktree, checkoutWorktree, cleanWorktree, destroyWorktree } from "./worktree/clean.ts";
import { commitWorktree } from "./worktree/commit.ts";
import { copyIntoWorktree } from "./worktree/copy.ts";
import { gitDirOf, inspectWorktree } from "./worktree/inspect.ts";
import { isAncestor, isMerged } from "./worktree/merged.ts";
import { listRegistered } from "./worktree/registered.ts";
import * as rescues from "./worktree/rescue.ts";

/** Fixed in every respect, so that all attempts in a repository without commits share one root. */
const EMPTY_COMMIT_ENVIRONMENT = {
  GIT_AUTHOR_NAME: "incr",
  GIT_AUTHOR_EMAIL: "incr@localhost",
  GIT_AUTHOR_DATE: "0 +0000",
  GIT_COMMITTER_NAME: "incr",
  GIT_COMMITTER_EMAIL: "incr@localhost",
  GIT_COMMITTER_DATE: "0 +0000",
};

export interface WorktreesOptions {
  git: Git;
  location: RepositoryLocation;
  /** Runs `work` under the lock file at `path`. */
  withLock: <T>(path: string, work: () => Promise<T>) => Promise<T>;
}

export function createWorktrees({ git: anywhere, location, withLock }: WorktreesOptions): Worktrees {
  // The common git directory is always there, also for a bare repository or when the main checkout is being moved.
  const git = anywhere.in(location.commonDir);
  const isOwnFile: OwnFileTest = ownFileTest(existsSync(join(location.root, "work", "index.json")));
  const inspection = { commonDir: location.commonDir, mainRoot: location.root, isOwnFile };

  async function requireWorktree(path: string): Promise<WorktreeFacts> {
    const found = await inspectWorktree(git, path, { ...inspection, copied: [] });
    if (found.kind === "worktree") return found;
    throw new IncrError("unsafe", `${path} is not a worktree of this repository any more`, { hint: "incr doctor" });
  }
  async function resolveCommit(rev: string): Promise<string | null> {
    if (rev.startsWith("-")) return null;
    const oid = await git.text(["rev-parse", "--verify", "--quiet", "--end-of-options", `${rev}^{commit}`], {
      okCodes: [0, 1, 128],
    });
    return /^[0-9a-f]{40,64}$/.test(oid) ? oid : null;
  }
  async function branchTip(name: string): Promise<string | null> {
    const oid = await git.text(["rev-parse", "--verify", "--quiet", `refs/heads/${name}`], { okCodes: [0, 1] });
    return oid === "" ? null : oid;
  }
  async function emptyCommit(): Promise<string> {
    const tree = await git.text(["hash-object", "-w", "-t", "tree", "--stdin"], { input: "" });
    return await git.text(["commit-tree", tree, "-m", "Start"], { env: EMPTY_COMMIT_ENVIRONMENT });
  }
  function leaseMark(path: string): string {
    return join(gitDirOf(path), "incr-lease");
  }

  return {
    lock: (work) => withLock(join(location.commonDir, "incr", "lock"), work),
    resolveCommit,
    headCommit: () => resolveCommit("HEAD"),
    emptyCommit,
    inspect: (path, copied = []): Promise<Inspection> => inspectWorktree(git, path, { ...inspection, copied }),
    add: (path, commit) => addWorktree(git, path, commit),
    async repair(paths) {
      await git.run(["worktree", "repair", ...paths], { okCodes: [0, 1] });
    },
    listRegistered: () => listRegistered(git),
    adopt: (path, commit) => adoptWorktree(git, location.commonDir, path, commit),
    destroy: (path) => destroyWorktree(git, path),
    async rescue(path, request) {
      return await rescues.rescueWorktree(git, path, await requireWorktree(path), request, isOwnFile);
    },
    async commitAll(path, request) {
      return await commitWorktree(git, path, await requireWorktree(path), request, isOwnFile);
    },
    clean: (path, options = {}) =>
      cleanWorktree(git, path, { ...inspection, copied: options.copied ?? [], ignored: options.ignored ?? false }),
    checkout: (path, target) => checkoutWorktree(git, path, target),
    restore: (path, rescue) => rescues.restoreRescue(git, path, rescue),
    listRescues: () => rescues.listRescues(git),
    markRestored: (rescue) => rescues.markRestored(git, rescue),
    dropRescue: (rescue) => rescues.dropRescue(git, rescue),
    async describeRescue(rescue, { patch, color }) {
      const from = rescue.head ?? (await git.text(["hash-object", "-t", "tree", "--stdin"], { input: "" }));
      const how = patch ? ["--patch", "--stat"] : ["--stat"];
      return await git.text(["diff", `--color=${color ? "always" : "never"}`, ...how, from, rescue.commit]);
    },
    async listBranches(prefix) {
      const listed = await git.text([
        "for-each-ref",
        "--format=%(refname:lstrip=2) %(objectname)",
        `refs/heads/${prefix}`,
      ]);
      return listed
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => ({ name: line.slice(0, line.lastIndexOf(" ")), tip: line.slice(line.lastIndexOf(" ") + 1) }));
    },
    reportBranches: (prefix, base) => reportBranches(git, prefix, base),
    branchTip,
    async deleteBranch(name, tip) {
      const ref = `refs/heads/${name}`;
      const checkedOut = await git.text(["for-each-ref", "--format=%(worktreepath)", ref]);
      if (checkedOut !== "" || (await branchTip(name)) !== tip) return false;
      return (await git.run(["update-ref", "-d", ref, tip], { okCodes: [0, 1, 128] })).code === 0;
    },
    async isHeldElsewhere(name, commit) {
      const refs = ["refs/heads", "refs/remotes"];
      const holders = await git.text([
        "for-each-ref",
        "--count=2",
        `--contains=${commit}`,
        "--format=%(refname)",
        ...refs,
      ]);
      return (
        holders.split("\n").some((ref) => ref !== "" && ref !== `refs/heads/${name}`) ||
        commit === (await emptyCommit())
      );
    },
    async createBranch(name, commit) {
      await git.run(["update-ref", "-m", "incr: bring a session's branch back", `refs/heads/${name}`, commit, ""]);
    },
    async countCommits(base, tip) {
      return Number(await git.text(["rev-list", "--count", tip, `^${base}`]));
    },
    isAncestor: (ancestor, tip) => isAncestor(git, ancestor, tip),
    isMerged: (tip, target) => isMerged(git, tip, target),
    copyFiles: (path, names) => copyIntoWorktree(git, location.root, path, names),
    async readLeaseMark(path) {
      try {
        return readFileSync(leaseMark(path), "utf8").trim() || null;
      } catch {
        return null;
      }
    },
    async writeLeaseMark(path, leaseId) {
      if (leaseId === null) rmSync(leaseMark(path), { force: true });
      else writeFileSync(leaseMark(path), `${leaseId}\n`);
    },
  };
}
