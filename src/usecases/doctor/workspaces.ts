/** The folders of the workspaces that are known. */
import { dirname } from "node:path";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type Session, type Workspace } from "../../domain/records.ts";
import { leaseOf, releaseWorkspace, reserveWorkspace } from "../../domain/workspace.ts";
import type { Inspection } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { newIntent, newLease } from "../lease.ts";
import { findRepoSlug } from "../repository.ts";
import { giveBack } from "../workspace/give-back.ts";
import { asRefusal } from "../workspace/save.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** Each is there, is a worktree of this repository, and can be used. */
export const checkWorkspaces: Check = {
  area: "workspaces",
  needs: { state: true, repository: true },
  async examine(world) {
    const { app } = world;
    const repo = await findRepoSlug(app);
    if (repo === null) return [];
    const { workspaces, sessions } = await app.store.read(async (tx) => ({
      workspaces: (await tx.list("workspaces", { repo })).map(({ record }) => record),
      sessions: (await tx.list("sessions", { repo })).map(({ record }) => record),
    }));
    const problems: Problem[] = [];
    for (const workspace of workspaces) {
      // A step under way may have the folder half-made.
      if (workspace.status === "acquired" && leaseOf(workspace).intent !== undefined) continue;
      const found = await inspect(app, workspace.path);
      const judged = judge(world, workspace, found, sessions);
      if (judged !== null) problems.push(judged);
    }
    return problems;
  },
};

type Found = Inspection | { kind: "broken"; why: string };

async function inspect(app: App, path: string): Promise<Found> {
  try {
    return await requireRepository(app).worktrees.inspect(path);
  } catch (error) {
    const why = asRefusal(error);
    if (why === null) throw error;
    return { kind: "broken", why };
  }
}

function judge(world: World, workspace: Workspace, found: Found, sessions: Session[]): Problem | null {
  const { name, path } = workspace;
  const data = { workspace: name, path };
  switch (found.kind) {
    case "missing":
      return judgeMissing(world, workspace, sessions);
    case "broken":
      return problem(name, {
        code: "workspace_broken",
        severity: "error",
        message: `${path} cannot be read: ${found.why}`,
        meaning: "What is in it can neither be kept nor removed by us.",
        hint: `git -C '${path}' status says more; a damaged index is made anew by: git -C '${path}' read-tree HEAD`,
        data,
      });
    case "foreign":
      return problem(name, {
        code: "workspace_foreign",
        severity: "error",
        message: `${path} is no worktree of this repository: ${found.why}`,
        meaning: "It cannot be used, and work in it cannot be kept.",
        hint: "look into it, and move away what is not ours",
        ...(isMendable(world, path)
          ? {
              repair:
                "mends the links between it and the repository, or registers it anew; the files in it are not touched",
              fix: () => mend(world, workspace, sessions),
            }
          : {}),
        data: { ...data, why: found.why },
      });
    case "worktree":
      if (workspace.status !== "available" || workspace.attention === undefined) return null;
      return problem(name, {
        code: "workspace_set_aside",
        severity: "warning",
        message: `${name} is set aside: ${workspace.attention}`,
        meaning: "It is not handed out, and takes room.",
        repair: "tries again to keep what is in it as a rescue, and puts it back into the pool",
        fix: () => putBack(world, workspace),
        hint: `see to it in ${path}`,
        data: { ...data, attention: workspace.attention },
      });
  }
}

function judgeMissing({ app, house }: World, workspace: Workspace, sessions: Session[]): Problem {
  const { name, path } = workspace;
  const data = { workspace: name, path };
  if (!house.isThere(dirname(path))) {
    return problem(name, {
      code: "workspace_missing",
      severity: workspace.status === "available" ? "note" : "error",
      message: `${path} is gone with the folder around it`,
      meaning: "The disk that it is on may not be mounted.",
      hint: "mount it; otherwise the workspaces are made anew when they are needed",
      data,
    });
  }
  if (workspace.status === "available") {
    return problem(name, {
      code: "workspace_missing",
      severity: "note",
      message: `the folder of ${name} was deleted (${path})`,
      meaning: "Nobody held it; it is made anew when it is needed.",
      repair: "forgets it",
      fix: () => forget(app, workspace),
      data,
    });
  }
  const session = sessions.find((one) => one.lease_id === leaseOf(workspace).lease_id);
  return problem(name, {
    code: "workspace_missing",
    severity: "error",
    message: `the folder of ${name} was deleted while it was held (${path})`,
    meaning: "What was not committed in it is gone; the commits are on their branch.",
    hint:
      session === undefined
        ? `incr workspace release ${name}`
        : `incr session fail ${session.todo_id}, then incr session resume ${session.id}, which makes it anew from the branch`,
    data,
  });
}

