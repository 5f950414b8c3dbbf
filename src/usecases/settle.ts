/**
 * Settling what provably died: a run whose process and all descendants are gone, and steps that a crash left half done. Every command on a repository does
 * this first, and says so; it reads one snapshot, and takes locks only if there is something to settle.
 */
import { IncrError } from "../domain/error.ts";
import { recordKey, type ActiveSession } from "../domain/records.ts";
import { beginIntent, endIntent, leaseOf, releaseWorkspace } from "../domain/workspace.ts";
import type { Tx } from "../ports/store.ts";
import { settleAgentLease, settleAgents } from "./agent/settle.ts";
import { requireRepository, type App } from "./app.ts";
import { findDeadLeases, type DeadLease } from "./dead-leases.ts";
import { settleJobLease, settleJobsHere } from "./job/settle.ts";
import { newIntent } from "./lease.ts";
import { ensureRepo, findRepoSlug } from "./repository.ts";
import { endSession, type Ending, type Outcome } from "./session/end.ts";
import { markEnded } from "./session/todo.ts";
import { giveBack } from "./workspace/give-back.ts";
import { asRefusal } from "./workspace/save.ts";

/** Ends what is dead. What cannot be settled now is reported and left for later. */
export async function settle(app: App): Promise<Ending[]> {
  if (app.repository === null) return [];
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const endings: Ending[] = [];
  await settleAgents(app, repo);
  await settleJobsHere(app, repo);
  const found = await findDeadLeases(app, repo);
  // A repository that was moved has to be linked to its workspaces again before anything in them can be kept.
  if (found.length > 0) await ensureRepo(app);
  for (const dead of found) {
    try {
      const ending = await settleLease(app, dead);
      if (ending !== null) endings.push(ending);
    } catch (error) {
      // Somebody else was faster, which is as good.
      if (error instanceof IncrError && (error.code === "stale_token" || error.code === "held")) continue;
      const why = error instanceof IncrError ? error.message : asRefusal(error);
      if (why === null) throw error;
      app.notify({
        code: "not_settled",
        message: `${dead.workspace.name} was left by a process that is gone, and could not be settled yet: ${why}`,
        data: { workspace: dead.workspace.name },
      });
    }
  }
  return endings;
}

/** @throws IncrError `stale_token` or `held` if somebody else was faster; what git, the disk or a lock refuses: the next command tries again */
export async function settleLease(app: App, dead: DeadLease): Promise<Ending | null> {
  const { lease, session, what, workspace } = dead;
  const isAgents = lease.holder.type === "agent_session" || lease.holder.type === "thread";
  if (isAgents && (await settleAgentLease(app, workspace.repo, lease.lease_id))) return null;
  if (lease.holder.type === "job" && (await settleJobLease(app, dead))) return null;
  if (session === undefined) return await settleWithoutSession(app, dead);
  if (what === "acquire") return await undoStart(app, dead, session);
  if (what === "resume") return await undoResume(app, dead, session);
  const takeOver = lease.intent === undefined ? {} : { takeOver: lease.intent };
  if (what === "release" && lease.kind === "held") return await finishEnd(app, dead, session);
  const ending = await endSession(app, { session, outcome: outcomeOf(dead), mode: "always", ...takeOver });
  tell(app, ending, what);
  return ending;
}

/** What a half-done ending was going to conclude; anything else that died was interrupted. */
function outcomeOf({ what, lease }: DeadLease): Outcome {
  const meant = lease.intent?.outcome;
  if (what === "release" && (meant?.["status"] === "completed" || meant?.["status"] === "failed"))
    return meant as unknown as Outcome;
  return { status: "failed", reason: "interrupted" };
}

/** `done` or `fail` that was cut off is finished as it was meant, unless the person has to decide about something: then it never was asked for. */
async function finishEnd(app: App, dead: DeadLease, session: ActiveSession): Promise<Ending | null> {
  const { lease, what } = dead;
  const takeOver = lease.intent === undefined ? {} : { takeOver: lease.intent };
  try {
    const ending = await endSession(app, { session, outcome: outcomeOf(dead), mode: "strict", ...takeOver });
    tell(app, ending, what);
    return ending;
  } catch (error) {
    if (!(error instanceof IncrError) || (error.code !== "unsafe" && error.code !== "rule")) throw error;
    app.notify({
      code: "settled",
      message: `ending session ${session.id} was cut off, and the session goes on: ${error.message}`,
      data: { session_id: session.id, workspace: session.workspace_name },
    });
    return null;
  }
}

