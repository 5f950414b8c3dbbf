/** Folders of workspaces of which the state knows nothing: orphans, which hold disk and perhaps work. */
import { rescueRef } from "../../domain/branch.ts";
import { IncrError } from "../../domain/error.ts";
import type { Lease } from "../../domain/lease.ts";
import { recordKey, type AcquiredWorkspace } from "../../domain/records.ts";
import { formatBytes } from "../../domain/size.ts";
import { nextWorkspaceName } from "../../domain/workspace.ts";
import type { WorkspaceFolder } from "../../ports/house.ts";
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** Those of this repository are put right; those of others are only reported, since their repositories are needed to keep what is in them. */
export const checkFolders: Check = {
  area: "folders of workspaces",
  needs: { state: true },
  async examine(world) {
    const { app, house } = world;
    const records = await app.store.read(async (tx) => await tx.list("workspaces"));
    // With what a process that died was moving out of one: it is put back by whoever looks into that workspace next.
    const known = new Set(records.flatMap(({ record }) => [record.path, `${record.path}.moved`]));
    const unknown = house.listFolders().filter(({ path }) => !known.has(path));
    const sizes = await house.diskUse(
      unknown.map(({ path }) => path),
      PATIENCE_MS,
    );
    const problems = unknown.map((folder, index) => {
      const size = sizes[index] ?? null;
      return isOurs(app, folder) ? judgeOurs(world, folder, size) : judgeOther(folder, size);
    });
    return [...problems, ...(await findStaleEntries(world, known))];
  },
};

/** How long counting disk use may take. */
const PATIENCE_MS = 5000;

/** Whether it is, or was, a worktree of the repository that we stand in. */
function isOurs({ repository }: App, { named, worktreeOf, gitDir }: WorkspaceFolder): boolean {
  if (repository === null || !named) return false;
  const { commonDir } = repository.location;
  return worktreeOf === null
    ? gitDir?.startsWith(`${commonDir}/worktrees/`) === true
    : worktreeOf.commonDir === commonDir;
}

function judgeOurs(world: World, folder: WorkspaceFolder, size: number | null): Problem {
  const { path, leaseId } = folder;
  const data = { path, bytes: size, lease_id: leaseId, branch: folder.branch };
  const occupants = world.app.processes.findOccupants(path);
  if (leaseId !== null || occupants.length > 0) {
    const why = leaseId === null ? `${occupants.length} processes stand in it` : "it was leased and never given back";
    return problem(path, {
      code: "folder_in_use",
      severity: "warning",
      message: `${path}${describeSize(size)} is not known, and ${why}`,
      meaning: "Somebody may work in it, and no command of ours knows.",
      repair: "makes it a workspace that is held by nobody knows whom",
      fix: () => adoptFolder(world, folder),
      data,
    });
  }
  return problem(path, {
    code: "folder_orphaned",
    severity: "warning",
    message: `${path}${describeSize(size)} is not known, and nobody uses it`,
    meaning: "It takes room, and what is in it shows nowhere.",
    repair: "keeps what is in it and on no branch as a rescue, then removes it",
    fix: () => reclaim(world, folder),
    data,
  });
}

function judgeOther({ path, worktreeOf }: WorkspaceFolder, size: number | null): Problem {
  const root = worktreeOf?.root ?? null;
  return problem(path, {
    code: "folder_unclaimed",
    severity: "note",
    message: `${path}${describeSize(size)} is not known${root === null ? " and of no repository that can be found" : `; it is of ${root}`}`,
    meaning: root === null ? "It takes room. What is in it may be somebody's only copy." : "It takes room.",
    hint: root === null ? `look into it; then: rm -r '${path}'` : `incr -C '${root}' doctor --fix`,
    data: { path, bytes: size, root },
  });
}

