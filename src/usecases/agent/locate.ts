/** Where the work of an agent session stands that had a workspace to itself. */
import { IncrError } from "../../domain/error.ts";
import type { Notice } from "../../domain/notice.ts";
import type { FinishedAgentSession } from "../../domain/records.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import type { Destination } from "../workspace/prepare.ts";

export interface Located {
  destination: Destination;
  /** What was not on the branch in the end. */
  rescue: RescueInfo | null;
  /** What is not quite as it was left. */
  note: Notice | null;
}

/** @throws IncrError `not_found` if branch, commit or rescue is gone, `held` if the branch is checked out, `conflict` if it does not fit any more */
export async function locateAgentWork(app: App, session: FinishedAgentSession): Promise<Located> {
  const { worktrees } = requireRepository(app);
  const rescue = session.rescue === undefined ? null : await requireRescue(app, session, session.rescue);
  const commit = rescue?.head ?? session.head ?? session.base;
  if (commit === undefined) throw gone(session, "no commit was recorded");
  const branch = session.branch ?? null;
  const tip = branch === null ? null : await worktrees.branchTip(branch);
  if ((await worktrees.resolveCommit(commit)) === null)
    throw gone(session, `the commit ${commit.slice(0, 12)} is gone`);
  if (branch === null || (rescue !== null && rescue.branch !== branch && tip !== null)) {
    return { destination: { commit }, rescue, note: null };
  }
  if (tip === null) {
    const destination = { commit, branch: { name: branch, create: true } };
    const message = `${branch} is made anew at ${commit.slice(0, 12)}, where it was left`;
    return {
      destination,
      rescue,
      note: session.branch_removed === true ? null : { code: "branch_recreated", message },
    };
  }
  await requireFree(app, branch);
  if (tip === commit) return { destination: { commit, branch: { name: branch, create: false } }, rescue, note: null };
  if (rescue === null && (await worktrees.isAncestor(commit, tip))) {
    const message = `${branch} has moved on since, and is taken where it is now`;
    return {
      destination: { commit: tip, branch: { name: branch, create: false } },
      rescue,
      note: { code: "branch_moved_on", message, data: { branch, commit: tip } },
    };
  }
  throw new IncrError("conflict", `${branch} was changed since agent session ${session.id} ended`, {
    hint: `git branch ${branch}-old ${commit.slice(0, 12)} to look at how it was left`,
    data: { id: session.id, branch, commit, tip },
  });
}

async function requireRescue(app: App, session: FinishedAgentSession, ref: string): Promise<RescueInfo> {
  const found = (await requireRepository(app).worktrees.listRescues()).find((one) => one.ref === ref);
  if (found !== undefined) return found;
  throw gone(session, `the rescue ${ref.split("/").slice(3).join("/")} with its work is gone`);
}

/** git has a branch in one worktree only. @throws IncrError `held` */
async function requireFree(app: App, branch: string): Promise<void> {
  const path = await requireRepository(app).worktrees.findCheckout(branch);
  if (path === null) return;
  throw new IncrError("held", `${branch} is checked out in ${path}`, {
    hint: await hintToFree(app, path, "resume again"),
    data: { branch, path },
  });
}

/** What to type so that a branch is checked out in that folder no more: in a workspace that was set aside there is work that could not be kept. */
export async function hintToFree(app: App, path: string, then: string): Promise<string> {
  const workspaces = await app.store.read(async (tx) => await tx.list("workspaces"));
  const isAside = workspaces.some(
    ({ record }) => record.path === path && record.status === "available" && record.attention !== undefined,
  );
  return isAside
    ? `incr doctor --fix tries again to keep what is in it, then ${then}`
    : `git -C ${path} switch --detach, then ${then}`;
}

function gone(session: FinishedAgentSession, why: string): IncrError {
  return new IncrError("not_found", `agent session ${session.id} cannot be brought back: ${why}`, {
    hint: "start afresh: incr agent run '<prompt>'",
    data: { id: session.id },
  });
}
