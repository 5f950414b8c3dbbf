/** `incr hello`: what was, what is, what is next; and a session to work in. */
import type { WorkingTree } from "../../domain/journal/counts.ts";
import type { Report } from "../../domain/journal/report.ts";
import type { CurrentSession, LastSession } from "../../domain/journal/records.ts";
import { listTakeUps, type TakeUp } from "../../domain/journal/take-up.ts";
import type { Session } from "../../domain/records.ts";
import type { WholeApp } from "../app.ts";
import { listSessions } from "../session/list.ts";
import { listReadyTodos } from "../todo/list.ts";
import { listWorkflows, type WorkflowSummary } from "../workflow/progress.ts";
import { advanceView, changeJournal, eventFields, findPlace, readRules } from "./change.ts";
import { findLastSession } from "./last-session.ts";
import { leaveOut } from "./left-out.ts";

export interface ReadyTodo {
  id: string;
  short_id: string;
  title: string;
  priority: number;
}

export interface Greeting {
  /** Folder that the journal lies in. */
  root: string;
  session: CurrentSession;
  /** False if it was running already. */
  is_new: boolean;
  /** The session before it; null for a new user. */
  last_session: LastSession | null;
  /** Sessions that had been left alone, and were closed now. */
  closed: Report[];
  /** Branch that the caller is on. */
  branch: string | null;
  /** What is not committed; null if it is not known. */
  uncommitted: WorkingTree | null;
  /** The journal's own. */
  pending_todos: string[];
  /** The most urgent of the repository's todos that can be taken now. */
  ready_todos: ReadyTodo[];
  /** Work sessions that are active. */
  work_sessions: Session[];
  /** Workflows that are in progress, the one that was touched last first. */
  workflows: WorkflowSummary[];
  take_up: TakeUp[];
}

const READY_TODOS = 5;

/** Begins a session, unless one is running; what cannot be read on the way is told and left out. Errors: those of `Journal.change`. */
export async function sayHello(app: WholeApp): Promise<Greeting> {
  const [place, uncommitted, rules] = await Promise.all([
    findPlace(app),
    app.journal.git?.workingTree() ?? null,
    readRules(app),
  ]);
  const event = { ...eventFields(app, place), kind: "hello" } as const;
  const { progress } = await changeJournal(app, (view, facts) => {
    const next = advanceView(view, event, rules, facts);
    return next.kind === "missing" ? next : { ...next, result: undefined };
  });
  const { state } = progress;
  const session = state.current_session;
  if (session === null) throw new Error("hello has begun no session");
  const work = await findWork(app);
  return {
    root: app.journal.root,
    session,
    is_new: progress.started.includes(session.id),
    last_session: findLastSession(app, state),
    closed: progress.reports,
    branch: place.branch,
    uncommitted,
    pending_todos: state.pending_todos,
    ...work,
    take_up: listTakeUps({ ...work, pending_todos: state.pending_todos }),
  };
}

async function findWork(app: WholeApp): Promise<Pick<Greeting, "ready_todos" | "work_sessions" | "workflows">> {
  const isRepository = app.repository !== null;
  const [ready, sessions] = await Promise.all([
    isRepository
      ? listReadyTodos(app, { limit: READY_TODOS }).catch((error: unknown) => leaveOut(app, error, { todos: [] }))
      : { todos: [] },
    isRepository ? listSessions(app, { status: "active" }).catch((error: unknown) => leaveOut(app, error, [])) : [],
  ]);
  const { workflows, damaged } = listWorkflows(app);
  for (const { problem } of damaged) app.notify({ code: "workflow_damaged", message: problem });
  const ready_todos = ready.todos.map(({ id, short_id, title, priority }) => ({ id, short_id, title, priority }));
  return { ready_todos, work_sessions: sessions, workflows };
}
