/** Finding words in what sessions left behind. */
import type { QuickNote } from "./records.ts";

/** What can be searched of a session, running or over. */
export interface Searchable {
  id: string;
  started: string;
  /** Null while it runs. */
  ended: string | null;
  summary: string | null;
  quick_notes: readonly QuickNote[];
  pending_todos: readonly string[];
}

export interface Match {
  where: "summary" | "note" | "todo";
  /** Of a note. */
  time: string | null;
  text: string;
}

export interface Found {
  id: string;
  started: string;
  ended: string | null;
  summary: string | null;
  /** The texts that hold at least one of the words. */
  matches: Match[];
}

/** Sessions that hold every word somewhere in their summary, notes or todos, letter case ignored. */
export function searchSessions(sessions: readonly Searchable[], words: readonly string[]): Found[] {
  const patterns = words.map((word) => wordPattern([word]));
  return sessions.flatMap((session) => {
    const texts = textsOf(session);
    if (!patterns.every((pattern) => texts.some(({ text }) => isIn(pattern, text)))) return [];
    const matches = texts.filter(({ text }) => patterns.some((pattern) => isIn(pattern, text)));
    const { id, started, ended, summary } = session;
    return [{ id, started, ended, summary, matches }];
  });
}

/** Matches each of the words, letter case ignored. To be used on text in the normal form C. */
export function wordPattern(words: readonly string[]): RegExp {
  const escaped = words.map((word) => word.normalize("NFC").replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  return new RegExp(escaped.join("|"), "giu");
}

function textsOf({ summary, quick_notes: notes, pending_todos: todos }: Searchable): Match[] {
  return [
    ...(summary === null ? [] : [{ where: "summary" as const, time: null, text: summary }]),
    ...notes.map(({ time, note }) => ({ where: "note" as const, time, text: note })),
    ...todos.map((text) => ({ where: "todo" as const, time: null, text })),
  ];
}

function isIn(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text.normalize("NFC"));
}
