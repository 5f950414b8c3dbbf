/** The daily logs, `.work-shell/logs/YYYY-MM-DD.md`: every note with its time, branch and the state of the working tree. */
import type { NoteEvent } from "./event.ts";
import { code } from "./markdown.ts";
import { localTime, type UtcOffset } from "./time.ts";

export interface DailyEntry {
  /** The local day that it belongs to: `2026-01-07`. */
  date: string;
  /** Markdown that ends with a line break. */
  text: string;
  /** Where it was written before, if it was. */
  logged?: NoteEvent["logged"];
}

/** @param session id of the session that the note belongs to; null if it could not be added to one yet */
export function dailyEntry(event: NoteEvent, session: string | null, utcOffset: UtcOffset): DailyEntry {
  const { date, clock } = localTime(event.at, utcOffset);
  const context = [
    session === null ? [] : [`- Session: ${session}`],
    event.place.branch === null ? [] : [`- Branch: ${code(event.place.branch)}`],
    event.status === null ? [] : [`- Working tree: ${event.status}`],
    [`- By: ${event.by.name}`],
  ].flat();
  const text = `## ${clock}\n\n${event.note}\n\n${context.join("\n")}\n`;
  return { date, text, ...(event.logged === undefined ? {} : { logged: event.logged }) };
}

/** How a day's file begins. */
export function dailyTitle(date: string): string {
  return `# ${date}\n`;
}
