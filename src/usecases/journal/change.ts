/** Changing the journal: decide under its lock; ask git, which takes its time, without it; decide again with the answer. */
import {
  advance,
  endKey,
  type Advance,
  type Facts,
  type Progress,
  type Question,
  type Rules,
} from "../../domain/journal/advance.ts";
import type { JournalEvent, Place } from "../../domain/journal/event.ts";
import { utcSeconds } from "../../domain/journal/time.ts";
import { NO_COMMITS, type CommitCounts } from "../../domain/journal/counts.ts";
import type { JournalView } from "../../ports/journal.ts";
import type { WholeApp, Caller } from "../app.ts";
import { commitIfDue } from "./commit.ts";

/** The part of the world that the journal needs: a hook must not wait until all the rest is composed. */
export type JournalApp = Pick<WholeApp, "now" | "notify" | "utcOffset" | "journal"> & { caller: Pick<Caller, "who"> };

/** Without git everybody is in one place. */
const NOWHERE: Place = { branch: null, worktree: ".", heads: {} };

/** Where the caller is. */
export async function findPlace({ journal }: JournalApp, options: { quick?: boolean } = {}): Promise<Place> {
  return (await journal.git?.place(options)) ?? NOWHERE;
}

/** What every event has: when, who, from where. */
export function eventFields(app: JournalApp, place: Place): Pick<JournalEvent, "at" | "by" | "place"> {
  return { at: utcSeconds(app.now()), by: app.caller.who, place };
}

/** The rules that hold in this journal. */
export async function readRules({ journal, utcOffset }: JournalApp): Promise<Rules> {
  const { idleMinutes, autoCommit } = await journal.config();
  return { idleMs: idleMinutes * 60_000, autoCommit, utcOffset, isTaken: (id) => journal.hasReport(id) };
}

export type Decision<T> = { kind: "missing"; question: Question } | { kind: "done"; progress: Progress; result: T };

/**
 * Changes the journal by `decide`, which is run again for every question that it has, and with what others wrote meanwhile.
 * Errors: those of `Journal.change`, and what `decide` throws.
 */
export async function changeJournal<T>(
  app: JournalApp,
  decide: (view: JournalView, facts: Facts) => Decision<T>,
): Promise<{ progress: Progress; result: T }> {
  const moves = new Map<string, readonly string[]>();
  const counts = new Map<string, CommitCounts>();
  for (;;) {
    const decision = await app.journal.change<Decision<T>>((view) => {
      const made = decide(view, { moves, counts });
      return made.kind === "missing" ? { result: made } : { ...made.progress, tookSpool: true, result: made };
    });
    if (decision.kind === "done") {
      await commitIfDue(app, decision.progress.state);
      return decision;
    }
    const { question } = decision;
    if (question.kind === "moves")
      moves.set(question.session.id, (await app.journal.git?.headMoves(question.session)) ?? []);
    else counts.set(endKey(question.session, question.until), await countCommits(app, question));
  }
}

/** The journal after what waits in the spool and one more event, if there is one. */
export function advanceView(view: JournalView, event: JournalEvent | undefined, rules: Rules, facts: Facts): Advance {
  return advance(view.state, [...view.spooled, ...(event === undefined ? [] : [event])], rules, facts);
}

async function countCommits({ journal }: JournalApp, question: Question & { kind: "counts" }): Promise<CommitCounts> {
  return (await journal.git?.countCommits(question.session, question.until)) ?? NO_COMMITS;
}
