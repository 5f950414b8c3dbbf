/** The git side of a repository's workspaces: the adapter behind the `Worktrees` port. */
import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownFileTest, type OwnFileTest } from "../domain/own-files.ts";
import type { Inspection, WorktreeMark, Worktrees } from "../ports/worktrees.ts";
import { readBranchFile } from "./branch-file.ts";
import type { Git } from "./git.ts";
import { NOBODY } from "./nobody.ts";
import * as merges from "./merge.ts";
import { listRefLocks } from "./ref-locks.ts";
import type { RepositoryLocation } from "./repository.ts";
import { isTaken } from "./sighting.ts";
import { adoptWorktree } from "./worktree/adopt.ts";
import { putBack } from "./worktree/aside.ts";
import { reportBranches } from "./worktree/branches.ts";
import {
  addWorktree,
  checkoutWorktree,
  cleanWorktree,
  destroyWorktree,
  fillWorktree,
  forgetWorktree,
  sweepWorktree,
} from "./worktree/clean.ts";
import { commitWorktree } from "./worktree/commit.ts";
import { copyIntoWorktree } from "./worktree/copy.ts";
import { gitDirOf, registeredGitDir } from "./worktree/git-dir.ts";
import { copyTest, inspectWorktree } from "./worktree/inspect.ts";
import { isAncestor, isMerged } from "./worktree/merged.ts";
import { listRegistered } from "./worktree/registered.ts";
import * as rescues from "./worktree/rescue.ts";
import type { LeftOut } from "./worktree/snapshot.ts";

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

  function leftOut(path: string, copied: readonly string[] = []): LeftOut {
    return { own: isOwnFile, copied: copyTest(path, { copied, mainRoot: location.root }) };
  }
  async function resolveCommit(rev: string, worktree = git.cwd): Promise<string | null> {
    if (rev.startsWith("-")) return null;
    const oid = await git.text(["rev-parse", "--verify", "--quiet", "--end-of-options", `${rev}^{commit}`], {
      cwd: worktree,
      okCodes: [0, 1, 128],
    });
    return /^[0-9a-f]{40,64}$/.test(oid) ? oid : null;
  }
  async function branchTip(name: string): Promise<string | null> {
    const known = readBranchFile(location.commonDir, name);
    if (known !== undefined) return known;
    const oid = await git.text(["rev-parse", "--verify", "--quiet", `refs/heads/${name}`], { okCodes: [0, 1] });
    return oid === "" ? null : oid;
  }
  async function findCheckout(name: string): Promise<string | null> {
    const path = await git.text(["for-each-ref", "--format=%(worktreepath)", `refs/heads/${name}`]);
    return path === "" ? null : path;
  }
  async function emptyCommit(): Promise<string> {
    const tree = await git.text(["hash-object", "-w", "-t", "tree", "--stdin"], { input: "" });
    return await git.text(["commit-tree", tree, "-m", "Start"], { env: NOBODY });
  }
  const holding = new AsyncLocalStorage<true>();
  /** Whoever holds it may ask for it again: steps that need it are made of steps that need it. */
  async function lock<T>(work: () => Promise<T>): Promise<T> {
    if (holding.getStore() === true) return await work();
    return await withLock(join(location.commonDir, "incr", "lock"), () => holding.run(true, work));
  }
  // Ours, in the worktree's private git directory: it goes with the worktree and is never in anybody's way.
  const markFile = (path: string) => join(gitDirOf(path), "incr-lease");
  const freeFile = (path: string) => join(gitDirOf(path), "incr-free");

  return {
    lock,
    resolveCommit,
    async readHead(path) {
      const branch = git.text(["symbolic-ref", "--quiet", "--short", "HEAD"], { cwd: path, okCodes: [0, 1, 128] });
      const commit = await resolveCommit("HEAD", path);
      return { branch: (await branch) || null, commit };
    },
    headCommit: () => resolveCommit("HEAD"),
    emptyCommit,
    inspect: (path, copied = []): Promise<Inspection> => inspectWorktree(git, path, { ...inspection, copied }),
    add: (path, target) => lock(() => addWorktree(git, path, target)),
    fill: (path) => fillWorktree(git, path),
    repair: (paths) =>
      lock(async () => {
        // git would give a folder the entry that its `.git` file names, even if another folder has it.
        const own = paths.filter((path) => !isTaken(path));
        if (own.length > 0) await git.run(["worktree", "repair", ...own], { okCodes: [0, 1] });
      }),
    listRegistered: () => listRegistered(git),
    adopt: (path, commit) => lock(() => adoptWorktree(git, location.commonDir, path, commit)),
    destroy: (path, kept) =>
      lock(() => destroyWorktree(git, path, kept === undefined ? undefined : { ...inspection, copied: [], kept })),
    forget: (path) => lock(() => forgetWorktree(git, path)),
    rescue: (path, facts, request) => rescues.rescueWorktree(git, path, facts, request, leftOut(path, request.copied)),
    rescueBranch: (name, tip, request) => rescues.rescueBranch(git, name, tip, request),
    async rescueDeleted(path, request) {
      const gitDir = registeredGitDir(location.commonDir, path);
      return gitDir === undefined ? null : await rescues.rescueDeletedWorktree(git, gitDir, request);
    },
    commitAll: (path, facts, request) => commitWorktree(git, path, facts, request, leftOut(path, request.copied)),
    clean: (path, kept, { copied = [], ignored = false, abandoned = false, free = false } = {}) => {
      // First, since a mark says that the work is in here and nowhere else.
      const before = async () => (free ? await markFree(path) : undefined);
      return cleanWorktree(git, path, kept, { ...inspection, copied, ignored, abandoned, before });
    },
    putBack: async (path) => putBack(path),
    sweep: (path, since) => sweepWorktree(git, path, since, { ...inspection, copied: [] }),
    checkout: (path, target) => checkoutWorktree(git, path, target),
    restore: (path, rescue) => rescues.restoreRescue(git, path, rescue),
    listRescues: () => rescues.listRescues(git),
    markRestored: (rescue) => rescues.markRestored(git, rescue),
    isCoveredBy: (rescue, other) => rescues.isCoveredBy(git, rescue, other),
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
    listRefLocks: async () => await Promise.resolve(listRefLocks(location.commonDir)),
    findCheckout,
    deleteBranch: (name, tip) =>
      lock(async () => {
        if ((await findCheckout(name)) !== null) return false;
        // git compares and deletes in one step.
        return (await git.run(["update-ref", "-d", `refs/heads/${name}`, tip], { okCodes: [0, 1, 128] })).code === 0;
      }),
    async createBranch(name, commit) {
      await git.run(["update-ref", "-m", "incr: bring a session's branch back", `refs/heads/${name}`, commit, ""]);
    },
    async countCommits(base, tip) {
      return Number(await git.text(["rev-list", "--count", tip, `^${base}`]));
    },
    isAncestor: (ancestor, tip) => isAncestor(git, ancestor, tip),
    isMerged: (tip, target) => isMerged(git, tip, target),
    mergeTrees: (ours, theirs) => merges.mergeTrees(git, location.root, ours, theirs),
    commitTree: (tree, parents, message) => merges.commitTree(git, tree, parents, message),
    moveBranch: (name, to, from, why) => merges.moveBranch(git, name, to, from, why),
    listChanges: (other, tip) => merges.listChanges(git, other, tip),
    listMarked: async (path, files) => await Promise.resolve(merges.listMarked(path, files)),
    beginMerge: (path, theirs, message) => merges.beginMerge(git, path, theirs, message),
    copyFiles: (path, names, keep) => copyIntoWorktree(git, location.root, path, names, keep),
    readMark: (path) => Promise.resolve(readMark(path)),
    async writeMark(path, { lease_id, session_id }) {
      writeFileSync(markFile(path), `${[lease_id, session_id].filter((line) => line !== undefined).join("\n")}\n`);
      rmSync(freeFile(path), { force: true });
    },
    readFreeHead: (path) => Promise.resolve(readLines(freeFile, path)[0] ?? null),
  };

  async function markFree(path: string): Promise<void> {
    rmSync(markFile(path), { force: true });
    const head = await git.text(["rev-parse", "--verify", "--quiet", "HEAD"], { cwd: path, okCodes: [0, 1, 128] });
    try {
      writeFileSync(freeFile(path), `${head}\n`);
    } catch {
      // Without the note the worst is a rescue that nobody needs.
    }
  }

  function readMark(path: string): WorktreeMark | null {
    const [lease_id, session_id] = readLines(markFile, path);
    return lease_id === undefined ? null : { lease_id, ...(session_id === undefined ? {} : { session_id }) };
  }
}

/** Lines of a file in a private git directory; none if it, or the worktree, is not there. */
function readLines(file: (path: string) => string, path: string): string[] {
  try {
    return readFileSync(file(path), "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}
