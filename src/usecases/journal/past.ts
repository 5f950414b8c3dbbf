/** Looking back: reads only, no lock. */
import { IncrError } from "../../domain/error.ts";
import { matchPrefix, shortestUniquePrefixes } from "../../domain/id.ts";
import type { Report } from "../../domain/journal/report.ts";
import { searchSessions, type Found, type Searchable } from "../../domain/journal/search.ts";
import type { CurrentSession } from "../../domain/journal/state.ts";
import type { JournalApp } from "./change.ts";
import { leaveOut } from "./left-out.ts";

export interface Past {
  current: CurrentSession | null;
  /** Newest first. */
  sessions: Report[];
  /** How many there are beyond those. */
  more: number;
}

/** The running session and the newest past ones. Tells of reports that cannot be read. */
export function listPast(app: JournalApp, { limit }: { limit: number }): Past {
  const current = readCurrent(app);
  const ids = app.journal.listReportIds().filter((id) => id !== current?.id);
  const sessions = readReports(app, ids.slice(0, limit));
  return { current, sessions, more: Math.max(0, ids.length - limit) };
}

/**
 * One session. @param wanted its id, or the start of it; without it the running one, else the last
 * Errors: `not_found`, `ambiguous`, `corrupt`, `io`
 */
export function showPast(app: JournalApp, wanted: string | undefined): CurrentSession | Report {
  const current = readCurrent(app);
  const ids = [...(current === null ? [] : [current.id]), ...app.journal.listReportIds()];
  const [newest] = ids;
  if (wanted === undefined && newest === undefined) {
    throw new IncrError("not_found", "the journal has no sessions", { hint: "incr hello" });
  }
  const id = wanted === undefined ? newest : requireId(ids, wanted);
  if (current !== null && current.id === id) return current;
  const session = id === undefined ? undefined : app.journal.readReport(id);
  if (session === undefined) throw notFound(wanted ?? "");
  return session;
}

/** Sessions that hold all the words, newest first. Tells of reports that cannot be read. */
export function searchPast(app: JournalApp, words: readonly string[]): Found[] {
  const { current, sessions } = listPast(app, { limit: Number.POSITIVE_INFINITY });
  const running: Searchable[] = current === null ? [] : [{ ...current, ended: null, summary: null, pending_todos: [] }];
  return searchSessions([...running, ...sessions], words);
}

/** The running session with the notes that wait in the spool. A state that cannot be read does not hide what is over. */
function readCurrent(app: JournalApp): CurrentSession | null {
  try {
    const { state, spooled } = app.journal.read();
    const session = state.current_session;
    if (session === null) return null;
    const notes = spooled.flatMap((event) =>
      event.kind === "note" ? [{ time: event.at, note: event.note, by: event.by.name }] : [],
    );
    return { ...session, quick_notes: [...session.quick_notes, ...notes] };
  } catch (error) {
    return leaveOut(app, error, null);
  }
}

function readReports(app: JournalApp, ids: readonly string[]): Report[] {
  return ids.flatMap((id) => {
    try {
      return app.journal.readReport(id) ?? [];
    } catch (error) {
      return leaveOut(app, error, []);
    }
  });
}

function requireId(ids: readonly string[], wanted: string): string {
  const match = matchPrefix(ids, wanted);
  if (match.kind === "one") return match.id;
  if (match.kind === "none") throw notFound(wanted);
  const lengths = shortestUniquePrefixes(ids);
  const enough = match.candidates.slice(0, 2).map((id) => id.slice(0, lengths.get(id)));
  throw new IncrError(
    "ambiguous",
    `"${wanted}" is the start of more than one session: ${match.candidates.slice(0, 10).join(", ")}`,
    {
      hint: `type more of it, such as ${enough.join(" or ")}`,
      data: { id: wanted, candidates: match.candidates },
    },
  );
}

function notFound(wanted: string): IncrError {
  return new IncrError("not_found", `no journal session "${wanted}"`, {
    hint: "incr journal list",
    data: { id: wanted },
  });
}
