/** `git.auto_commit`: the journal's files are committed after a session ended, by the command that ended it or, after a crash, by the next one. */
import { withBookkeeping, type JournalState } from "../../domain/journal/state.ts";
import { firstLine, shortened } from "../../domain/journal/summary.ts";
import type { JournalCommit } from "../../ports/journal.ts";
import type { JournalApp } from "./change.ts";

const SUBJECT_LENGTH = 72;

/** Commits if the state says so, and lets the running session begin after that commit. A commit that is not possible now is told, and done with the next one. */
export async function commitIfDue(app: JournalApp, { incr, last_session: last }: JournalState): Promise<void> {
  const { journal, notify } = app;
  if (incr?.commit_due !== true) return;
  const subject = shortened(`Journal: ${last === null ? "sessions" : firstLine(last.summary)}`, SUBJECT_LENGTH);
  const message = last === null ? subject : `${subject}\n\nSession ${last.id}\n`;
  const outcome: JournalCommit = (await journal.git?.commitJournal(message)) ?? { kind: "nothing" };
  if (outcome.kind === "committed") {
    const { commit } = outcome;
    notify({ code: "journal_committed", message: `committed the journal as ${commit.slice(0, 10)}`, data: { commit } });
  } else if (outcome.kind === "skipped") {
    notify({ code: "journal_not_committed", message: `the journal was not committed: ${outcome.why}` });
  }
  await journal.change(({ state }) => ({ state: settled(state, outcome), result: undefined }));
}

function settled(state: JournalState, outcome: JournalCommit): JournalState {
  const done = withBookkeeping(state, { commit_due: false });
  const session = done.current_session;
  if (session === null || outcome.kind !== "committed") return done;
  // Our own commit is none of the session's work
  const heads = Object.entries(session.heads ?? {}).map(([worktree, head]) => [
    worktree,
    worktree === "." && head === outcome.parent ? outcome.commit : head,
  ]);
  return { ...done, current_session: { ...session, heads: Object.fromEntries(heads) } };
}
