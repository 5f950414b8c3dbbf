/**
 * Settling what provably died: a run whose process and all descendants are gone, and steps that a crash left half done. Every command on a repository does
 * this first, and says so; it reads one snapshot, and takes locks only if there is something to settle.
 */
import { IncrError } from "../domain/error.ts";
import type { Lease } from "../domain/lease.ts";
import { recordKey, type AcquiredWorkspace, type ActiveSession } from "../domain/records.ts";
import { beginIntent, endIntent, leaseOf } from "../domain/workspace.ts";
import { requireRepository, type App } from "./app.ts";
import { newIntent } from "./lease.ts";
import { findRepoSlug } from "./repository.ts";
import { endSession, type Ending, type Outcome } from "./session/end.ts";
import { markEnded } from "./session/todo.ts";
import { giveBack } from "./workspace/give-back.ts";

/** A lease that nobody will end any more. */
export interface DeadLease {
  workspace: AcquiredWorkspace;
  lease: Lease;
  session: ActiveSession | undefined;
  /** What had begun and was not confirmed, else the run itself. */
  what: "acquire" | "resume" | "release" | "destroy" | "draining" | "run";
}

/** Reads only. */
export async function findDeadLeases(app: App, repo: string): Promise<DeadLease[]> {
  const { workspaces, sessions } = await app.store.read(async (tx) => ({
    workspaces: await tx.list("workspaces", { repo }),
    sessions: await tx.list("sessions", { repo }),
  }));
  const dead: DeadLease[] = [];
  for (const { record: workspace } of workspaces) {
    if (workspace.status !== "acquired") continue;
    const lease = leaseOf(workspace);
    const what = judge(app, lease);
    if (what === null) continue;
    const session = sessions
      .map(({ record }) => record)
      .find((one) => one.lease_id === lease.lease_id && one.status === "active");
    dead.push({ workspace, lease, session: session as ActiveSession | undefined, what });
  }
  return dead;
}

function judge(app: App, lease: Lease): DeadLease["what"] | null {
  const { intent } = lease;
  if (intent === undefined) {
    return lease.kind === "process" && app.processes.isLeaseGone(lease).gone ? "run" : null;
  }
  if (app.processes.stateOf(intent.process) !== "dead") return null;
  // Whatever was started under the lease may still be writing: hooks of a start, the command of a run, the rest of a finished one.
  if (lease.kind === "process" || intent.action === "acquire" || intent.action === "resume") {
    const { processes, unreadable } = app.processes.findLeaseProcesses(lease);
    if (processes.length + unreadable.length > 0) return null;
  }
  return intent.action;
}

/** Ends what is dead. What cannot be settled now is reported and left for later. */
export async function settle(app: App): Promise<Ending[]> {
  if (app.repository === null) return [];
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const endings: Ending[] = [];
  for (const dead of await findDeadLeases(app, repo)) {
    try {
      const ending = await settleLease(app, dead);
      if (ending !== null) endings.push(ending);
    } catch (error) {
      // Somebody else was faster, which is as good.
      if (error instanceof IncrError && (error.code === "stale_token" || error.code === "held")) continue;
      if (!(error instanceof IncrError)) throw error;
      app.notify({
        code: "not_settled",
        message: `${dead.workspace.name} was left by a process that is gone, and could not be settled: ${error.message}`,
        data: { workspace: dead.workspace.name, code: error.code },
      });
    }
  }
  return endings;
}

/** @throws IncrError `stale_token` or `held` if somebody else was faster, `unsafe` if something can neither be kept nor removed */
export async function settleLease(app: App, dead: DeadLease): Promise<Ending | null> {
  const { workspace, lease, session, what } = dead;
  if (what === "resume" && session !== undefined) return await undoResume(app, dead, session);
  if (session !== undefined) {
    const outcome = outcomeOf(dead);
    const ending = await endSession(app, {
      session: what === "acquire" ? await withBranch(app, dead, session) : session,
      outcome,
      mode: "always",
      ...(lease.intent === undefined ? {} : { takeOver: lease.intent }),
    });
    tell(app, ending, what);
    return ending;
  }
  await takeOverIntent(app, dead);
  const kept = await giveBack(app, workspace, lease.lease_id, { reason: "left in a workspace whose holder is gone" });
  app.notify({
    code: "settled",
    message: `${workspace.name} is free again${kept.rescue === null ? "" : `; what was left in it is kept as rescue ${kept.rescue.name}`}`,
    data: { workspace: workspace.name, rescue: kept.rescue?.ref ?? null },
  });
  return null;
}

