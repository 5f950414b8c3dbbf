/** Bringing a failed or interrupted attempt back: a new lease, the same session, branch and tree exactly as they were left. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveSession, type Session } from "../../domain/records.ts";
import { requireResumable, resumeSession as resumeRecord } from "../../domain/session.ts";
import { requireStartable } from "../../domain/todo/status.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import type { Destination } from "../workspace/prepare.ts";
import { takeWorkspace, type Taken } from "../workspace/take.ts";
import { requireSession, requireUnheld } from "./find.ts";
import { markEnded, markStarted } from "./todo.ts";

export interface Resumed extends Taken {
  session: ActiveSession;
  /** What was brought back besides the branch. */
  rescue: RescueInfo | null;
  /** The attempt stood in another workspace before. */
  movedFrom: string | null;
}

type FailedSession = Extract<Session, { status: "failed" }>;

/**
 * @param wanted id of a session or todo, or a prefix; without it the only attempt of this repository that can be resumed
 * @throws IncrError `not_found` if branch, commit or rescue is gone; `held`, `rule`; nothing is changed then
 */
export async function resumeSession(app: App, wanted: string | undefined): Promise<Resumed> {
  const repo = await ensureRepo(app);
  const failed = await app.store.read(async (tx) =>
    requireResumable(
      wanted === undefined ? await requireOnlyResumable(app, repo) : await requireSession(tx, repo, wanted),
    ),
  );
  const { todos } = requireRepository(app);
  const todo = await todos.find(failed.todo_id);
  if (todo === undefined) {
    throw new IncrError("not_found", `the todo ${failed.todo_id} of session ${failed.id} is gone`, {
      hint: "incr todo list --all",
    });
  }
  await app.store.read(async (tx) => await requireUnheld(tx, repo, todo.id));
  requireStartable(todo);
  // Looked at before anything changes, and again under the repository lock.
  const before = await locate(app, failed);

  const key = recordKey(repo, failed.id);
  let session: ActiveSession | null = null;
  let rescue = before.rescue;
  const taken = await takeWorkspace(app, {
    repo,
    kind: "held",
    holder: { type: "session", id: failed.id },
    action: "resume",
    purpose: failed.topic ?? todo.title,
    prefer: failed.workspace_name,
    session_id: failed.id,
    todo_id: todo.id,
    async reserve(tx, workspace, lease) {
      await requireUnheld(tx, repo, todo.id);
      const current = (await tx.find("sessions", key)) ?? failed;
      const input = { workspace_name: workspace.name, lease_id: lease.lease_id, lease_kind: "held" as const };
      session = resumeRecord(current, input, app.now().toISOString());
      await tx.put("sessions", key, session);
    },
    announce: async () => await markStarted(app, todo.id),
    retract: async () => void (await markEnded(app, todo.id, "failed")),
    async destination() {
      const place = await locate(app, failed);
      rescue = place.rescue;
      return place.destination;
    },
    async fill(path) {
      if (rescue !== null) await requireRepository(app).worktrees.restore(path, rescue);
    },
    confirm: async () => {},
    undo: async (tx) => await tx.remove("sessions", key),
  });
  if (rescue !== null) await requireRepository(app).worktrees.markRestored(rescue);
  const movedFrom = taken.workspace.name === failed.workspace_name ? null : failed.workspace_name;
  return { ...taken, session: session as unknown as ActiveSession, rescue, movedFrom };
}

