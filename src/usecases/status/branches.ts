/** Branches of sessions whose work is not in the base yet. */
import type { Session } from "../../domain/records.ts";
import { requireRepository, type App } from "../app.ts";
import { findBase } from "../workspace/base.ts";
import type { Records } from "./records.ts";
import { secondsSince } from "./todos.ts";

export interface BranchLine {
  name: string;
  /** Commits on it that are not in the base. */
  commits: number;
  committed_at: string;
  age_seconds: number;
  /** The last attempt that worked on it, as far as it is known. */
  session: { id: string; status: "completed" | "failed" } | null;
  /** Merges it, or goes on with it. */
  command: string;
}

export interface UnmergedBranches {
  /** What they are compared with: `workspace.base`, else HEAD of the main checkout; null while there is no commit. */
  base: string | null;
  unmerged: BranchLine[];
  /** Older ones that were not looked at closely: some may have been squashed into the base. */
  more: number;
}

/** Telling whether a branch was squashed into the base takes some processes of git for each. */
const LOOKED_AT = 12;
const AT_ONCE = 4;

/** The newest first. Branches of active sessions are left out: their work goes on. */
export async function listUnmerged(app: App, { sessions }: Records): Promise<UnmergedBranches> {
  const { worktrees } = requireRepository(app);
  const base = await findBase(app);
  if (base === null) return { base: null, unmerged: [], more: 0 };
  const active = new Set(sessions.flatMap((session) => (session.status === "active" ? [session.branch] : [])));
  const candidates = (await worktrees.reportBranches("incr/", base.commit)).filter(
    ({ name, merged }) => !merged && !active.has(name) && !name.startsWith("incr/stream/"),
  );
  const lines: (BranchLine | null)[] = [];
  const queue = [...candidates.slice(0, LOOKED_AT).entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, { name, tip, committed_at }] = next;
      if (await worktrees.isMerged(tip, base.commit)) continue;
      const commits = await worktrees.countCommits(base.commit, tip);
      const session = lastAttempt(sessions, name);
      const age_seconds = secondsSince(committed_at, app.now());
      lines[index] = { name, commits, committed_at, age_seconds, session, command: commandFor(name, session) };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const unmerged = Object.values(lines).filter((line) => line !== null);
  return { base: base.name, unmerged, more: Math.max(0, candidates.length - LOOKED_AT) };
}

function lastAttempt(sessions: readonly Session[], branch: string): BranchLine["session"] {
  const last = sessions
    .filter((session) => session.branch === branch)
    .toSorted((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at))[0];
  return last === undefined || last.status === "active" ? null : { id: last.id, status: last.status };
}

function commandFor(name: string, session: BranchLine["session"]): string {
  return session?.status === "failed" ? `incr session resume ${session.id}` : `git merge ${name}`;
}
