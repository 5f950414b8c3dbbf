/** Where the journal's files are, relative to its root; `/` between folders. */
export const JOURNAL_FOLDER = ".work-shell";
export const HISTORY_FILE = "work-shell.md";

/** Whether `path`, relative to the root of a worktree, is the journal's. A folder may end in `/`. */
export function isJournalFile(path: string): boolean {
  return path === HISTORY_FILE || path === JOURNAL_FOLDER || path.startsWith(`${JOURNAL_FOLDER}/`);
}

/** `.work-shell/sessions/<id>.md` and `.json` */
export function reportPaths(id: string): { markdown: string; json: string } {
  return { markdown: `${JOURNAL_FOLDER}/sessions/${id}.md`, json: `${JOURNAL_FOLDER}/sessions/${id}.json` };
}

/** `logs/2026-01-07.md`, inside the journal's folder. */
export function dailyLogFile(date: string): string {
  return `logs/${date}.md`;
}
