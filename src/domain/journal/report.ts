/** The report of a finished session: `.work-shell/sessions/<id>.json`, and the same for people in `<id>.md`. */
import * as v from "valibot";
import { timeSchema } from "../schema.ts";
import {
  commitSchema,
  describeCounts,
  describeWorkingTree,
  workingTreeSchema,
  type CommitCounts,
  type WorkingTree,
} from "./counts.ts";
import {
  JOURNAL_VERSION,
  journalIdSchema,
  lastActivity,
  participantSchema,
  quickNoteSchema,
  type CurrentSession,
  type LastSession,
} from "./records.ts";
import { summarize } from "./summary.ts";
import { lengthOf } from "./time.ts";

export const reportSchema = v.object({
  version: v.string(),
  id: journalIdSchema,
  started: timeSchema,
  ended: timeSchema,
  status: v.literal("completed"),
  /** `idle`: nobody said bye, and the session ended with its last sign of life. */
  ended_by: v.picklist(["bye", "idle"]),
  /** When it started. */
  branch: v.nullable(v.string()),
  duration_seconds: v.number(),
  summary: v.string(),
  /** Null where they could not be found out. */
  commits: v.nullable(v.number()),
  files_changed: v.nullable(v.number()),
  commit_list: v.array(commitSchema),
  files: v.array(v.string()),
  /** What was not committed at the end; null if that is not known. */
  uncommitted: v.nullable(workingTreeSchema),
  last_activity: timeSchema,
  quick_notes: v.array(quickNoteSchema),
  /** All todos of the journal at the end. */
  pending_todos: v.array(v.string()),
  /** Todos of the journal that were struck out at the end. */
  done_todos: v.optional(v.array(v.string())),
  participants: v.array(participantSchema),
});
export type Report = v.InferOutput<typeof reportSchema>;

export interface Ending {
  /** ISO time to the second. */
  ended: string;
  ended_by: Report["ended_by"];
  /** In the words of whoever ends it. */
  summary?: string | undefined;
  counts: CommitCounts;
  uncommitted: WorkingTree | null;
  pending_todos: string[];
  done_todos?: string[];
}

/** What is kept of a session that ends. */
export function reportOf(session: CurrentSession, ending: Ending): Report {
  const { counts } = ending;
  const seconds = Math.round((Date.parse(ending.ended) - Date.parse(session.started)) / 1000);
  // A clock that was set back must not give a session that ends before it starts
  const ended = seconds < 0 ? session.started : ending.ended;
  return {
    version: JOURNAL_VERSION,
    id: session.id,
    started: session.started,
    ended,
    status: "completed",
    ended_by: ending.ended_by,
    branch: session.branch,
    duration_seconds: Math.max(0, seconds),
    summary: ending.summary ?? summarize(session.quick_notes, counts),
    ...counts,
    uncommitted: ending.uncommitted,
    last_activity: lastActivity(session),
    quick_notes: session.quick_notes,
    pending_todos: ending.pending_todos,
    done_todos: ending.done_todos ?? [],
    participants: session.participants ?? [],
  };
}

/** What `state.json` remembers of the session that ended last. */
export function lastSessionOf(report: Report): LastSession {
  const { id, ended, summary, branch, commits, files_changed: files } = report;
  return { id, ended, summary, branch, commits, files_changed: files };
}

/** `2h 30m on feature/x: 5 commits, 8 files changed`. */
export function describeReport(report: Report): string {
  const where = report.branch === null ? "" : ` on ${report.branch}`;
  return `${describeLength(report)}${where}: ${describeCounts(report)}`;
}

/** `2h 30m` */
export function describeLength({ duration_seconds: seconds }: Pick<Report, "duration_seconds">): string {
  return lengthOf(seconds * 1000);
}

/** `2 modified, 1 untracked`, or null where nothing is known. */
export function describeUncommitted({ uncommitted }: Pick<Report, "uncommitted">): string | null {
  return uncommitted === null ? null : describeWorkingTree(uncommitted);
}
