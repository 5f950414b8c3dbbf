/** Rescues: looking at them, bringing one back, forgetting one. */
import { count } from "../../domain/count.ts";
import { IncrError } from "../../domain/error.ts";
import { requireByPrefix } from "../../domain/id.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { listWorkspaces } from "../workspace/find.ts";

/** Newest first. Those that were brought back already only with `all`. */
export async function listRescues(app: App, request: { all?: boolean } = {}): Promise<RescueInfo[]> {
  const rescues = await requireRepository(app).worktrees.listRescues();
  return rescues
    .filter((rescue) => request.all === true || !rescue.restored)
    .toSorted((a, b) =>
      a.created_at === b.created_at ? (a.name < b.name ? 1 : -1) : a.created_at < b.created_at ? 1 : -1,
    );
}

/**
 * By its name (`ws-001/20260107T143000.123Z-k3xq`), a prefix of it, the part after the slash, or its last four characters.
 * @throws IncrError `not_found`, `ambiguous`
 */
export async function requireRescue(app: App, wanted: string): Promise<RescueInfo> {
  const all = await requireRepository(app).worktrees.listRescues();
  const text = wanted.replace(/^refs\/incr\/(rescue|restored)\//, "");
  const tail = all.filter(
    (rescue) => rescue.name.endsWith(`-${text}`) || (text.length > 3 && rescue.name.split("/")[1]?.startsWith(text)),
  );
  if (tail.length === 1) return tail[0] as RescueInfo;
  return requireByPrefix(
    all.map((rescue) => [rescue.name, rescue] as const),
    text,
    "rescue",
  );
}

/** A rescue with its files, or their differences (`patch`), as text. @throws IncrError `not_found`, `ambiguous` */
export async function showRescue(
  app: App,
  wanted: string,
  options: { patch: boolean; color: boolean },
): Promise<{ rescue: RescueInfo; files: string }> {
  const rescue = await requireRescue(app, wanted);
  return { rescue, files: await requireRepository(app).worktrees.describeRescue(rescue, options) };
}

/**
 * Brings files and index back into the worktree that the caller stands in, or into `workspace`. It has to be clean, and to be the caller's own: the
 * rescue is put on top of the commit that it was made on, on a branch `incr/rescue-…` of its own.
 * @throws IncrError `unsafe` if the worktree is not clean, `held` if it is somebody else's
 */
export async function restoreRescue(
  app: App,
  wanted: string,
  target: string | undefined,
): Promise<{ rescue: RescueInfo; path: string; branch: string }> {
  const { worktrees } = requireRepository(app);
  const rescue = await requireRescue(app, wanted);
  const path = await chooseTarget(app, target);
  const branch = `incr/rescue-${rescue.name.replace("/", "-").toLowerCase()}`;
  await worktrees.lock(async () => {
    const found = await worktrees.inspect(path);
    if (found.kind !== "worktree")
      throw new IncrError("unsafe", `${path} is no worktree of this repository`, { hint: "incr doctor" });
    if (found.changed.length > 0 || found.operation !== null) {
      const what =
        found.operation === null ? count(found.changed.length, "change") : `an unfinished ${found.operation}`;
      throw new IncrError("unsafe", `${path} has ${what}; a rescue is only restored into a clean worktree`, {
        hint: 'cd "$(incr workspace acquire --purpose restore)" gives a clean one',
      });
    }
    const existing = await worktrees.branchTip(branch);
    const commit = rescue.head ?? (await worktrees.emptyCommit());
    if (existing !== null && existing !== commit) {
      throw new IncrError("conflict", `this rescue was restored on ${branch} before, and work went on there`, {
        hint: `git switch ${branch}`,
      });
    }
    await worktrees.checkout(path, { commit, branch: { name: branch, create: existing === null } });
    await worktrees.restore(path, rescue);
    await worktrees.markRestored(rescue);
  });
  return { rescue, path, branch };
}

/** Forgets rescues for good: all of those named, or none if one is not found. */
export async function dropRescue(app: App, wanted: readonly string[]): Promise<RescueInfo[]> {
  const rescues: RescueInfo[] = [];
  for (const name of wanted) rescues.push(await requireRescue(app, name));
  for (const rescue of rescues) await requireRepository(app).worktrees.dropRescue(rescue);
  return rescues;
}

async function chooseTarget(app: App, target: string | undefined): Promise<string> {
  const { location } = requireRepository(app);
  const workspaces = await listWorkspaces(app);
  if (target === undefined && location.worktree === null) {
    throw new IncrError("usage", "a bare repository has no files of its own; say which workspace", {
      hint: "incr rescue restore <name> --into ws-001",
    });
  }
  const workspace = workspaces.find((one) =>
    target === undefined ? one.path === location.worktree : one.name === target,
  );
  if (workspace === undefined) {
    if (target !== undefined)
      throw new IncrError("not_found", `no workspace ${target}`, { hint: "incr workspace list" });
    return location.worktree as string;
  }
  if (workspace.status === "available") {
    throw new IncrError("rule", `nobody holds ${workspace.name}; what is put there would not stay`, {
      hint: 'cd "$(incr workspace acquire --purpose restore)", then restore there',
    });
  }
  const token = app.caller.leaseId;
  if (token !== null && token !== leaseOf(workspace).lease_id) {
    throw new IncrError(
      "held",
      `${workspace.name} is held by ${leaseOf(workspace).holder.type} ${leaseOf(workspace).holder.id}`,
      {
        hint: `incr workspace show ${workspace.name}`,
      },
    );
  }
  return workspace.path;
}
