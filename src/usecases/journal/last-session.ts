import { lastSessionOf } from "../../domain/journal/report.ts";
import type { LastSession } from "../../domain/journal/records.ts";
import type { JournalState } from "../../domain/journal/state.ts";
import type { JournalApp } from "./change.ts";
import { leaveOut } from "./left-out.ts";

/** The session that ended last: as the state has it; in a fresh clone, the newest of the reports that came with it. */
export function findLastSession(app: JournalApp, { last_session: last }: JournalState): LastSession | null {
  if (last !== null) return last;
  const [id] = app.journal.listReportIds();
  if (id === undefined) return null;
  try {
    const report = app.journal.readReport(id);
    return report === undefined ? null : lastSessionOf(report);
  } catch (error) {
    return leaveOut(app, error, null);
  }
}
