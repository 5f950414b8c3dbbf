/** Branches under `incr/stream/` that nobody will come back to. */
import { IncrError } from "../../domain/error.ts";
import { streamBranch } from "../../domain/stream/branch.ts";
import type { StreamEntry } from "../../domain/stream/index-record.ts";
import { listConflicts } from "../../domain/stream/merge.ts";
import type { BranchReport } from "../../ports/worktrees.ts";
import { requireRepository } from "../app.ts";
import { findBase } from "../workspace/base.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** Those of streams that are gone, and those of merges that are over. Only what is contained elsewhere is deleted. */
export const checkStreamBranches: Check = {
  area: "branches of workstreams",
  needs: { state: true, repository: true },
  async examine({ app }) {
    const { worktrees } = requireRepository(app);
    const streams = listStreams(app);
    const base = await findBase(app);
    if (streams === null || base === null) return [];
    const branches = await worktrees.reportBranches(PREFIX, base.commit);
    const owned = (name: string) => streams.find(({ id }) => name.startsWith(folderOf(id)));
    const problems = branches
      .filter(({ name }) => owned(name) === undefined)
      .map((one) => judgeOrphan(app, one, base.name));
    for (const branch of branches) {
      const stream = owned(branch.name);
      if (stream !== undefined && (await isLeftover(app, stream, branch)))
        problems.push(judgeLeftover(app, stream, branch));
    }
    return problems;
  },
};

const PREFIX = "incr/stream/";

function folderOf(streamId: string): string {
  return streamBranch(streamId).replace(/base$/, "");
}

/** Null if the index cannot be read: then nobody knows whose they are. */
function listStreams({ streams }: World["app"]): StreamEntry[] | null {
  try {
    return streams.readIndex().streams;
  } catch (error) {
    if (error instanceof IncrError) return null;
    throw error;
  }
}

function judgeOrphan(app: World["app"], { name, tip, merged, worktree }: BranchReport, base: string): Problem {
  const facts = {
    code: "stream_branch_orphan",
    severity: "note" as const,
    message: `${name} belongs to no workstream that is known`,
    data: { branch: name, tip, merged },
  };
  if (merged && worktree === null) {
    const meaning = `${base} has all that is on it.`;
    return problem(name, { ...facts, meaning, repair: "deletes it", fix: async () => await remove(app, name, tip) });
  }
  return problem(name, {
    ...facts,
    meaning: worktree === null ? `It holds work that ${base} has not.` : `It is checked out in ${worktree}.`,
    hint: worktree === null ? `git log ${base}..${name} shows it; git branch -D ${name} gives it up` : null,
  });
}

/** A branch on which a conflict was resolved, and that the stream's own contains. */
async function isLeftover(
  app: World["app"],
  entry: StreamEntry,
  { name, tip, worktree }: BranchReport,
): Promise<boolean> {
  if (worktree !== null || !name.startsWith(`${folderOf(entry.id)}merge-`)) return false;
  if (listConflicts(entry).some(({ conflict }) => conflict.resolving?.branch === name)) return false;
  const { worktrees } = requireRepository(app);
  const gathered = await worktrees.branchTip(entry.branch?.name ?? streamBranch(entry.id));
  return gathered !== null && (await worktrees.isAncestor(tip, gathered));
}

function judgeLeftover(app: World["app"], { id }: StreamEntry, { name, tip }: BranchReport): Problem {
  return problem(name, {
    code: "merge_branch_left",
    severity: "note",
    message: `${name} is left of a merge of ${id} that is over`,
    meaning: "The stream's branch has all that is on it.",
    repair: "deletes it",
    fix: async () => await remove(app, name, tip),
    data: { branch: name, stream: id },
  });
}

async function remove(app: World["app"], name: string, tip: string): Promise<string> {
  const { worktrees } = requireRepository(app);
  const deleted = await worktrees.lock(async () => await worktrees.deleteBranch(name, tip));
  return deleted ? `deleted ${name}` : `${name} was moved or checked out meanwhile, and stays`;
}