/** What a half-done ending was going to conclude; anything else that died was interrupted. */
function outcomeOf({ what, lease }: DeadLease): Outcome {
  const meant = lease.intent?.outcome;
  if (what === "release" && (meant?.["status"] === "completed" || meant?.["status"] === "failed"))
    return meant as unknown as Outcome;
  return { status: "failed", reason: "interrupted" };
}

/** A start that died after its branch was made and before that was recorded: the branch is found in the worktree. */
async function withBranch(app: App, { workspace }: DeadLease, session: ActiveSession): Promise<ActiveSession> {
  if (session.branch !== undefined) return session;
  const { worktrees } = requireRepository(app);
  const found = await worktrees.inspect(workspace.path);
  if (found.kind !== "worktree" || found.branch === null || found.head === null) return session;
  if (!found.branch.startsWith(`incr/${session.todo_id}`)) return session;
  const holdsNothing = await worktrees.isHeldElsewhere(found.branch, found.head);
  return { ...session, branch: found.branch, ...(holdsNothing ? { base: found.head } : {}) };
}

/** A resume that never ended leaves the attempt as it was before: its last record stands in history. */
async function undoResume(app: App, dead: DeadLease, session: ActiveSession): Promise<null> {
  const { workspace, lease } = dead;
  await takeOverIntent(app, dead);
  await markEnded(app, session.todo_id, "failed", lease.acquired_at);
  await giveBack(app, workspace, lease.lease_id, {
    reason: "left by a resume that was interrupted",
    session_id: session.id,
    todo_id: session.todo_id,
    also: async (tx) => await tx.remove("sessions", recordKey(session.repo, session.id)),
  });
  app.notify({
    code: "settled",
    message: `resuming session ${session.id} was interrupted; it can be resumed as before`,
    data: { session_id: session.id, workspace: workspace.name },
  });
  return null;
}

/** Of several commands that find the same dead process, one goes on. @throws IncrError `held`, `stale_token` */
async function takeOverIntent(app: App, { workspace, lease }: DeadLease): Promise<void> {
  const key = recordKey(workspace.repo, workspace.name);
  await app.store.transact(async (tx) => {
    const current = await tx.find("workspaces", key);
    if (current?.status !== "acquired" || leaseOf(current).lease_id !== lease.lease_id) {
      throw new IncrError("stale_token", `${workspace.name} was settled already`);
    }
    const same = leaseOf(current).intent?.process.pid === lease.intent?.process.pid;
    const free = same ? endIntent(current, lease.lease_id, app.now().toISOString()) : current;
    await tx.put(
      "workspaces",
      key,
      beginIntent(free, lease.lease_id, newIntent(app, lease.intent?.action ?? "release")),
    );
  });
}

function tell(app: App, ending: Ending, what: DeadLease["what"]): void {
  const { session } = ending;
  const end = session.status === "completed" ? "completed" : what === "release" ? "failed" : "interrupted";
  const kept = [
    ending.branch === null ? null : `work on ${ending.branch}`,
    ending.rescue === null ? null : `rescue ${ending.rescue.name}`,
  ].filter((text) => text !== null);
  const next = session.status === "failed" ? `; \`incr session resume ${session.id}\` brings it back` : "";
  app.notify({
    code: "settled",
    message: `settled session ${session.id} of ${session.todo_id}: ${end}, its process is gone${kept.length > 0 ? ` (${kept.join(", ")})` : ""}${next}`,
    data: {
      session_id: session.id,
      todo_id: session.todo_id,
      status: session.status,
      workspace: ending.workspace,
      branch: ending.branch,
      rescue: ending.rescue?.ref ?? null,
    },
  });
}
