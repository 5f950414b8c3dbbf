/** Where the work of a job stands that has failed, and whether it still is as it was left. */
import { IncrError } from "../../domain/error.ts";
import type { FinishedJob } from "../../domain/records.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { listWorkspaces } from "../workspace/find.ts";
import type { Destination } from "../workspace/prepare.ts";
import { requireNotCheckedOut } from "../workspace/checked-out.ts";

export interface JobWork {
  destination: Destination;
  /** What was not committed. */
  rescue: RescueInfo | null;
  /** The branch, which held nothing and was removed, has to be there again at this commit while HEAD is elsewhere. */
  branchAt: string | null;
}

/** @throws IncrError `not_found` if branch, commit or rescue is gone, `held` if the branch is checked out, `conflict` if somebody has changed it */
export async function locateJobWork(app: App, job: FinishedJob): Promise<JobWork> {
  const { worktrees } = requireRepository(app);
  const { branch } = job;
  const head = job.head ?? job.tip ?? job.base;
  if (branch === undefined || head === undefined) throw gone(job, "no branch was recorded");
  const rescue = job.rescue === undefined ? null : await requireRescue(app, job, job.rescue);
  await requireNothingAside(app, job);
  await requireCommit(app, job, head);
  const tip = await worktrees.branchTip(branch);
  if (tip === null && job.branch_removed !== true) {
    throw gone(job, `the branch ${branch} is gone`, `git branch ${branch} ${head.slice(0, 12)}, then resume again`);
  }
  if (tip !== null && tip !== head) {
    throw new IncrError("conflict", `${branch} was changed since job ${job.id} ended`, {
      hint: `git branch ${branch}-mine ${tip.slice(0, 12)} && git branch -f ${branch} ${head.slice(0, 12)}, then resume again`,
      data: { id: job.id, branch, commit: head, tip },
    });
  }
  if (tip !== null) await requireNotCheckedOut(app, branch);
  const commit = rescue?.head ?? head;
  const isElsewhere = rescue !== null && (rescue.branch !== branch || commit !== head);
  if (isElsewhere) {
    await requireCommit(app, job, commit);
    return { destination: { commit }, rescue, branchAt: tip === null ? head : null };
  }
  return { destination: { commit: head, branch: { name: branch, create: tip === null } }, rescue, branchAt: null };
}

/** What could not be kept lies in the workspace still. */
async function requireNothingAside(app: App, job: FinishedJob): Promise<void> {
  const workspace = (await listWorkspaces(app)).find(({ name }) => name === job.workspace_name);
  if (workspace?.status !== "available" || workspace.attention === undefined || job.lease_id === undefined) return;
  const mark = await requireRepository(app).worktrees.readMark(workspace.path);
  if (mark?.lease_id !== job.lease_id) return;
  throw new IncrError(
    "conflict",
    `the work of job ${job.id} lies in ${workspace.name}, which is set aside: ${workspace.attention}`,
    {
      hint: `mend it in ${workspace.path}, commit it to ${job.branch}, then incr doctor --fix; incr job do ${job.todo_id} starts afresh`,
      data: { id: job.id, workspace: workspace.name, path: workspace.path },
    },
  );
}

async function requireRescue(app: App, job: FinishedJob, ref: string): Promise<RescueInfo> {
  const found = (await requireRepository(app).worktrees.listRescues()).find((one) => sameName(one.ref, ref));
  if (found !== undefined) return found;
  throw gone(job, `the rescue ${nameOf(ref)} with what was not committed is gone`);
}

/** A rescue that was brought back once has another prefix. */
function sameName(a: string, b: string): boolean {
  return nameOf(a) === nameOf(b);
}

function nameOf(ref: string): string {
  return ref.split("/").slice(3).join("/");
}

async function requireCommit(app: App, job: FinishedJob, commit: string): Promise<void> {
  if ((await requireRepository(app).worktrees.resolveCommit(commit)) === null)
    throw gone(job, `the commit ${commit.slice(0, 12)} is gone`);
}

function gone(job: FinishedJob, why: string, hint = `start afresh: incr job do ${job.todo_id}`): IncrError {
  return new IncrError("not_found", `job ${job.id} cannot be brought back: ${why}`, { hint, data: { id: job.id } });
}
