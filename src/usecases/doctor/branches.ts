/** Branches of sessions that hold nothing which their base does not have. */
import type { BranchReport } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { findBase } from "../workspace/base.ts";
import { problem, type Check } from "./finding.ts";

/** Merged branches, and those that were never committed on. A branch that `resume` would come back to stays. */
export const checkBranches: Check = {
  area: "branches",
  needs: { state: true, repository: true },
  async examine({ app }) {
    const { worktrees } = requireRepository(app);
    const base = await findBase(app);
    if (base === null) return [];
    const merged = (await worktrees.reportBranches("incr/", base.commit)).filter(isMerged);
    // All of history is read for that.
    const needed = merged.length === 0 ? new Set<string>() : await listNeeded(app);
    const idle = merged.filter(({ name }) => !needed.has(name));
    if (idle.length === 0) return [];
    const names = idle.map(({ name }) => name);
    return [
      problem(names.length === 1 ? (names[0] as string) : `${names.length} branches`, {
        code: "branches_merged",
        severity: "note",
        message: `${base.name} has all that is on ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`,
        meaning: "They are in nobody's way.",
        repair: "deletes them",
        fix: async () => {
          const deleted: string[] = [];
          await worktrees.lock(async () => {
            const now = await listNeeded(app);
            for (const { name, tip } of idle) {
              if (!now.has(name) && (await worktrees.deleteBranch(name, tip))) deleted.push(name);
            }
          });
          return deleted.length === 0 ? "none of them was free" : `deleted ${deleted.join(", ")}`;
        },
        data: { branches: names, base: base.name },
      }),
    ];
  },
};

/** Streams take care of their own. */
function isMerged({ name, merged, worktree }: BranchReport): boolean {
  return merged && worktree === null && !name.startsWith("incr/stream/");
}

/** Branches of sessions that are active, or failed and can be resumed. */
async function listNeeded(app: App): Promise<Set<string>> {
  const repo = await findRepoSlug(app);
  if (repo === null) return new Set();
  const sessions = await app.store.read(async (tx) => await tx.list("sessions", { repo, finishedSince: "ever" }));
  return new Set(
    sessions.flatMap(({ record }) =>
      record.status === "completed" || record.branch === undefined ? [] : [record.branch],
    ),
  );
}
