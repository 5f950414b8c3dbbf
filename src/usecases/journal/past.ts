/** Looking back: reads only, no lock. */
import { IncrError } from "../../domain/error.ts";
import { matchPrefix, shortestUniquePrefixes } from "../../domain/id.ts";
import type { Report } from "../../domain/journal/report.ts";
import { searchSessions, type Found, type Searchable } from "../../domain/journal/search.ts";
import type { CurrentSession } from "../../domain/journal/records.ts";
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
  const { current, read, ids } = openPast(app);
  const past = ids.filter((id) => id !== current?.id);
  const sessions = past.slice(0, limit).flatMap((id) => {
    try {
      return read(id) ?? [];
    } catch (error) {
      return leaveOut(app, error, []);
    }
  });
  return { current, sessions, more: Math.max(0, past.length - limit) };
}

/**
 * One session. @param wanted its id, or the start of it; without it the running one, else the last
 * Errors: `not_found`, `ambiguous`, `corrupt`, `io`
 */
export function showPast(app: JournalApp, wanted: string | undefined): CurrentSession | Report {
  const { current, read, ids } = openPast(app);
  const [newest] = ids;
  if (newest === undefined) throw new IncrError("not_found", "the journal has no sessions", { hint: "incr hello" });
  const id = wanted === undefined ? newest : requireId(ids, wanted);
  const session = current?.id === id ? current : read(id);
  if (session === undefined) throw notFound(id);
  return session;
}

/** Sessions that hold all the words, newest first. Tells of reports that cannot be read. */
export function searchPast(app: JournalApp, words: readonly string[]): Found[] {
  const { current, sessions } = listPast(app, { limit: Number.POSITIVE_INFINITY });
  const running: Searchable[] = current === null ? [] : [{ ...current, ended: null, summary: null, pending_todos: [] }];
  return searchSessions([...running, ...sessions], words);
}

/** What there is to look at. A state that cannot be read is told, and does not hide what is over. */
function openPast(app: JournalApp): {
  current: CurrentSession | null;
  /** Of all sessions: the running one, then the newest. */
  ids: string[];
  read: (id: string) => Report | undefined;
} {
  const { current, unfinished } = readState(app);
  const kept = app.journal.listReportIds();
  const fresh = unfinished.map(({ id }) => id).toReversed();
  const ids = new Set([...(current === null ? [] : [current.id]), ...fresh, ...kept]);
  const read = (id: string) => unfinished.find((report) => report.id === id) ?? app.journal.readReport(id);
  return { current, ids: [...ids], read };
}

/** The running session with the notes that wait in the spool, and those that have just ended. */
function readState(app: JournalApp): { current: CurrentSession | null; unfinished: readonly Report[] } {
  try {
    const { state, spooled } = app.journal.read();
    const { current_session: session, incr } = state;
    const unfinished = incr?.unfinished ?? [];
    if (session === null) return { current: null, unfinished };
    const notes = spooled.flatMap((event) =>
      event.kind === "note" ? [{ time: event.at, note: event.note, by: event.by.name }] : [],
    );
    return { current: { ...session, quick_notes: [...session.quick_notes, ...notes] }, unfinished };
  } catch (error) {
    return leaveOut(app, error, { current: null, unfinished: [] });
  }
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
