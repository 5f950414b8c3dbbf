/** Where the work of a thread begins: on a branch of the thread's own, at the stream's branch. What stands on it from an earlier attempt is kept first. */
import { rescueRef } from "../../domain/branch.ts";
import { IncrError } from "../../domain/error.ts";
import type { AgentSession } from "../../domain/records.ts";
import { threadBranch } from "../../domain/stream/branch.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository } from "../app.ts";
import { hintToFree } from "../agent/locate.ts";
import type { OwnPlace } from "../agent/place.ts";
import { requireStreamTip, type ThreadApp } from "./stream-branch.ts";
import type { OpenStream } from "./streams.ts";

export interface ThreadPlace {
  place: OwnPlace;
  /** What is going to be set aside of earlier attempts, as git names it. */
  kept: string[];
}

/**
 * The base of a thread is where its first attempt began. @param earlier its runs until now
 * @throws IncrError `not_found` if the stream's branch is gone with its commit
 */
export async function placeThread(
  app: ThreadApp,
  { entry }: OpenStream,
  thread: string,
  earlier: readonly AgentSession[],
): Promise<ThreadPlace> {
  const { worktrees } = requireRepository(app);
  const branch = threadBranch(entry.id, thread);
  const known = earlier.find((one) => one.branch === branch && one.base !== undefined)?.base;
  const base =
    known !== undefined && (await worktrees.resolveCommit(known)) !== null
      ? known
      : (await requireStreamTip(app, entry)).commit;
  const last = earlier.at(-1);
  const tip = last === undefined ? null : await worktrees.branchTip(branch);
  const rescues = new Set(earlier.flatMap((one) => ("rescue" in one && one.rescue !== undefined ? [one.rescue] : [])));
  const kept = rescues.size === 0 ? [] : (await worktrees.listRescues()).filter(({ ref }) => rescues.has(ref));
  const commits = tip === null || tip === base ? [] : [`git log -p ${base.slice(0, 12)}..${tip.slice(0, 12)}`];
  return {
    kept: [...kept.map(({ commit }) => `git show --first-parent ${commit.slice(0, 12)}`), ...commits],
    place: {
      kind: "own",
      at: {
        branch,
        base,
        async destination() {
          const create = await clearBranch(app, { branch, base, kept, workspace: last?.workspace_name ?? "ws-000" });
          return { commit: base, branch: { name: branch, create } };
        },
      },
    },
  };
}

/** Takes the branch away if it does not stand at the base; whatever only it reaches becomes a rescue. @returns whether it has to be made */
async function clearBranch(
  app: ThreadApp,
  { branch, base, kept, workspace }: { branch: string; base: string; kept: readonly RescueInfo[]; workspace: string },
): Promise<boolean> {
  const { worktrees } = requireRepository(app);
  const tip = await worktrees.branchTip(branch);
  if (tip === null || tip === base) return tip === null;
  if (!kept.some(({ head }) => head === tip)) {
    const ref = rescueRef(workspace, app.now(), app.randomText(4));
    const rescue = await worktrees.rescueBranch(branch, tip, {
      ref,
      workspace,
      reason: `the earlier attempt on ${branch}`,
    });
    app.notify({
      code: "rescued",
      message: `the earlier attempt on ${branch} is kept as rescue ${rescue.name}`,
      data: { branch, rescue: rescue.ref },
    });
  }
  if (await worktrees.deleteBranch(branch, tip)) return true;
  const path = await worktrees.findCheckout(branch);
  throw new IncrError(
    "held",
    path === null ? `${branch} was changed just now` : `${branch} is checked out in ${path}`,
    {
      hint: path === null ? "try again" : await hintToFree(app, path, "try again"),
      data: { branch, path },
    },
  );
}