/** Where the attempt stood in the end. @throws IncrError `not_found`, `conflict` */
async function locate(
  app: App,
  failed: FailedSession,
): Promise<{ destination: Destination; rescue: RescueInfo | null }> {
  const { worktrees } = requireRepository(app);
  const rescue = failed.rescue === undefined ? null : await requireRescue(app, failed, failed.rescue);
  const onBranch = await locateBranch(app, failed);
  if (rescue === null) return { destination: onBranch, rescue };
  if (rescue.branch === failed.branch && rescue.head === onBranch.commit) return { destination: onBranch, rescue };
  // The work was left elsewhere than on the session's branch: on another branch that still stands there, else at the bare commit.
  const commit = rescue.head ?? (await worktrees.emptyCommit());
  const tip = rescue.branch === null ? null : await worktrees.branchTip(rescue.branch);
  if (rescue.branch === failed.branch && tip !== null && tip !== commit) {
    throw new IncrError(
      "conflict",
      `${rescue.branch} has moved on since session ${failed.id} ended, so its files do not fit any more`,
      {
        hint: `incr rescue show ${rescue.name}; then start afresh with \`incr session start ${failed.todo_id}\``,
      },
    );
  }
  const name = rescue.branch !== null && tip === commit ? rescue.branch : undefined;
  return { destination: { commit, ...(name === undefined ? {} : { branch: { name, create: false } }) }, rescue };
}

async function locateBranch(app: App, failed: FailedSession): Promise<Destination> {
  const { worktrees } = requireRepository(app);
  const { branch, head, base } = failed;
  const commit = head ?? base;
  if (branch === undefined || commit === undefined) {
    throw new IncrError("not_found", `session ${failed.id} never had a branch; there is nothing to bring back`, {
      hint: `incr session start ${failed.todo_id}`,
    });
  }
  const tip = await worktrees.branchTip(branch);
  if (tip === commit) return { commit, branch: { name: branch, create: false } };
  if ((await worktrees.resolveCommit(commit)) === null) {
    throw new IncrError(
      "not_found",
      `the commit ${commit.slice(0, 12)} of session ${failed.id} is gone from the repository`,
      {
        hint: `incr session start ${failed.todo_id}`,
      },
    );
  }
  if (tip === null) {
    if (failed.branch_removed === true) return { commit, branch: { name: branch, create: true } };
    throw new IncrError("not_found", `the branch ${branch} of session ${failed.id} is gone`, {
      hint: `git branch ${branch} ${commit.slice(0, 12)}, then resume again`,
    });
  }
  if (await worktrees.isAncestor(commit, tip)) {
    app.notify({
      code: "branch_moved_on",
      message: `${branch} has moved on since; it is taken where it is now`,
      data: { branch, tip },
    });
    return { commit: tip, branch: { name: branch, create: false } };
  }
  throw new IncrError("conflict", `${branch} was rewritten since session ${failed.id} ended`, {
    hint: `git branch ${branch}-old ${commit.slice(0, 12)} to look at it; \`incr session start ${failed.todo_id}\` to start afresh`,
  });
}

async function requireRescue(app: App, failed: FailedSession, ref: string): Promise<RescueInfo> {
  const name = ref.split("/").slice(3).join("/");
  const found = (await requireRepository(app).worktrees.listRescues()).find((rescue) => rescue.name === name);
  if (found !== undefined) return found;
  throw new IncrError("not_found", `the rescue ${name} with the work of session ${failed.id} is gone`, {
    hint: `incr session start ${failed.todo_id}`,
  });
}

async function requireOnlyResumable(app: App, repo: string): Promise<Session> {
  const { todos } = await requireRepository(app).todos.load();
  const sessions = await app.store.read(async (tx) => await tx.list("sessions", { repo, finishedSince: "ever" }));
  const newest = new Map<string, Session>();
  for (const { record } of sessions) {
    const other = newest.get(record.todo_id);
    if (other === undefined || Date.parse(other.updated_at) < Date.parse(record.updated_at))
      newest.set(record.todo_id, record);
  }
  const candidates = [...newest.values()].filter(
    (session) => session.status === "failed" && todos.get(session.todo_id)?.status === "open",
  );
  if (candidates.length === 1) return candidates[0] as Session;
  if (candidates.length === 0) {
    throw new IncrError("not_found", "no attempt in this repository can be resumed", { hint: "incr session list" });
  }
  throw new IncrError("needs_answer", `${candidates.length} attempts can be resumed; say which`, {
    hint: candidates
      .map((session) => `incr session resume ${session.id}`)
      .slice(0, 5)
      .join(" · "),
    data: {
      candidates: candidates.map((session) => ({
        session_id: session.id,
        todo_id: session.todo_id,
        topic: session.topic,
      })),
    },
  });
}