async function forget(app: App, workspace: Workspace): Promise<string> {
  const { worktrees } = requireRepository(app);
  const key = recordKey(workspace.repo, workspace.name);
  return await worktrees.lock(async () => {
    if ((await worktrees.inspect(workspace.path)).kind !== "missing") return "it is there again";
    const forgotten = await app.store.transact(async (tx) => {
      if ((await tx.find("workspaces", key))?.status !== "available") return false;
      await tx.remove("workspaces", key);
      return true;
    });
    if (!forgotten) return "somebody has taken it meanwhile";
    // git's own record of it would keep branches checked out that nobody has.
    await worktrees.forget(workspace.path);
    return `forgot ${workspace.name}`;
  });
}

/** Not if another repository lies there, or owns it as a worktree. */
function isMendable({ app, house }: World, path: string): boolean {
  const { worktreeOf, gitDir } = house.sight(path);
  if (worktreeOf !== null) return false;
  const { commonDir } = requireRepository(app).location;
  // Without a `.git` file git can still know the folder; one that leads nowhere may be of before a move.
  return gitDir === null || gitDir.startsWith(`${commonDir}/`) || !house.isThere(gitDir);
}

async function mend(world: World, workspace: Workspace, sessions: Session[]): Promise<string> {
  const { worktrees } = requireRepository(world.app);
  const { path, name } = workspace;
  return await worktrees.lock(async () => {
    await worktrees.repair([path]);
    if ((await worktrees.inspect(path)).kind === "worktree") return `mended the links of ${name}`;
    const lease = workspace.status === "acquired" ? leaseOf(workspace) : undefined;
    const session = sessions.find((one) => lease !== undefined && one.lease_id === lease.lease_id);
    const tip = session?.branch === undefined ? null : await worktrees.branchTip(session.branch);
    const commit = tip ?? (await worktrees.headCommit()) ?? (await worktrees.emptyCommit());
    await worktrees.adopt(path, commit);
    const found = await worktrees.inspect(path);
    if (found.kind !== "worktree") {
      throw new IncrError("unsafe", found.kind === "foreign" ? `it stays so: ${found.why}` : "it is gone by now");
    }
    if (lease !== undefined) {
      const { lease_id, holder } = lease;
      await worktrees.writeMark(path, { lease_id, ...(holder.type === "session" ? { session_id: holder.id } : {}) });
    }
    return `registered ${name} anew at ${commit.slice(0, 12)}; what differs from that shows as changes`;
  });
}

/** As somebody who takes it and gives it back at once. */
async function putBack({ app }: World, workspace: Workspace): Promise<string> {
  const { worktrees } = requireRepository(app);
  const key = recordKey(workspace.repo, workspace.name);
  const held = await app.store.transact(async (tx) => {
    const current = (await tx.find("workspaces", key)) ?? workspace;
    const fresh = await newLease(app, tx, {
      kind: "process",
      holder: { type: "person", id: app.caller.person },
      action: "acquire",
    });
    const lease = { ...fresh, intent: newIntent(app, "release") };
    const taken = reserveWorkspace(current, { lease, pid: lease.intent.process.pid }, app.now().toISOString());
    await tx.put("workspaces", key, taken);
    return taken;
  });
  await app.step("doctor:reserved");
  const { lease_id } = leaseOf(held);
  try {
    await worktrees.lock(async () => await worktrees.repair([workspace.path]));
    const { rescue, attention } = await giveBack(app, held, lease_id, {
      reason: "found in a workspace that was set aside",
      setAside: true,
    });
    if (attention !== null) throw new IncrError("unsafe", attention);
    return `${workspace.name} is free again${rescue === null ? "" : `; what was in it is rescue ${rescue.name}`}`;
  } catch (error) {
    const attention = error instanceof IncrError ? error.message : (workspace.attention ?? "");
    await app.store.transact(async (tx) => {
      const current = await tx.find("workspaces", key);
      if (current?.status !== "acquired" || leaseOf(current).lease_id !== lease_id) return;
      await tx.put("workspaces", key, releaseWorkspace(current, lease_id, app.now().toISOString(), { attention }));
    });
    throw error;
  }
}
