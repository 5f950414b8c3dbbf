/** What a thread has done, as a commit. */
import { IncrError } from "../../domain/error.ts";
import { threadBranch } from "../../domain/stream/branch.ts";
import { canonicalPartId, isWithin } from "../../domain/stream/id.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import type { AgentSession } from "../../domain/records.ts";
import { requireRepository } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { viewTasks, type OpenStream } from "./streams.ts";

/**
 * Tip of the thread's branch. Null if it changed nothing: such a branch is removed at the end of its run. One that somebody has deleted is looked for by the
 * record of the run.
 * @throws IncrError `not_found` if there was work, and it is gone
 */
export async function findThreadWork(app: ThreadApp, stream: OpenStream, thread: string): Promise<string | null> {
  const { worktrees } = requireRepository(app);
  const branch = threadBranch(stream.entry.id, thread);
  const tip = await worktrees.branchTip(branch);
  if (tip !== null) return tip;
  const run = await findLastRun(app, stream, thread);
  if (run === undefined || run.status === "active" || run.branch !== branch || run.branch_removed === true) return null;
  const { head, base } = run;
  if (head === undefined || head === base) return null;
  if ((await worktrees.resolveCommit(head)) !== null) {
    app.notify({
      code: "branch_missing",
      message: `${branch} was deleted; its last commit ${head.slice(0, 12)} is merged all the same`,
      data: { branch, commit: head },
    });
    return head;
  }
  throw new IncrError("not_found", `${branch} was deleted, and its last commit ${head.slice(0, 12)} is gone`, {
    hint: `work fix --thread ${thread} --retry`,
    data: { branch, commit: head, thread },
  });
}

async function findLastRun(app: ThreadApp, { files }: OpenStream, thread: string): Promise<AgentSession | undefined> {
  const file = files.readTasks();
  if (file === null) return undefined;
  const tasks = file.tasks.filter((task) => isWithin(canonicalPartId(task.id), thread));
  const id = threadState(viewTasks(app, { ...file, tasks })).last?.runId;
  const repo = await findRepoSlug(app);
  if (id === undefined || repo === null) return undefined;
  return await app.store.read(async (tx) => await tx.find("opencode_sessions", `${repo}/${id}`));
}
