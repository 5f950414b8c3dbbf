/** Starting an attempt at a todo: session, todo and lease change as one, and of two starts at once one wins. */
import { sessionBranch } from "../../domain/branch.ts";
import { IncrError } from "../../domain/error.ts";
import type { LeaseKind } from "../../domain/lease.ts";
import { recordKey, type ActiveSession, type Session } from "../../domain/records.ts";
import { startSession as startRecord } from "../../domain/session.ts";
import { requireStartable } from "../../domain/todo/status.ts";
import type { Todo } from "../../domain/todo.ts";
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { tellBlockers } from "../todo/blockers.ts";
import { createTodo } from "../todo/create.ts";
import { requireBase, requireTrustedHooks, takeWorkspace, type Taken } from "../workspace/take.ts";
import { requireUnheld } from "./find.ts";
import { markNotStarted, markStarted, requireTodo } from "./todo.ts";

export interface StartRequest {
  /** Id of the todo, or a prefix. */
  todo?: string;
  /** Instead of `todo`: make one with this title first. It stays if the start is refused, except for a revision that is not there, or commands without consent. */
  title?: string;
  topic?: string;
  /** Revision to start from; default: the configured base, else HEAD of the main checkout. */
  rev?: string;
  kind: LeaseKind;
}

export interface Started extends Taken {
  session: ActiveSession;
  todo: Todo;
}

/** @throws IncrError `held` if somebody works on the todo, `rule` if its status does not allow it, and what `takeWorkspace` throws; nothing is changed then */
export async function startSession(app: App, request: StartRequest): Promise<Started> {
  // Before a todo is made for it.
  const commit = await requireBase(app, request.rev);
  if (request.title !== undefined) await requireTrustedHooks(app);
  const wanted = request.title === undefined ? request.todo : (await createTodo(app, { title: request.title })).id;
  const { todo, all } = await requireTodo(app, wanted ?? "");
  const repo = await ensureRepo(app);
  // A first look without any lock: whoever has lost already changes nothing at all.
  await app.store.read(async (tx) => await requireUnheld(tx, repo, todo.id));
  requireStartable(todo);
  const branch = await chooseBranch(app, todo);

  const id = app.hashId(`${todo.id} ${app.now().toISOString()} ${app.randomText(8)}`);
  const key = recordKey(repo, id);
  let session: ActiveSession | null = null;
  const taken = await takeWorkspace(app, {
    repo,
    kind: request.kind,
    holder: { type: "session", id },
    action: "acquire",
    purpose: request.topic ?? todo.title,
    ...(request.rev === undefined ? {} : { rev: request.rev }),
    session_id: id,
    todo_id: todo.id,
    async reserve(tx, workspace, lease) {
      await requireUnheld(tx, repo, todo.id);
      session = startRecord(
        {
          id,
          repo,
          todo_id: todo.id,
          workspace_name: workspace.name,
          topic: request.topic ?? todo.title,
          lease_id: lease.lease_id,
          lease_kind: request.kind,
          branch,
          base: commit,
        },
        app.now().toISOString(),
      );
      await tx.put("sessions", key, session);
    },
    branch: { branch, base: commit },
    announce: async () => await markStarted(app, todo.id),
    retract: async () => await markNotStarted(app, todo),
    destination: async () => await Promise.resolve({ commit, branch: { name: branch, create: true } }),
    confirm: async () => {},
    undo: async (tx) => await tx.remove("sessions", key),
  });
  await tellEarlierAttempts(app, repo, todo);
  tellBlockers(app, todo, all);
  await tellMissingDependencies(app, todo, all, commit);
  return { ...taken, session: session as unknown as ActiveSession, todo };
}

/** A name that no branch has. @throws IncrError `rule` if git cannot make branches under `incr/` here */
export async function chooseBranch(app: App, todo: Todo): Promise<string> {
  const { worktrees } = requireRepository(app);
  // To git a branch is a file, and ours are in a folder of that name.
  if ((await worktrees.branchTip("incr")) !== null) {
    throw new IncrError("rule", "a branch named incr is in the way of the sessions' branches incr/…", {
      hint: "git branch -m incr <another-name>",
    });
  }
  const taken = new Set((await worktrees.listBranches(`incr/${todo.id}*`)).map(({ name }) => name));
  return sessionBranch(todo.id, todo.title, taken);
}

/** An attempt that failed or was cut off can be brought back; whoever starts afresh should know. */
async function tellEarlierAttempts(app: App, repo: string, todo: Todo): Promise<void> {
  const sessions = await app.store.read(
    async (tx) => await tx.list("sessions", { repo, where: { todo_id: todo.id }, finishedSince: todo.created_at }),
  );
  const failed = sessions
    .map(({ record }) => record)
    .filter((one): one is Extract<Session, { status: "failed" }> => one.status === "failed");
  const last = failed.toSorted((a, b) => Date.parse(b.completed_at) - Date.parse(a.completed_at))[0];
  if (last === undefined) return;
  app.notify({
    code: "earlier_attempt",
    message: `an earlier attempt at ${todo.id} failed at ${last.completed_at}; this one starts afresh, and \`incr session resume ${last.id}\` would bring that one back`,
    data: { session_id: last.id, attempts: failed.length, branch: last.branch, rescue: last.rescue },
  });
}

/** Work that this todo builds on may be done and still lie on its own branch. */
export async function tellMissingDependencies(
  app: App,
  todo: Todo,
  all: ReadonlyMap<string, Todo>,
  base: string,
  attempt: "session" | "job" = "session",
): Promise<void> {
  const { worktrees } = requireRepository(app);
  for (const { depends_on_id } of todo.dependencies ?? []) {
    if (all.get(depends_on_id)?.status !== "done") continue;
    for (const { name, tip } of await worktrees.listBranches(`incr/${depends_on_id}*`)) {
      if (await worktrees.isMerged(tip, base)) continue;
      app.notify({
        code: "dependency_not_merged",
        message: `${todo.id} depends on ${depends_on_id}, which is done on ${name} and not in the base of this ${attempt}`,
        data: { todo_id: depends_on_id, branch: name, merge: `git merge ${name}` },
      });
    }
  }
}
