/** The branch that gathers the results of a stream: threads start from it, batches are merged into it. */
import { IncrError } from "../../domain/error.ts";
import { streamBranch } from "../../domain/stream/branch.ts";
import type { StreamEntry } from "../../domain/stream/index-record.ts";
import { noteBranch } from "../../domain/stream/merge.ts";
import { requireRepository, type App } from "../app.ts";
import { requireBase } from "../workspace/take.ts";
import { changeEntry, type StreamApp } from "./streams.ts";

/** The world of those who let agents carry out a stream: git and leases as well as the stream's files. */
export type ThreadApp = App & StreamApp;

export interface StreamTip {
  /** Name of the branch. */
  name: string;
  /** Commit that it stands at. */
  commit: string;
}

/**
 * Where the next thread starts. The branch is made when it is first asked for, at the configured base, and made again where we left it if somebody has
 * deleted it.
 * @throws IncrError `not_found` if that commit is gone
 */
export async function requireStreamTip(app: ThreadApp, { id }: Pick<StreamEntry, "id">): Promise<StreamTip> {
  const { worktrees } = requireRepository(app);
  const entry = app.streams.readIndex().streams.find((one) => one.id === id);
  const name = entry?.branch?.name ?? streamBranch(id);
  const tip = await worktrees.branchTip(name);
  if (tip !== null && entry?.branch !== undefined) {
    await warnIfLost(app, name, tip, entry.branch.tip);
    return { name, commit: tip };
  }
  // A crash between the making and the noting leaves one without a note.
  const commit = tip ?? (await makeBranch(app, name, entry?.branch?.tip));
  await app.step("stream:branched");
  await changeEntry(app, id, (latest) =>
    noteBranch(latest, { name, base: commit, tip: commit }, app.now().toISOString()),
  );
  return { name, commit };
}

/** The branch is the person's, too; what they take out of it stays out. */
async function warnIfLost(app: ThreadApp, name: string, tip: string, left: string): Promise<void> {
  const { worktrees } = requireRepository(app);
  if (tip === left || (await worktrees.resolveCommit(left)) === null || (await worktrees.isAncestor(left, tip))) return;
  app.warn({
    code: "branch_moved",
    message: `${name} was moved, and has no more in it what was merged into it; \`git branch -f ${name} ${left.slice(0, 12)}\` puts it back`,
    data: { branch: name, commit: tip, was: left },
  });
}

async function makeBranch(app: ThreadApp, name: string, left: string | undefined): Promise<string> {
  const { worktrees } = requireRepository(app);
  if (left !== undefined && (await worktrees.resolveCommit(left)) === null) {
    throw new IncrError("not_found", `${name} was deleted, and the commit that it stood at is gone`, {
      hint: `git branch ${name} <commit> makes it again where you want it`,
      data: { branch: name, commit: left },
    });
  }
  const commit = left ?? (await requireBase(app, undefined));
  try {
    await worktrees.createBranch(name, commit);
  } catch (error) {
    // Another thread of the same batch may have been faster.
    const made = await worktrees.branchTip(name);
    if (made === null) throw error;
    return made;
  }
  if (left !== undefined) {
    app.notify({
      code: "branch_recreated",
      message: `${name} was deleted; it is made again at ${commit.slice(0, 12)}, where it was left`,
      data: { branch: name, commit },
    });
  }
  return commit;
}
