/** The end of an agent session: judged, kept, written down; the workspace that it had to itself goes back. */
import { endAgentSession, type AgentEnd } from "../../domain/agent/session.ts";
import type { Verdict } from "../../domain/agent/verdict.ts";
import { IncrError } from "../../domain/error.ts";
import type { Intent } from "../../domain/lease.ts";
import {
  recordKey,
  type AcquiredWorkspace,
  type ActiveAgentSession,
  type FinishedAgentSession,
} from "../../domain/records.ts";
import { beginIntent, leaseOf, releaseWorkspace } from "../../domain/workspace.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { newIntent } from "../lease.ts";
import { emptyWorkspace } from "../workspace/empty.ts";
import { noteKept, recallKept, wasRemoved, type KeptNote } from "../workspace/kept-note.ts";
import { saveWork, type Saved } from "../workspace/save.ts";
import { writeEvent } from "./supervise.ts";
import type { LoggedEvent } from "../../domain/agent/event.ts";

export interface AgentEnding {
  session: FinishedAgentSession;
  /** Branch that holds the work of a workspace of its own; null if it held nothing, or the workspace is somebody's. */
  branch: string | null;
  /** Commits on it that are not in its base. */
  commits: number;
  rescue: RescueInfo | null;
  /** Why its workspace is set aside. */
  attention: string | null;
}

export interface EndRequest {
  session: ActiveAgentSession;
  end: Omit<AgentEnd, "head" | "rescue" | "branch_removed">;
  /** The unfinished step of a process that is gone. */
  takeOver?: Intent;
  onEvent?: ((event: LoggedEvent) => void) | undefined;
}

/** @throws IncrError `rule` if it has ended already; `held`, `stale_token` if somebody else is ending it */
export async function endAgent(app: App, request: EndRequest): Promise<AgentEnding> {
  const own = await findOwnWorkspace(app, request.session);
  const ending = own === null ? await endElsewhere(app, request) : await endInOwn(app, request, own);
  await app.step("agent:ended");
  const { session } = ending;
  const log = (await app.agents()).log(session.log ?? "");
  const failed = session.status === "completed" ? undefined : session;
  writeEvent(
    app,
    log,
    {
      type: "ended",
      status: session.status,
      ...(failed?.reason === undefined ? {} : { reason: failed.reason }),
      ...(failed?.message === undefined ? {} : { message: failed.message }),
      ...(session.exit_code === undefined ? {} : { exit_code: session.exit_code }),
      ...(session.signal === undefined ? {} : { signal: session.signal }),
    },
    request.onEvent,
  );
  return ending;
}

/** The workspace that an agent session has to itself, while it holds it. */
export async function findOwnWorkspace(app: App, session: ActiveAgentSession): Promise<AcquiredWorkspace | null> {
  if (session.owns_lease !== true || session.workspace_name === undefined) return null;
  const key = recordKey(session.repo, session.workspace_name);
  const workspace = await app.store.read(async (tx) => await tx.find("workspaces", key));
  const isOwn = workspace?.status === "acquired" && leaseOf(workspace).lease_id === session.lease_id;
  return isOwn ? workspace : null;
}

/** In a workspace of somebody else's: nothing of it is touched. */
async function endElsewhere(app: App, { session, end }: EndRequest): Promise<AgentEnding> {
  const head = await app.repository?.worktrees.readHead(session.cwd ?? "").catch(() => null);
  const finished = await put(app, session, {
    ...end,
    ...(typeof head?.commit === "string" ? { head: head.commit } : {}),
  });
  return { session: finished, branch: null, commits: 0, rescue: null, attention: null };
}

async function put(app: App, session: ActiveAgentSession, end: AgentEnd): Promise<FinishedAgentSession> {
  const key = recordKey(session.repo, session.id);
  return await app.store.transact(async (tx) => {
    const finished = endAgentSession(
      (await tx.find("opencode_sessions", key)) ?? session,
      end,
      app.now().toISOString(),
    );
    await tx.put("opencode_sessions", key, finished);
    return finished;
  });
}

