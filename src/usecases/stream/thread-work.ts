/** What a thread has done, as a commit. */
import { IncrError } from "../../domain/error.ts";
import { threadBranch } from "../../domain/stream/branch.ts";
import { describeRunEnd } from "../../domain/stream/rerun.ts";
import type { AgentSession } from "../../domain/records.ts";
import { requireRepository } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import type { ThreadApp } from "./stream-branch.ts";
import type { OpenStream } from "./streams.ts";

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
    hint: `work update --thread ${thread} --status pending, then work fix --thread ${thread} --retry`,
    data: { branch, commit: head, thread },
  });
}

/**
 * A thread is completed by its tasks, whoever marked them: what its last run had not committed when something ended it is on no branch then, and is merged by
 * nobody. Says where it is.
 */
export async function tellLeftOut(app: ThreadApp, stream: OpenStream, thread: string): Promise<void> {
  const run = await findLastRun(app, stream, thread);
  if (run === undefined || run.status === "active" || run.status === "completed" || run.rescue === undefined) return;
  const rescue = (await requireRepository(app).worktrees.listRescues()).find(({ ref }) => ref === run.rescue);
  if (rescue === undefined || rescue.restored) return;
  app.warn({
    code: "left_out",
    message: `thread ${thread} is completed by its tasks, and its last run ${describeRunEnd(run)}: what was not committed then is not merged, and is kept as rescue ${rescue.name}`,
    data: { thread, rescue: rescue.ref },
  });
}

async function findLastRun(app: ThreadApp, { entry }: OpenStream, thread: string): Promise<AgentSession | undefined> {
  const repo = await findRepoSlug(app);
  if (repo === null) return undefined;
  const where = { stream_id: entry.id, thread_id: thread };
  const runs = await app.store.read(
    async (tx) => await tx.list("opencode_sessions", { repo, finishedSince: "ever", where }),
  );
  return runs.map(({ record }) => record).toSorted((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at))[0];
}
