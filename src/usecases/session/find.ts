/** Finding the session that somebody means. */
import { requireByPrefix } from "../../domain/id.ts";
import { IncrError } from "../../domain/error.ts";
import type { ActiveSession, Session } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { todoHeldError, type TodoHolder } from "../../domain/todo/holder.ts";
import type { ReadTx } from "../../ports/store.ts";
import { requireRepository, type App } from "../app.ts";

/** The active session or job that works on a todo. @param token of the lease that whoever asks carries */
export async function findTodoHolder(
  tx: ReadTx,
  repo: string,
  todoId: string,
  token: string | null = null,
): Promise<TodoHolder | undefined> {
  const session = (await tx.list("sessions", { repo, where: { todo_id: todoId } }))[0]?.record;
  if (session !== undefined) {
    const { id, workspace_name: workspace, started_at: since, lease_id, lease_kind } = session;
    const kind = lease_kind === undefined ? {} : { lease_kind };
    const own = token !== null && token === lease_id ? ({ own: true } as const) : {};
    return { type: "session", id, workspace, since, ...kind, ...own };
  }
  const job = (await tx.list("jobs", { repo, where: { todo_id: todoId } }))[0]?.record;
  if (job === undefined) return undefined;
  return { type: "job", id: job.id, since: job.started_at ?? job.created_at };
}

/** @throws IncrError `held`, naming the holder */
export async function requireUnheld(tx: ReadTx, repo: string, todoId: string): Promise<void> {
  const holder = await findTodoHolder(tx, repo, todoId);
  if (holder !== undefined) throw todoHeldError(todoId, holder, `incr ${holder.type} show ${holder.id}`);
}

/**
 * The active session for `done` and `fail`: by todo id if one is given (a session id will do), else by the workspace that the caller stands in.
 * @throws IncrError `not_found`, `ambiguous`, `stale_token`, `rule`
 */
export async function requireActiveSession(app: App, repo: string, wanted: string | undefined): Promise<ActiveSession> {
  return await app.store.read(async (tx) => {
    await requireCurrentToken(app, tx);
    if (wanted === undefined) return await requireSessionHere(app, tx, repo);
    const active = (await tx.list("sessions", { repo })).map(({ record }) => record);
    const byTodo = active.filter((session) => session.todo_id.toLowerCase().startsWith(wanted.toLowerCase()));
    const exact = byTodo.filter((session) => session.todo_id.toLowerCase() === wanted.toLowerCase());
    const found = exact.length > 0 ? exact : byTodo;
    if (found.length === 1) return found[0] as ActiveSession;
    if (found.length === 0) {
      const byId = active.filter((session) => session.id.startsWith(wanted.toLowerCase()));
      if (byId.length === 1) return byId[0] as ActiveSession;
      return await explainNoActive(tx, repo, wanted);
    }
    throw new IncrError(
      "ambiguous",
      `${wanted} fits ${found.length} todos: ${found.map((one) => one.todo_id).join(", ")}`,
      {
        hint: "type more of the id",
        data: { candidates: found.map((one) => one.todo_id) },
      },
    );
  });
}

/** A caller that carries the token of a lease that ended must not end somebody else's work. @throws IncrError `stale_token` */
async function requireCurrentToken(app: App, tx: ReadTx): Promise<void> {
  const token = app.caller.leaseId;
  if (token === null) return;
  const workspaces = await tx.list("workspaces");
  if (workspaces.some(({ record }) => record.status === "acquired" && leaseOf(record).lease_id === token)) return;
  throw new IncrError(
    "stale_token",
    "the lease of this shell (INCR_LEASE_ID) has ended; its session was finished or taken over",
    {
      hint: "see `incr session list`; `unset INCR_LEASE_ID` to go on as nobody in particular",
      data: { lease_id: token },
    },
  );
}

