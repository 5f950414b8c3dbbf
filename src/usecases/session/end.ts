/** Ending an attempt, by a person, by the end of its command, or because its process is gone: keep the work, free the workspace, settle the todo. */
import { IncrError } from "../../domain/error.ts";
import type { Intent } from "../../domain/lease.ts";
import {
  recordKey,
  type AcquiredWorkspace,
  type ActiveSession,
  type FailureReason,
  type FinishedSession,
} from "../../domain/records.ts";
import { completeSession, failSession } from "../../domain/session.ts";
import { beginIntent, endIntent, leaseOf, releaseWorkspace } from "../../domain/workspace.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { newIntent } from "../lease.ts";
import type { KeptNote } from "../workspace/kept-note.ts";
import { keepAndEmpty, NOTHING_KEPT, type Kept } from "./keep.ts";
import { markEnded } from "./todo.ts";

/** How an attempt ends; it stands in the lease's intent, so that a crash in between is finished as it was meant. */
export interface Outcome {
  status: "completed" | "failed";
  reason?: FailureReason;
  exit_code?: number;
  signal?: string;
  /** What was kept, once it was: from then on the workspace does not tell any more. */
  kept?: KeptNote;
}

export interface EndRequest {
  session: ActiveSession;
  outcome: Outcome;
  /**
   * `strict`: refuse if work would be left in a state that the person has to decide about. `always`: end in any case, and set aside a workspace that cannot
   * be emptied.
   */
  mode: "strict" | "always";
  /** The unfinished intent of a process that is gone, which this ending takes over. */
  takeOver?: Intent;
}

export interface Ending {
  session: FinishedSession;
  workspace: string;
  /** The branch that holds the work; null if it held nothing and was removed, or never was. */
  branch: string | null;
  /** Commits on the branch that are not in its base. */
  commits: number;
  /** Another branch that the workspace was on in the end, with the commits on it that are not in the session's base. */
  other: { branch: string; commits: number } | null;
  /** The command that merges the branch, from the main checkout. */
  merge: string | null;
  /** Commit that was made of uncommitted work. */
  committed: string | null;
  rescue: RescueInfo | null;
  /** Root of the main checkout. */
  root: string;
  /** What could not be done because it was gone or decided otherwise. */
  skipped: string[];
  /** Processes of the lease that still run; the workspace is freed when they end. */
  survivors: { pid: number; command: string }[];
  /** Why the workspace is set aside. */
  attention: string | null;
}

/** @throws IncrError `stale_token`, `held` (another end is under way); with `strict` also `unsafe`, `rule` */
export async function endSession(app: App, request: EndRequest): Promise<Ending> {
  const { worktrees, location, todos } = requireRepository(app);
  const { session } = request;
  const todo = await todos.find(session.todo_id).catch(() => undefined);
  const workspace = await begin(app, request);
  await app.step("end:begun");

  const skipped: string[] = [];
  let outcome = request.outcome;
  let kept: Kept = NOTHING_KEPT;
  if (workspace === null) {
    skipped.push(`${session.workspace_name} is not held by this session any more`);
  } else {
    try {
      kept = await keepAndEmpty(app, request, workspace, todo);
    } catch (error) {
      await withdraw(app, workspace, decides(error) ? undefined : request.takeOver).catch(() => {});
      throw error;
    }
    if (kept.missing !== null) skipped.push(`${workspace.path}: ${kept.missing}`);
    if (kept.unsaved && outcome.status === "completed") outcome = { ...outcome, status: "failed", reason: "unsaved" };
  }
  await app.step("end:kept");

  const todoSkipped = await markEnded(app, session.todo_id, outcome.status);
  if (todoSkipped !== null) skipped.push(todoSkipped);
  await app.step("end:todo");

  const finished = await confirm(app, request.session, outcome, workspace, kept);
  await app.step("end:confirmed");
  const branch = kept.branchRemoved || kept.head === null ? null : (session.branch ?? null);
  const countSince = async (tip: string | null): Promise<number> =>
    tip === null || session.base === undefined ? 0 : await worktrees.countCommits(session.base, tip).catch(() => 0);
  const commits = branch === null ? 0 : await countSince(kept.head);
  const elsewhere = kept.stood?.branch ?? null;
  const other =
    elsewhere === null || elsewhere === session.branch
      ? null
      : { branch: elsewhere, commits: await countSince(kept.stood?.commit ?? null) };
  return {
    session: finished,
    workspace: session.workspace_name,
    branch,
    commits,
    other: other === null || other.commits === 0 ? null : other,
    merge:
      commits > 0 ? `git merge ${branch}` : other !== null && other.commits > 0 ? `git merge ${other.branch}` : null,
    committed: kept.commit,
    rescue: kept.rescue,
    root: location.root,
    skipped,
    survivors: kept.survivors,
    attention: kept.attention,
  };
}

