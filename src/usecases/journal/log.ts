/** `incr log`: a note in the running session, or in one that begins with it. */
import { IncrError } from "../../domain/error.ts";
import { dailyEntry } from "../../domain/journal/daily-log.ts";
import { describeWorkingTree, type WorkingTree } from "../../domain/journal/counts.ts";
import type { NoteEvent } from "../../domain/journal/event.ts";
import { dailyLogFile, JOURNAL_FOLDER } from "../../domain/journal/paths.ts";
import type { Report } from "../../domain/journal/report.ts";
import { localTime } from "../../domain/journal/time.ts";
import { advanceView, changeJournal, eventFields, findPlace, readRules, type JournalApp } from "./change.ts";

export interface LoggedNote {
  time: string;
  note: string;
  by: string;
  branch: string | null;
  uncommitted: WorkingTree | null;
  /** The session that it belongs to; null if the state could not be changed, and the note waits in the spool. */
  session: { id: string; started: string; is_new: boolean } | null;
  /** The daily log, relative to the journal's root; null if it is not in it yet. */
  log: string | null;
  /** Sessions that had been left alone, and were closed on the way. */
  closed: Report[];
}

/** Keeps a note: when this resolves it is durable. Errors: `invalid_input`, `io`. */
export async function logNote(app: JournalApp, note: string): Promise<LoggedNote> {
  if (note.trim() === "") {
    throw new IncrError("invalid_input", "the note is empty", { hint: 'incr log "what you found out"' });
  }
  const [place, tree] = await Promise.all([findPlace(app), app.journal.git?.workingTree() ?? null]);
  const status = tree === null ? null : describeWorkingTree(tree);
  const event: NoteEvent = { ...eventFields(app, place), kind: "note", note, status };
  const told = { time: event.at, note, by: event.by.name, branch: place.branch, uncommitted: tree };
  const log = `${JOURNAL_FOLDER}/${dailyLogFile(localTime(event.at, app.utcOffset).date)}`;
  try {
    const { session, isNew, closed } = await addNote(app, event);
    return { ...told, session: { id: session.id, started: session.started, is_new: isNew }, log, closed };
  } catch (error) {
    if (!isInTheWay(error)) throw error;
    const logged = await app.journal.keepAside(event, dailyEntry(event, null, app.utcOffset));
    app.notify({
      code: "note_kept_aside",
      message: `${error.message}; the note is kept in ${logged ? log : `${JOURNAL_FOLDER}/spool`}, and joins a session when that is over`,
      data: { ...error.data, code: error.code, hint: error.hint ?? null },
    });
    return { ...told, session: null, log: logged ? log : null, closed: [] };
  }
}

async function addNote(app: JournalApp, event: NoteEvent) {
  const rules = await readRules(app);
  const { progress } = await changeJournal(app, (view, facts) => {
    const next = advanceView(view, event, rules, facts);
    return next.kind === "missing" ? next : { ...next, result: undefined };
  });
  const session = progress.state.current_session;
  if (session === null) throw new Error("a note was added to no session");
  return { session, isNew: progress.started.includes(session.id), closed: progress.reports };
}

/** What stands between a note and the state, but not between a note and the disk. */
function isInTheWay(error: unknown): error is IncrError {
  return error instanceof IncrError && ["corrupt", "newer_state", "busy"].includes(error.code);
}