async function endInOwn(app: App, request: EndRequest, workspace: AcquiredWorkspace): Promise<AgentEnding> {
  const { worktrees } = requireRepository(app);
  const { session, end, takeOver } = request;
  const { lease_id } = leaseOf(workspace);
  const key = recordKey(workspace.repo, workspace.name);
  const noted = takeOver?.action === "release" ? (takeOver.outcome?.["kept"] as KeptNote | undefined) : undefined;
  const outcome = { ...end.verdict, ...(noted === undefined ? {} : { kept: noted }) };
  await app.store.transact(async (tx) => {
    const current = (await tx.find("workspaces", key)) ?? workspace;
    const next = newIntent(app, "release", outcome);
    await tx.put("workspaces", key, beginIntent(current, lease_id, next, takeOver));
  });
  await app.step("agent:end-begun");

  const branch = session.branch ?? undefined;
  const completed = end.verdict.status === "completed";
  const work = {
    workspace,
    branch,
    base: session.base,
    reason: completed
      ? "left at the end of an agent session"
      : `left by an agent session that ${describe(end.verdict)}`,
    ...(completed ? { commitMessage: messageFor(session) } : {}),
    ...(takeOver === undefined ? {} : { since: leaseOf(workspace).acquired_at }),
  };
  const kept = await worktrees.lock(async () => {
    try {
      const found = await saveWork(app, work);
      const saved = noted === undefined ? found : await recallKept(app, noted, found);
      if (noted === undefined) await noteKept(app, workspace, outcome, saved);
      const astray = completed ? await findAstray(app, session, saved) : null;
      await app.step("agent:end-noted");
      const keptMore = async (more: Saved) => await noteKept(app, workspace, outcome, more);
      const emptied = await emptyWorkspace(app, { ...work, saved, abandoned: true, keptMore });
      const { saved: all, attention } = emptied;
      const branchRemoved = emptied.branchRemoved || wasRemoved(noted, session.base, all.head);
      return { ...all, branchRemoved, attention, astray };
    } catch (error) {
      if (!(error instanceof IncrError) || error.code !== "unsafe") throw error;
      const head = branch === undefined ? null : await worktrees.branchTip(branch);
      const attention = error.message;
      return { head, rescue: null, branchRemoved: false, attention, astray: completed ? attention : null };
    }
  });
  await app.step("agent:end-kept");
  const verdict: Verdict =
    kept.astray === null ? end.verdict : { status: "failed", reason: "unsaved", message: kept.astray };

  const finished = await app.store.transact(async (tx) => {
    const now = app.now().toISOString();
    const recordId = recordKey(session.repo, session.id);
    const current = (await tx.find("opencode_sessions", recordId)) ?? session;
    const ended = endAgentSession(
      current,
      {
        ...end,
        verdict,
        ...(kept.head === null ? {} : { head: kept.head }),
        ...(kept.rescue === null ? {} : { rescue: kept.rescue.ref }),
        ...(kept.branchRemoved ? { branch_removed: true } : {}),
      },
      now,
    );
    await tx.put("opencode_sessions", recordId, ended);
    const held = await tx.find("workspaces", key);
    const outcome = kept.attention === null ? {} : { attention: kept.attention };
    if (held !== undefined) await tx.put("workspaces", key, releaseWorkspace(held, lease_id, now, outcome));
    return ended;
  });
  const tip = kept.branchRemoved || branch === undefined ? null : kept.head;
  const commits =
    tip === null || session.base === undefined ? 0 : await worktrees.countCommits(session.base, tip).catch(() => 0);
  return {
    session: finished,
    branch: tip === null ? null : (branch ?? null),
    commits,
    rescue: kept.rescue,
    attention: kept.attention,
  };
}

/**
 * Why the work of a thread is not on its branch, which is all that is merged of it; null if it is. Whoever runs an agent for themselves looks where that left
 * its work.
 */
async function findAstray(
  app: App,
  { branch, thread_id }: ActiveAgentSession,
  { notCommitted, stood, head }: Saved,
): Promise<string | null> {
  if (thread_id === undefined || typeof branch !== "string") return null;
  if (notCommitted !== null) return `its work is not on ${branch}: ${notCommitted}`;
  if (stood === null) return null;
  const { worktrees } = requireRepository(app);
  if (head !== null && (await worktrees.isAncestor(stood.commit, head))) return null;
  return `its work is not on ${branch}, but on ${stood.branch ?? stood.commit.slice(0, 12)}`;
}

/** Of the commit that takes up what the agent left uncommitted. */
function messageFor({ id, title, stream_id, thread_id }: ActiveAgentSession): string {
  const trailers = [
    ...(stream_id === undefined || thread_id === undefined ? [] : [`Incr-Thread: ${stream_id}/${thread_id}`]),
    `Incr-Agent-Session: ${id}`,
  ];
  return `${title ?? "Work of an agent"}\n\n${trailers.join("\n")}\n`;
}

function describe(verdict: Verdict): string {
  return verdict.status === "killed" ? "was stopped" : "failed";
}