/** Makes the folder a workspace again, under its own name if that is free. */
async function adoptFolder({ app, house }: World, { path, name }: WorkspaceFolder): Promise<string> {
  const { worktrees } = requireRepository(app);
  const repo = await ensureRepo(app);
  return await worktrees.lock(async () => {
    if (!house.isThere(path)) return "it was removed meanwhile";
    const { leaseId } = house.sight(path);
    // Such as git, for a moment, on behalf of another doctor.
    if (leaseId === null && app.processes.findOccupants(path).length === 0) return "whoever stood in it has left";
    const given = await recordFolder(app, { repo, name, path, leaseId: leaseId ?? app.randomText(20) });
    if (given === null) return "somebody else had put it right by then";
    return `it is ${given} now; \`incr workspace release ${given}\` gives it back and keeps what is in it`;
  });
}

/** Returns its name; null if it is known by now. */
async function recordFolder(
  app: App,
  { repo, name, path, leaseId }: { repo: string; name: string; path: string; leaseId: string },
): Promise<string | null> {
  const now = app.now().toISOString();
  return await app.store.transact(async (tx) => {
    const records = (await tx.list("workspaces")).map(({ record }) => record);
    if (records.some((one) => one.path === path)) return null;
    const taken = records.filter((one) => one.repo === repo).map((one) => one.name);
    const free = taken.includes(name) ? nextWorkspaceName(taken) : name;
    const lease: Lease = {
      lease_id: leaseId,
      kind: "held",
      holder: { type: "person", id: "unknown" },
      acquired_at: now,
    };
    const times = { created_at: now, updated_at: now, acquired_at: now };
    const workspace: AcquiredWorkspace = {
      name: free,
      repo,
      path,
      status: "acquired",
      ...times,
      provisioned: true,
      lease,
    };
    await tx.put("workspaces", recordKey(repo, free), workspace);
    return free;
  });
}

async function reclaim({ app, house }: World, folder: WorkspaceFolder): Promise<string> {
  const { worktrees } = requireRepository(app);
  const { path, name } = folder;
  return await worktrees.lock(async () => {
    const records = await app.store.read(async (tx) => await tx.list("workspaces"));
    if (records.some(({ record }) => record.path === path)) return "it is in use by now";
    if (house.sight(path).worktreeOf === null) {
      await worktrees.repair([path]);
      const head = (await worktrees.headCommit()) ?? (await worktrees.emptyCommit());
      if (house.sight(path).worktreeOf === null) await worktrees.adopt(path, head);
    }
    const found = await worktrees.inspect(path);
    if (found.kind !== "worktree")
      throw new IncrError("unsafe", "it is no worktree any more, so what is in it cannot be kept");
    if (house.sight(path).leaseId !== null) throw new IncrError("held", "it was leased by now");
    const rescue = await worktrees.rescue(path, found, {
      ref: rescueRef(name, app.now(), app.randomText(4)),
      workspace: name,
      reason: "found in a workspace that was not known",
    });
    await app.step("doctor:rescued");
    await worktrees.destroy(path, found);
    return `removed ${path}${rescue === null ? "; all of it was on branches" : `; what was in it is rescue ${rescue.name}`}`;
  });
}

/** git's entries of folders that are gone, in our folder of workspaces: they keep branches checked out that nobody has. */
async function findStaleEntries({ app, house }: World, known: ReadonlySet<string>): Promise<Problem[]> {
  if (app.repository === null) return [];
  const { worktrees } = app.repository;
  const registered = await worktrees.listRegistered();
  return registered
    .filter(({ path }) => path.startsWith(`${house.workspacesDir}/`) && !known.has(path) && !house.isThere(path))
    .map(({ path, branch }) =>
      problem(path, {
        code: "registration_stale",
        severity: "note",
        message: `git still lists ${path}, which is gone`,
        meaning: branch === null ? "It is in nobody's way." : `git takes ${branch} for checked out there.`,
        repair: "takes it off git's list",
        fix: async () =>
          await worktrees.lock(async () => {
            if (house.isThere(path)) return "it is there again";
            await worktrees.forget(path);
            return `took ${path} off git's list`;
          }),
        data: { path, branch },
      }),
    );
}

function describeSize(bytes: number | null): string {
  return bytes === null ? "" : ` (${formatBytes(bytes)})`;
}