/** Writes down that this session is being ended, and how; null if the workspace is not its own any more. */
async function begin(app: App, request: EndRequest): Promise<AcquiredWorkspace | null> {
  const { session, outcome, takeOver } = request;
  const key = recordKey(session.repo, session.workspace_name);
  return await app.store.transact(async (tx) => {
    const current = await tx.find("sessions", recordKey(session.repo, session.id));
    if (current?.status !== "active" || current.lease_id !== session.lease_id) {
      throw new IncrError("stale_token", `session ${session.id} was ended or taken over meanwhile`, {
        hint: `incr session show ${session.id}`,
      });
    }
    const workspace = await tx.find("workspaces", key);
    if (workspace?.status !== "acquired" || leaseOf(workspace).lease_id !== session.lease_id) return null;
    const { lease_id } = leaseOf(workspace);
    const held = beginIntent(workspace, lease_id, newIntent(app, "release", { ...outcome }), takeOver);
    await tx.put("workspaces", key, held);
    return held;
  });
}

/** The person decides now, and until then the attempt goes on as if nothing had been asked. */
function decides(error: unknown): boolean {
  return error instanceof IncrError && (error.code === "unsafe" || error.code === "rule");
}

/** @param stale the unfinished step that was taken over, to be left for the next command; without it the lease stands without a step */
async function withdraw(app: App, workspace: AcquiredWorkspace, stale: Intent | undefined): Promise<void> {
  const key = recordKey(workspace.repo, workspace.name);
  const { lease_id } = leaseOf(workspace);
  await app.store.transact(async (tx) => {
    const current = await tx.find("workspaces", key);
    if (current?.status !== "acquired" || leaseOf(current).lease_id !== lease_id) return;
    const now = app.now().toISOString();
    await tx.put("workspaces", key, endIntent(current, lease_id, now, stale === undefined ? {} : { intent: stale }));
  });
}

async function confirm(
  app: App,
  session: ActiveSession,
  outcome: Outcome,
  workspace: AcquiredWorkspace | null,
  kept: Kept,
): Promise<FinishedSession> {
  const end = {
    ...(outcome.exit_code === undefined ? {} : { exit_code: outcome.exit_code }),
    ...(kept.head === null ? {} : { head: kept.head }),
    ...(kept.rescue === null ? {} : { rescue: kept.rescue.ref }),
    ...(kept.branchRemoved ? { branch_removed: true } : {}),
    ...(kept.stood === null ? {} : { stood_at: kept.stood }),
  };
  const key = recordKey(session.repo, session.id);
  return await app.store.transact(async (tx) => {
    const now = app.now().toISOString();
    const current = (await tx.find("sessions", key)) ?? session;
    const finished =
      outcome.status === "completed"
        ? completeSession(current, end, now)
        : failSession(
            current,
            {
              ...end,
              reason: outcome.reason ?? "failed",
              ...(outcome.signal === undefined ? {} : { signal: outcome.signal }),
            },
            now,
          );
    await tx.put("sessions", key, finished);
    if (workspace === null) return finished;
    const workspaceKey = recordKey(workspace.repo, workspace.name);
    const held = await tx.find("workspaces", workspaceKey);
    if (held?.status !== "acquired" || leaseOf(held).lease_id !== session.lease_id) return finished;
    const after =
      kept.survivors.length > 0
        ? { ...held, updated_at: now, lease: { ...leaseOf(held), intent: newIntent(app, "draining") } }
        : releaseWorkspace(
            held,
            leaseOf(held).lease_id,
            now,
            kept.attention === null ? {} : { attention: kept.attention },
          );
    await tx.put("workspaces", workspaceKey, after);
    return finished;
  });
}
