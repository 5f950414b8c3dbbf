/** Locks that a git left when it was killed: everyone who moves or deletes a ref waits for them in vain. */
import { requireRepository } from "../app.ts";
import { problem, type Check } from "./finding.ts";

/** git holds them for moments; ours waits 20 s for another's. */
const LONG_MS = 60_000;

/** Whose they are cannot be told: they are left to a person. */
export const checkGitLocks: Check = {
  area: "locks of git",
  needs: { repository: true },
  async examine({ app }) {
    const now = app.now().getTime();
    const old = (await requireRepository(app).worktrees.listRefLocks()).filter(
      ({ since }) => now - since.getTime() >= LONG_MS,
    );
    return old.map(({ path, since }) =>
      problem(path, {
        code: "git_lock_left",
        severity: "warning",
        message: `${path} is there since ${since.toISOString()}: a git was killed, or hangs`,
        meaning: "Whatever moves or deletes a branch waits for it, and gives up: workspaces and runs are not settled.",
        hint: `if no git is at work here: rm '${path}'`,
        data: { path, since: since.toISOString() },
      }),
    );
  },
};
