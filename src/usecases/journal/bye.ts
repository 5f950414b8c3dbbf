/** `incr bye`: the running session ends, with a report. */
import { IncrError } from "../../domain/error.ts";
import { endCurrent, endKey, type Facts, type Rules } from "../../domain/journal/advance.ts";
import type { WorkingTree } from "../../domain/journal/counts.ts";
import { HISTORY_FILE, reportPaths } from "../../domain/journal/paths.ts";
import type { Report } from "../../domain/journal/report.ts";
import { changeTodos } from "../../domain/journal/session.ts";
import { utcSeconds } from "../../domain/journal/time.ts";
import { findTodos } from "../../domain/journal/todos.ts";
import type { LastSession } from "../../domain/journal/records.ts";
import type { JournalState } from "../../domain/journal/state.ts";
import type { JournalView } from "../../ports/journal.ts";
import { advanceView, changeJournal, readRules, type Decision, type JournalApp } from "./change.ts";

export interface ByeRequest {
  /** What was done; made from the notes, else the commits, if it is not given. */
  summary?: string | undefined;
  /** What is left to do. */
  todos: readonly string[];
  /** Pending todos that are done: their number as `hello` shows it, or how they begin. */
  done: readonly string[];
}

export interface Farewell {
  session: Report;
  /** Relative to the journal's root. */
  files: string[];
  pending_todos: string[];
  /** Earlier sessions that had been left alone, and were closed on the way. */
  closed: Report[];
}

/** Ends the running session as of now. Errors: `rule` if none is open, `invalid_input`, `not_found` and `ambiguous` (`done`), those of `Journal.change`. */
export async function sayBye(app: JournalApp, request: ByeRequest): Promise<Farewell> {
  checkTexts(request);
  const rules = await readRules(app);
  const uncommitted = (await app.journal.git?.workingTree()) ?? null;
  const finished: Report[] = [];
  const { progress, result } = await changeJournal(app, (view, facts) => {
    finished.push(...view.finished);
    return end(app, view, request, { rules, facts, uncommitted, finished });
  });
  const report = result ?? progress.reports.at(-1);
  if (report === undefined) throw new Error("a session ended without a report");
  if (request.summary !== undefined && request.summary.trim() !== report.summary) {
    // Its work was finished just now, but its words had been written
    app.notify({
      code: "summary_kept",
      message: `session ${report.id} was closed before, with the summary: ${report.summary}`,
    });
  }
  const { markdown, json } = reportPaths(report.id);
  return {
    session: report,
    files: [markdown, json, HISTORY_FILE],
    pending_todos: progress.state.pending_todos,
    closed: progress.reports.filter(({ id }) => id !== report.id),
  };
}

interface Surroundings {
  rules: Rules;
  facts: Facts;
  uncommitted: WorkingTree | null;
  /** Sessions that an earlier command began to end. */
  finished: readonly Report[];
}

function end(
  app: JournalApp,
  view: JournalView,
  request: ByeRequest,
  { rules, facts, uncommitted, finished }: Surroundings,
): Decision<Report | undefined> {
  const next = advanceView(view, undefined, rules, facts);
  if (next.kind === "missing") return next;
  const { progress } = next;
  const { current_session: session, pending_todos: before } = progress.state;
  const todos = request.todos.map((todo) => todo.trim());
  if (session === null) {
    // An earlier bye was cut short, and this one has finished its work; what was done was struck out then
    const report = finished.findLast(({ ended_by }) => ended_by === "bye");
    if (report === undefined) throw nothingOpen(progress.state.last_session);
    const state: JournalState = { ...progress.state, pending_todos: changeTodos(before, todos, []) };
    return { kind: "done", progress: { ...progress, state }, result: report };
  }
  const done = findTodos(before, request.done);
  const counts = facts.counts.get(endKey(session, null));
  if (counts === undefined) return { kind: "missing", question: { kind: "counts", session, until: null } };
  const ending = {
    ended: utcSeconds(app.now()),
    ended_by: "bye",
    counts,
    uncommitted,
    pending_todos: changeTodos(before, todos, done),
    done_todos: done,
  } as const;
  const summary = request.summary === undefined ? {} : { summary: request.summary.trim() };
  return { kind: "done", progress: endCurrent(progress, session, { ...ending, ...summary }, rules), result: undefined };
}

function checkTexts({ summary, todos }: ByeRequest): void {
  if (summary?.trim() === "")
    throw new IncrError("invalid_input", "the summary is empty", { hint: "leave --summary out to have one made" });
  if (todos.some((todo) => todo.trim() === ""))
    throw new IncrError("invalid_input", "a todo is empty", { hint: 'incr bye --todo "what is left to do"' });
}

function nothingOpen(last: LastSession | null): IncrError {
  const before = last === null ? "" : `; the last one, ${last.id}, ended at ${last.ended}`;
  return new IncrError("rule", `no journal session is open${before}`, {
    hint: "incr hello",
    data: { last_session: last },
  });
}
