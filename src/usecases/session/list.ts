/** Listing and showing sessions: reads only. */
import type { Session } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { requireRepository, type App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { requireSession } from "./find.ts";
import { lifeOf, type SessionLiveness, type Survivor } from "./life.ts";
import { IncrError } from "../../domain/error.ts";

const SEVEN_DAYS_MS = 7 * 24 * 3600 * 1000;

export interface ListRequest {
  /** Also what ended more than seven days ago. */
  all?: boolean;
  status?: Session["status"];
}

/** Active sessions first, then finished ones, the newest first. */
export async function listSessions(app: App, request: ListRequest = {}): Promise<Session[]> {
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const since = request.all === true ? "ever" : new Date(app.now().getTime() - SEVEN_DAYS_MS).toISOString();
  const entries = await app.store.read(async (tx) => await tx.list("sessions", { repo, finishedSince: since }));
  return entries
    .map(({ record }) => record)
    .filter((session) => request.status === undefined || session.status === request.status)
    .toSorted(
      (a, b) =>
        Number(b.status === "active") - Number(a.status === "active") ||
        Date.parse(b.started_at) - Date.parse(a.started_at),
    );
}

export interface SessionDetails {
  session: Session;
  /** Absolute path of the workspace while the session holds it. */
  path: string | null;
  /** Commits on the branch that are not in its base; null if the branch is gone. */
  commits: number | null;
  merge: string | null;
  /** Of an active one whose workspace is held. */
  liveness: SessionLiveness | null;
  /** Of an orphaned one: what of it runs on, its command first. */
  survivors: Survivor[];
}

/** @param wanted id of a session or todo, or a prefix; without it the session of the workspace that the caller stands in */
export async function showSession(app: App, wanted: string | undefined): Promise<SessionDetails> {
  const { worktrees, location } = requireRepository(app);
  const repo = (await findRepoSlug(app)) ?? "";
  const { session, workspace } = await app.store.read(async (tx) => {
    const workspaces = (await tx.list("workspaces", { repo })).map(({ record }) => record);
    const here = workspaces.find((one) => one.path === location.worktree);
    const holder = here?.status === "acquired" ? leaseOf(here).holder : undefined;
    const id = wanted ?? (holder?.type === "session" ? holder.id : undefined);
    if (id === undefined) {
      throw new IncrError("usage", "no session holds this folder, so an id is needed", { hint: "incr session list" });
    }
    const found = await requireSession(tx, repo, id);
    return { session: found, workspace: workspaces.find((one) => one.name === found.workspace_name) };
  });
  const lease = workspace?.status === "acquired" ? leaseOf(workspace) : undefined;
  const holds = lease !== undefined && lease.lease_id === session.lease_id;
  const tip = session.branch === undefined ? null : await worktrees.branchTip(session.branch);
  const commits = tip === null || session.base === undefined ? null : await worktrees.countCommits(session.base, tip);
  const life = session.status !== "active" || lease === undefined ? null : lifeOf(app, lease);
  return {
    session,
    path: holds && workspace !== undefined ? workspace.path : null,
    commits,
    merge: tip === null || commits === 0 ? null : `git merge ${session.branch}`,
    liveness: life?.liveness ?? null,
    survivors: life?.survivors ?? [],
  };
}
