/** Whether sessions and the leases on workspaces agree with each other. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type AcquiredWorkspace, type ActiveSession, type Workspace } from "../../domain/records.ts";
import { describeHolder, leaseOf } from "../../domain/workspace.ts";
import type { App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { endSession } from "../session/end.ts";
import { describeOrphan, lifeOf, orphanWayOut } from "../session/life.ts";
import { endLease } from "../workspace/release.ts";
import { problem, type Check, type Problem } from "./finding.ts";

/** Each active session holds its workspace, and each held workspace has a holder that is active. */
export const checkHolders: Check = {
  area: "sessions",
  needs: { state: true, repository: true },
  async examine({ app }) {
    const repo = await findRepoSlug(app);
    if (repo === null) return [];
    const { workspaces, sessions, others } = await app.store.read(async (tx) => ({
      workspaces: (await tx.list("workspaces", { repo })).map(({ record }) => record),
      sessions: (await tx.list("sessions", { repo })).map(({ record }) => record),
      others: new Set(
        [...(await tx.list("jobs", { repo })), ...(await tx.list("opencode_sessions", { repo }))].map(
          ({ record }) => record.id,
        ),
      ),
    }));
    const active = sessions.filter((session): session is ActiveSession => session.status === "active");
    const acquired = workspaces.filter((one): one is AcquiredWorkspace => one.status === "acquired");
    return [
      ...active.flatMap((session) => judgeSession(app, session, workspaces)),
      ...findDoubles(active),
      ...acquired.flatMap((workspace) => judgeWorkspace(app, workspace, active, others)),
    ];
  },
};

function judgeSession(app: App, session: ActiveSession, workspaces: Workspace[]): Problem[] {
  const why = estrangement(session, workspaces);
  if (why === null) return findOrphan(app, session, workspaces);
  return [
    problem(session.id, {
      code: "session_without_lease",
      severity: "error",
      message: `session ${session.id} (todo ${session.todo_id}) is active, but ${why}`,
      meaning: "Nobody can end it in the usual way, and its todo stays taken.",
      repair: "ends it as failed (interrupted) and opens the todo again; its branch stays",
      fix: async () => {
        const outcome = { status: "failed", reason: "interrupted" } as const;
        const { branch } = await endSession(app, { session, outcome, mode: "always" });
        return `ended session ${session.id} as failed; \`incr session resume ${session.id}\` brings it back${branch === null ? "" : `, with ${branch}`}`;
      },
      data: { session_id: session.id, todo_id: session.todo_id, workspace: session.workspace_name },
    }),
  ];
}

function findOrphan(app: App, { id, todo_id, workspace_name }: ActiveSession, workspaces: Workspace[]): Problem[] {
  const workspace = workspaces.find(({ name }) => name === workspace_name);
  if (workspace?.status !== "acquired") return [];
  const { liveness, survivors } = lifeOf(app, leaseOf(workspace));
  if (liveness !== "orphaned") return [];
  return [
    problem(id, {
      code: "session_orphaned",
      severity: "warning",
      message: `session ${id} (todo ${todo_id}): ${describeOrphan(survivors)}`,
      meaning: "It is settled when that has ended by itself.",
      hint: orphanWayOut({ session_id: id, survivors }),
      data: { session_id: id, todo_id, workspace: workspace_name, pids: survivors.map(({ pid }) => pid) },
    }),
  ];
}

/** Why a session does not hold its workspace; null if it does. */
function estrangement(session: ActiveSession, workspaces: Workspace[]): string | null {
  const workspace = workspaces.find(({ name }) => name === session.workspace_name);
  if (workspace === undefined) return `its workspace ${session.workspace_name} is not known`;
  if (workspace.status === "available") return `nobody holds its workspace ${workspace.name}`;
  // Another implementation wrote both, without leases.
  if (session.lease_id === undefined && workspace.lease === undefined) return null;
  const { lease_id, holder } = leaseOf(workspace);
  return lease_id === session.lease_id ? null : `${workspace.name} is held by ${describeHolder(holder)}`;
}

function findDoubles(active: ActiveSession[]): Problem[] {
  const todos = new Map<string, ActiveSession[]>();
  for (const session of active) todos.set(session.todo_id, [...(todos.get(session.todo_id) ?? []), session]);
  return [...todos]
    .filter(([, sessions]) => sessions.length > 1)
    .map(([todo, sessions]) =>
      problem(todo, {
        code: "todo_held_twice",
        severity: "warning",
        message: `todo ${todo} is worked on by ${sessions.map(({ id }) => id).join(" and ")} at once`,
        meaning: "Two attempts will end in two branches. Only another program, or an import, can begin a second one.",
        hint: `incr session fail ${sessions.at(-1)?.id}`,
        data: { todo_id: todo, sessions: sessions.map(({ id }) => id) },
      }),
    );
}

function judgeWorkspace(
  app: App,
  workspace: AcquiredWorkspace,
  active: ActiveSession[],
  others: ReadonlySet<string>,
): Problem[] {
  const { holder, intent, acquired_at, ...lease } = leaseOf(workspace);
  const { name } = workspace;
  if (holder.type === "person" && (holder.id === "unknown" || workspace.lease === undefined)) {
    const session = active.find((one) => one.workspace_name === name);
    return [
      problem(name, {
        code: "holder_unknown",
        severity: "note",
        message: `${name} is held since ${acquired_at}, and nothing says by whom`,
        meaning: "It is not handed out, since somebody may work in it.",
        hint: `${session === undefined ? "" : `incr session fail ${session.id}, then `}incr workspace release ${name}, which keeps what is in it`,
        data: { workspace: name, path: workspace.path },
      }),
    ];
  }
  // A step under way, or a workspace that waits for the last of its processes, is the affair of leases; threads keep their own records.
  const isActive = holder.type === "session" ? active.some(({ id }) => id === holder.id) : others.has(holder.id);
  if (isActive || intent !== undefined || holder.type === "person" || holder.type === "thread") return [];
  if (lease.kind === "process" && !app.processes.isLeaseGone(leaseOf(workspace)).gone) return [];
  return [
    problem(name, {
      code: "holder_ended",
      severity: "error",
      message: `${name} is held by ${describeHolder(holder)}, which is not active`,
      meaning: "Nobody will give it back.",
      repair: "keeps what is in it as a rescue and gives it back, unless somebody stands in it",
      fix: () => takeBack(app, workspace),
      data: { workspace: name, path: workspace.path, holder },
    }),
  ];
}

async function takeBack(app: App, workspace: AcquiredWorkspace): Promise<string> {
  const occupants = app.processes.findOccupants(workspace.path);
  if (occupants.length > 0) {
    const who = occupants.map(({ pid, command }) => `${pid} ${command}`).join(", ");
    throw new IncrError("held", `processes stand in it: ${who}`, { hint: "end them first" });
  }
  const key = recordKey(workspace.repo, workspace.name);
  const now = await app.store.read(async (tx) => await tx.find("workspaces", key));
  if (now?.status !== "acquired" || leaseOf(now).lease_id !== leaseOf(workspace).lease_id)
    return "it was given back meanwhile";
  const { rescue, attention } = await endLease(app, now, "left in a workspace whose holder is not active");
  const kept = rescue === null ? "nothing in it needed keeping" : `what was in it is rescue ${rescue.name}`;
  return `gave ${workspace.name} back; ${kept}${attention === null ? "" : `; it is set aside: ${attention}`}`;
}
