/** What hooks of coding agents tell the journal: quick, without git, and never in the way of the agent. */
import { advance } from "../../domain/journal/advance.ts";
import type { JournalEvent } from "../../domain/journal/event.ts";
import { eventFields, findPlace, readRules, type JournalApp } from "./change.ts";

/** A hook gives up on the lock after this time: the event then waits in the spool. */
const LOCK_WAIT_MS = 20;

/** Takes in a sign of life, in a repository that has a journal. Errors: `io`. */
export async function feedJournal(app: JournalApp, kind: Exclude<JournalEvent["kind"], "note">): Promise<void> {
  const { journal } = app;
  if (!journal.exists()) return;
  const event: JournalEvent = { ...eventFields(app, await findPlace(app, { quick: true })), kind };
  if (!(await takeIn(app, event))) journal.spool(event);
}

/** False if it has to wait: for the lock, for somebody to repair the state, or for a command that may ask git. */
async function takeIn(app: JournalApp, event: JournalEvent): Promise<boolean> {
  try {
    const rules = await readRules(app);
    return await app.journal.change(
      ({ state, spooled }) => {
        const next = advance(state, [...spooled, event], rules, { moves: new Map(), counts: new Map() });
        if (next.kind === "missing") return { result: false };
        return { ...next.progress, tookSpool: true, result: true };
      },
      { waitMs: LOCK_WAIT_MS },
    );
  } catch {
    return false;
  }
}
