/** The running session of the work journal. */
import { lastActivity } from "../../domain/journal/records.ts";
import { IncrError } from "../../domain/error.ts";
import type { WholeApp } from "../app.ts";
import { secondsSince } from "./todos.ts";

export interface JournalLine {
  id: string;
  branch: string | null;
  notes: number;
  /** Names of the people and agents who took part. */
  participants: string[];
  started_at: string;
  age_seconds: number;
  /** Since its last sign of life. */
  idle_seconds: number;
}

/** Reads only. `problem` says in one line why the journal cannot be read. */
export function readJournal(app: Pick<WholeApp, "journal" | "now">): {
  journal: JournalLine | null;
  problem: string | null;
} {
  const { journal, now } = app;
  if (!journal.exists()) return { journal: null, problem: null };
  try {
    const session = journal.read().state.current_session;
    if (session === null) return { journal: null, problem: null };
    const line = {
      id: session.id,
      branch: session.branch,
      notes: session.quick_notes.length,
      participants: [...new Set((session.participants ?? []).map(({ name }) => name))],
      started_at: session.started,
      age_seconds: secondsSince(session.started, now()),
      idle_seconds: secondsSince(lastActivity(session), now()),
    };
    return { journal: line, problem: null };
  } catch (error) {
    if (error instanceof IncrError) return { journal: null, problem: error.message };
    throw error;
  }
}
