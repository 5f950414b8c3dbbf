/** Keeping the work of an attempt that ends, and emptying its workspace. */
import { IncrError } from "../../domain/error.ts";
import type { AcquiredWorkspace, ActiveSession } from "../../domain/records.ts";
import type { Todo } from "../../domain/todo.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { requireRepository, type App } from "../app.ts";
import { emptyWorkspace, type Emptied } from "../workspace/empty.ts";
import { noteKept, recallKept, wasRemoved } from "../workspace/kept-note.ts";
import { NOTHING_SEEN, saveWork, type SaveRequest, type Saved } from "../workspace/save.ts";
import type { EndRequest, Outcome } from "./end.ts";

export interface Kept extends Saved, Omit<Emptied, "saved"> {
  survivors: { pid: number; command: string }[];
  /** The work of a completed session is not on its branch. */
  unsaved: boolean;
}

export const NOTHING_KEPT: Kept = {
  missing: null,
  commit: null,
  head: null,
  rescue: null,
  notCommitted: null,
  stood: null,
  state: NOTHING_SEEN,
  branchRemoved: false,
  attention: null,
  survivors: [],
  unsaved: false,
};

/** @throws IncrError `rule` (strict) and `unsafe` (strict) where the person has to decide; what git, a lock or the disk refuses */
export async function keepAndEmpty(
  app: App,
  request: EndRequest,
  workspace: AcquiredWorkspace,
  todo: Todo | undefined,
): Promise<Kept> {
  const { worktrees } = requireRepository(app);
  const { session, outcome, mode } = request;
  const completed = outcome.status === "completed";
  const work: SaveRequest = {
    workspace,
    session_id: session.id,
    todo_id: session.todo_id,
    branch: session.branch,
    base: session.base,
    reason: completed ? "left at the end of a session" : `left by a session that ${describeFailure(outcome)}`,
    ...(completed ? { commitMessage: commitMessage(session, todo) } : {}),
    strict: mode === "strict",
    ...(request.takeOver === undefined ? {} : { since: leaseOf(workspace).acquired_at }),
  };
  const survivors = workspace.lease?.kind === "process" ? await findSurvivors(app, workspace) : [];
  let saved: Saved;
  try {
    saved = await saveWork(app, work);
  } catch (error) {
    if (mode === "strict" || !(error instanceof IncrError) || error.code !== "unsafe") throw error;
    const head = session.branch === undefined ? null : await worktrees.branchTip(session.branch);
    return { ...NOTHING_KEPT, head, attention: error.message, survivors, unsaved: true };
  }
  const { kept: noted } = outcome;
  if (noted === undefined) await noteKept(app, workspace, outcome, saved);
  else saved = await recallKept(app, noted, saved);
  await app.step("end:noted");
  const unsaved = completed && saved.notCommitted !== null;
  if (survivors.length > 0) return { ...saved, branchRemoved: false, attention: null, survivors, unsaved };
  const { saved: all, ...emptied } = await emptyWorkspace(app, {
    ...work,
    saved,
    abandoned: mode === "always",
    keptMore: async (more) => await noteKept(app, workspace, outcome, more),
  });
  return {
    ...all,
    ...emptied,
    branchRemoved: emptied.branchRemoved || wasRemoved(noted, session.base, all.head),
    survivors,
    unsaved: unsaved || (completed && all.notCommitted !== null),
  };
}

/** Processes of a finished command that outlived it; most end by themselves within a moment. */
async function findSurvivors(app: App, workspace: AcquiredWorkspace): Promise<{ pid: number; command: string }[]> {
  const own = app.processes.currentIdentity().pid;
  const look = () =>
    app.processes
      .findLeaseProcesses(leaseOf(workspace))
      .processes.filter(({ pid }) => pid !== own)
      .map(({ pid, command }) => ({ pid, command }));
  for (let attempt = 0; attempt < 10; attempt++) {
    if (look().length === 0) return [];
    await app.pause(30);
  }
  return look();
}

function commitMessage(session: ActiveSession, todo: Todo | undefined): string {
  const subject = todo?.title ?? session.topic ?? `Work on ${session.todo_id}`;
  return `${subject}\n\nIncr-Todo: ${session.todo_id}\nIncr-Session: ${session.id}\n`;
}

function describeFailure(outcome: Outcome): string {
  switch (outcome.reason) {
    case "interrupted":
      return "was interrupted";
    case "signal":
      return `was killed by ${outcome.signal ?? "a signal"}`;
    case "exit":
      return `ended with exit code ${outcome.exit_code}`;
    default:
      return "failed";
  }
}
