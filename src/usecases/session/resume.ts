/** Bringing a failed or interrupted attempt back: a new lease, the same session, branch and tree exactly as they were left. */
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveSession, type Session, type Workspace } from "../../domain/records.ts";
import { requireResumable, resumeSession as resumeRecord } from "../../domain/session.ts";
import { requireStartable } from "../../domain/todo/status.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import type { Destination } from "../workspace/prepare.ts";
import { listWorkspaces } from "../workspace/find.ts";
import { takeWorkspace, type Taken } from "../workspace/take.ts";
import { requireSession, requireUnheld } from "./find.ts";
import { markNotStarted, markStarted } from "./todo.ts";
import { requireNotCheckedOut } from "../workspace/checked-out.ts";

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
  const { todos, worktrees } = requireRepository(app);
  const todo = await todos.find(failed.todo_id);
  if (todo === undefined) {
    throw new IncrError("not_found", `the todo ${failed.todo_id} of session ${failed.id} is gone`, {
      hint: "incr todo list --all",
    });
  }
  await app.store.read(async (tx) => await requireUnheld(tx, repo, todo.id));
  requireStartable(todo);
  const unsaved = await findUnsaved(app, failed);
  // Looked at before anything changes, and again when the todo and a workspace are reserved.
  const look = async () => (unsaved === null ? await locate(app, failed) : await locateUnsaved(app, failed, unsaved));
  let place = await look();

  const key = recordKey(repo, failed.id);
  let session: ActiveSession | null = null;
  const taken = await takeWorkspace(app, {
    repo,
    kind: "held",
    holder: { type: "session", id: failed.id },
    action: "resume",
    purpose: failed.topic ?? todo.title,
    ...(unsaved === null ? { prefer: failed.workspace_name } : { adopt: unsaved.name }),
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
    retract: async () => await markNotStarted(app, todo),
    async destination() {
      place = await look();
      if (place.branchAt !== null) await worktrees.createBranch(failed.branch as string, place.branchAt);
      return place.destination;
    },
    async fill(path) {
      if (place.rescue !== null) await worktrees.restore(path, place.rescue);
    },
    confirm: async () => {},
    undo: async (tx) => await tx.remove("sessions", key),
  });
  const { rescue, movedOn } = place;
  if (movedOn !== null) {
    app.notify({
      code: "branch_moved_on",
      message: `${movedOn} has moved on since the attempt ended, and is taken where it is now`,
      data: { branch: movedOn, commit: place.destination.commit },
    });
  }
  if (rescue !== null) await worktrees.markRestored(rescue);
  const movedFrom = taken.workspace.name === failed.workspace_name ? null : failed.workspace_name;
  return { ...taken, session: session as unknown as ActiveSession, rescue, movedFrom };
}

interface Place {
  destination: Destination;
  rescue: RescueInfo | null;
  /** The session's branch was removed because it held nothing, and has to be there again at this commit while HEAD is elsewhere. */
  branchAt: string | null;
  /** Something was committed to this branch since; it is taken where it is now. */
  movedOn: string | null;
}

/** Where the attempt stood in the end. @throws IncrError `not_found`, `conflict`, `held` */
async function locate(app: App, failed: FailedSession): Promise<Place> {
  const { worktrees } = requireRepository(app);
  const rescue = failed.rescue === undefined ? null : await requireRescue(app, failed, failed.rescue);
  const onBranch = await locateBranch(app, failed);
  const stood = rescue === null ? failed.stood_at : { branch: rescue.branch, commit: rescue.head };
  if (stood === undefined || (stood.branch === failed.branch && stood.commit === onBranch.commit)) {
    await requireNotCheckedOut(app, failed.branch as string);
    const movedOn = onBranch.commit === (failed.head ?? failed.base) ? null : (failed.branch as string);
    return { destination: onBranch, rescue, branchAt: null, movedOn };
  }
  const branchAt = onBranch.branch?.create === true ? onBranch.commit : null;
  // The attempt was left elsewhere than on its own branch: on another one that still stands there, else at the bare commit.
  const commit = stood.commit ?? (await worktrees.emptyCommit());
  const tip = stood.branch === null ? null : await worktrees.branchTip(stood.branch);
  if (rescue !== null && stood.branch === failed.branch && tip !== null && tip !== commit) {
    throw new IncrError(
      "conflict",
      `${stood.branch} has moved on since session ${failed.id} ended, so its files do not fit any more`,
      {
        hint: `incr rescue show ${rescue.name}; then start afresh with \`incr session start ${failed.todo_id}\``,
      },
    );
  }
  await requireCommit(app, failed, commit);
  const movedOn = rescue === null && tip !== null && tip !== commit && (await worktrees.isAncestor(commit, tip));
  if (stood.branch === null || tip === null || (tip !== commit && !movedOn)) {
    return { destination: { commit }, rescue, branchAt, movedOn: null };
  }
  await requireNotCheckedOut(app, stood.branch);
  const destination = { commit: tip, branch: { name: stood.branch, create: false } };
  return { destination, rescue, branchAt, movedOn: movedOn ? stood.branch : null };
}

/** @throws IncrError `not_found` */
async function requireCommit(app: App, failed: FailedSession, commit: string): Promise<void> {
  if ((await requireRepository(app).worktrees.resolveCommit(commit)) !== null) return;
  throw new IncrError(
    "not_found",
    `the commit ${commit.slice(0, 12)} of session ${failed.id} is gone from the repository`,
    {
      hint: `incr session start ${failed.todo_id}`,
    },
  );
}

/** The workspace that was set aside with this attempt's work in it, because it could not be kept otherwise. */
async function findUnsaved(app: App, failed: FailedSession): Promise<Workspace | null> {
  const { worktrees } = requireRepository(app);
  const workspace = (await listWorkspaces(app)).find((one) => one.name === failed.workspace_name);
  if (workspace?.status !== "available" || workspace.attention === undefined) return null;
  const mark = await worktrees.readMark(workspace.path);
  return mark?.session_id === failed.id ? workspace : null;
}

/** @throws IncrError `conflict` if it is not there any more as it was */
async function locateUnsaved(app: App, failed: FailedSession, workspace: Workspace): Promise<Place> {
  const { worktrees } = requireRepository(app);
  const found = await worktrees.inspect(workspace.path);
  const mark = await worktrees.readMark(workspace.path);
  if (found.kind === "worktree" && mark?.session_id === failed.id) {
    const commit = found.head ?? (await worktrees.emptyCommit());
    return { destination: { commit }, rescue: null, branchAt: null, movedOn: null };
  }
  throw new IncrError(
    "conflict",
    `${workspace.name}, which held the work of session ${failed.id}, was changed meanwhile`,
    {
      hint: `incr workspace show ${workspace.name}`,
    },
  );
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
  await requireCommit(app, failed, commit);
  if (tip === null) {
    if (failed.branch_removed === true) return { commit, branch: { name: branch, create: true } };
    throw new IncrError("not_found", `the branch ${branch} of session ${failed.id} is gone`, {
      hint: `git branch ${branch} ${commit.slice(0, 12)}, then resume again`,
    });
  }
  if (await worktrees.isAncestor(commit, tip)) {
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