/** A start that never came to its end never was. */
async function undoStart(app: App, dead: DeadLease, session: ActiveSession): Promise<null> {
  const { workspace, lease } = dead;
  await takeOverIntent(app, dead);
  await markEnded(app, session.todo_id, "failed", lease.acquired_at);
  const { rescue } = await giveBack(app, workspace, lease.lease_id, {
    reason: "left by a start that was cut off",
    session_id: session.id,
    todo_id: session.todo_id,
    branch: session.branch,
    base: session.base,
    setAside: true,
    abandoned: true,
    since: lease.acquired_at,
    also: async (tx) => await tx.remove("sessions", recordKey(session.repo, session.id)),
  });
  app.notify({
    code: "settled",
    message: `starting ${session.todo_id} was cut off and is undone; the todo is open, ${workspace.name} free${keptAs(rescue)}`,
    data: { todo_id: session.todo_id, workspace: workspace.name, rescue: rescue?.ref ?? null },
  });
  return null;
}

/** A resume that never came to its end leaves the attempt as it was before: its last record stands in history. */
async function undoResume(app: App, dead: DeadLease, session: ActiveSession): Promise<null> {
  const { workspace, lease } = dead;
  const { worktrees } = requireRepository(app);
  await takeOverIntent(app, dead);
  await markEnded(app, session.todo_id, "failed", lease.acquired_at);
  const also = async (tx: Tx) => await tx.remove("sessions", recordKey(session.repo, session.id));
  const mark = await worktrees.readMark(workspace.path);
  if (mark?.session_id === session.id && mark.lease_id !== lease.lease_id) {
    // It was being taken back with everything in it, and nothing has been done to it yet.
    await app.store.transact(async (tx) => {
      const key = recordKey(workspace.repo, workspace.name);
      const current = await tx.find("workspaces", key);
      const attention = "it still holds the work of an attempt that ended";
      await tx.put(
        "workspaces",
        key,
        releaseWorkspace(current ?? workspace, lease.lease_id, app.now().toISOString(), { attention }),
      );
      await also(tx);
    });
  } else {
    await giveBack(app, workspace, lease.lease_id, {
      reason: "left by a resume that was cut off",
      session_id: session.id,
      todo_id: session.todo_id,
      setAside: true,
      abandoned: true,
      since: lease.acquired_at,
      also,
    });
  }
  app.notify({
    code: "settled",
    message: `resuming session ${session.id} was cut off; it can be resumed as before`,
    data: { session_id: session.id, workspace: workspace.name },
  });
  return null;
}

/** Leases of people, the rest of a session that has ended, and workspaces that were being removed. */
async function settleWithoutSession(app: App, dead: DeadLease): Promise<null> {
  const { workspace, lease, what } = dead;
  const { worktrees } = requireRepository(app);
  await takeOverIntent(app, dead);
  const key = recordKey(workspace.repo, workspace.name);
  if (what === "destroy" && (await worktrees.inspect(workspace.path)).kind === "missing") {
    await worktrees.destroy(workspace.path);
    await app.store.transact(async (tx) => await tx.remove("workspaces", key));
    app.notify({ code: "settled", message: `${workspace.name} is removed`, data: { workspace: workspace.name } });
    return null;
  }
  try {
    const { rescue, attention } = await giveBack(app, workspace, lease.lease_id, {
      reason: "left in a workspace whose holder is gone",
      ...(lease.holder.type === "session" ? { session_id: lease.holder.id } : {}),
      // What a person holds is that person's to decide about.
      setAside: lease.kind === "process",
      since: lease.acquired_at,
      abandoned: lease.kind === "process",
    });
    app.notify({
      code: "settled",
      message: `${workspace.name} ${attention === null ? "is free again" : `is set aside: ${attention}`}${keptAs(rescue)}`,
      data: { workspace: workspace.name, rescue: rescue?.ref ?? null },
    });
  } catch (error) {
    if (!(error instanceof IncrError) || error.code !== "unsafe" || what !== "release") throw error;
    await app.store.transact(async (tx) => {
      const current = await tx.find("workspaces", key);
      if (current !== undefined)
        await tx.put("workspaces", key, endIntent(current, lease.lease_id, app.now().toISOString()));
    });
    app.notify({
      code: "settled",
      message: `releasing ${workspace.name} was cut off, and it stays held: ${error.message}`,
      data: { workspace: workspace.name },
    });
  }
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
    const next = newIntent(app, lease.intent?.action ?? "release");
    await tx.put("workspaces", key, beginIntent(current, lease.lease_id, next, lease.intent));
  });
}

function keptAs(rescue: { name: string } | null): string {
  return rescue === null ? "" : `; what was in it is kept as rescue ${rescue.name}`;
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