async function requireSessionHere(app: App, tx: ReadTx, repo: string): Promise<ActiveSession> {
  const { location, worktrees } = requireRepository(app);
  const workspaces = (await tx.list("workspaces", { repo })).map(({ record }) => record);
  const here = workspaces.find((workspace) => workspace.path === location.worktree);
  const all = (await tx.list("sessions", { repo })).map(({ record }) => record);
  const active = all.filter((session): session is ActiveSession => session.status === "active");
  if (here === undefined) {
    throw new IncrError("usage", "this folder is not a workspace, so a todo id is needed", {
      hint:
        active.length === 0
          ? "there is no active session; see `incr session list`"
          : `active: ${active.map((session) => session.todo_id).join(", ")}`,
    });
  }
  if (here.status === "available") {
    throw new IncrError("not_found", `nobody holds ${here.name}; its session has ended`, { hint: "incr session list" });
  }
  const lease = leaseOf(here);
  if (lease.intent?.action === "draining") {
    throw new IncrError("not_found", `the session of ${here.name} has ended; it waits for the last processes`, {
      hint: `incr workspace show ${here.name}`,
    });
  }
  const session = active.find((one) => one.workspace_name === here.name && one.lease_id === lease.lease_id);
  if (session === undefined) {
    throw new IncrError("held", `${here.name} is held by ${lease.holder.type} ${lease.holder.id}, not by a session`, {
      hint: lease.holder.type === "person" ? `incr workspace release ${here.name}` : `incr workspace show ${here.name}`,
    });
  }
  const mark = await worktrees.readMark(here.path);
  const token = app.caller.leaseId;
  if ((token !== null && token !== lease.lease_id) || (mark !== null && mark.lease_id !== lease.lease_id)) {
    throw new IncrError(
      "stale_token",
      `${here.name} was leased anew since this shell got it: session ${session.id} holds it`,
      {
        hint: `incr session show ${session.id}`,
        data: { workspace: here.name, session_id: session.id },
      },
    );
  }
  return session;
}

async function explainNoActive(tx: ReadTx, repo: string, wanted: string): Promise<never> {
  const all = await tx.list("sessions", { repo, finishedSince: "ever" });
  const last = all
    .map(({ record }) => record)
    .find((session) => session.todo_id.startsWith(wanted.toLowerCase()) || session.id.startsWith(wanted.toLowerCase()));
  if (last === undefined) {
    throw new IncrError("not_found", `no active session for ${wanted}`, { hint: "incr session list" });
  }
  throw new IncrError("not_found", `the session for ${last.todo_id} is ${last.status} already`, {
    hint: `incr session show ${last.id}`,
    data: { session_id: last.id, status: last.status },
  });
}

/** Any session by its id or a prefix, else the newest one of a todo. @throws IncrError `not_found`, `ambiguous` */
export async function requireSession(tx: ReadTx, repo: string, wanted: string): Promise<Session> {
  const byId = await tx.list("sessions", { repo, finishedSince: "ever", idPrefix: wanted });
  if (byId.length > 0) {
    return requireByPrefix(
      byId.map(({ record }) => [record.id, record] as const),
      wanted,
      "session",
    );
  }
  const byTodo = await listByTodo(tx, repo, wanted.toLowerCase());
  const todos = new Set(byTodo.map((session) => session.todo_id));
  if (todos.size > 1) {
    throw new IncrError("ambiguous", `${wanted} fits the sessions of ${todos.size} todos: ${[...todos].join(", ")}`, {
      hint: "type more of the id",
      data: { candidates: [...todos] },
    });
  }
  const newest = byTodo.toSorted((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at))[0];
  if (newest !== undefined) return newest;
  throw new IncrError("not_found", `no session and no todo with sessions starts with ${wanted}`, {
    hint: "incr session list --all",
  });
}

/** Attempts at the todo of that id, else at those whose ids start so: a whole id spares reading every line of history. */
async function listByTodo(tx: ReadTx, repo: string, wanted: string): Promise<Session[]> {
  const exact = await tx.list("sessions", { repo, finishedSince: "ever", where: { todo_id: wanted } });
  if (exact.length > 0) return exact.map(({ record }) => record);
  const all = await tx.list("sessions", { repo, finishedSince: "ever" });
  return all.map(({ record }) => record).filter((session) => session.todo_id.toLowerCase().startsWith(wanted));
}
