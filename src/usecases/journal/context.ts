import { IncrError } from "../../domain/error.ts";
import { advance } from "../../domain/journal/advance.ts";
import { damagedContext, sessionContext } from "../../domain/journal/context.ts";
import type { JournalState } from "../../domain/journal/state.ts";
import { listWorkflows, type WorkflowApp } from "../workflow/progress.ts";
import { readRules, type JournalApp } from "./change.ts";
import { findLastSession } from "./last-session.ts";

/** What a hook gives to an agent that begins; null in a repository without a journal. Reads only: no lock, no git. */
export async function readContext(app: JournalApp & WorkflowApp): Promise<string | null> {
  if (!app.journal.exists()) return null;
  const { workflows } = listWorkflows(app);
  try {
    const state = await readState(app);
    const known = { ...state, last_session: findLastSession(app, state) };
    return sessionContext({ state: known, workflows, utcOffset: app.utcOffset });
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    return damagedContext(error.message);
  }
}

/** The state with what waits in the spool, as far as that goes without git. */
async function readState(app: JournalApp): Promise<JournalState> {
  const { state, spooled } = app.journal.read();
  if (spooled.length === 0) return state;
  const next = advance(state, spooled, await readRules(app), { moves: new Map(), counts: new Map() });
  return next.kind === "done" ? next.progress.state : state;
}
