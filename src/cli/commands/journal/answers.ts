/** What the journal's commands answer under `--json`, and the lines about sessions that several of them print. */
import * as v from "valibot";
import { workingTreeSchema } from "../../../domain/journal/counts.ts";
import { describeReport, reportSchema, type Report } from "../../../domain/journal/report.ts";
import { localTime } from "../../../domain/journal/time.ts";
import { currentSessionSchema, lastSessionSchema } from "../../../domain/journal/records.ts";
import { sessionSchema } from "../../../domain/records.ts";
import type { Context } from "../../context.ts";
import { utcOffset } from "../../who.ts";
import { plainLine } from "../../plain.ts";
import { listAnswer } from "../workflow/answers.ts";

const reports = v.array(reportSchema);

export const helloAnswer = v.object({
  /** Folder that the journal lies in. */
  root: v.string(),
  session: currentSessionSchema,
  /** False if it was running already. */
  is_new: v.boolean(),
  /** The session before it; null for a new user. */
  last_session: v.nullable(lastSessionSchema),
  /** Sessions that had been left alone, and were closed now. */
  closed: reports,
  /** Branch that the caller is on. */
  branch: v.nullable(v.string()),
  /** What is not committed; null if it is not known. */
  uncommitted: v.nullable(workingTreeSchema),
  /** The journal's own. */
  pending_todos: v.array(v.string()),
  /** The most urgent of the repository's todos that can be taken now. */
  ready_todos: v.array(v.object({ id: v.string(), short_id: v.string(), title: v.string(), priority: v.number() })),
  /** Work sessions that are active. */
  work_sessions: v.array(sessionSchema),
  /** Workflows that are in progress, the one that was touched last first. */
  workflows: listAnswer.entries.workflows,
  /** What to go on with, and what to type for it. */
  take_up: v.array(v.object({ what: v.string(), command: v.nullable(v.string()) })),
});

export const logAnswer = v.object({
  time: v.string(),
  note: v.string(),
  by: v.string(),
  branch: v.nullable(v.string()),
  uncommitted: v.nullable(workingTreeSchema),
  /** The session that it belongs to; null if the state could not be changed, and the note waits to be taken in. */
  session: v.nullable(v.object({ id: v.string(), started: v.string(), is_new: v.boolean() })),
  /** The daily log, relative to the journal's root; null if it is not in it yet. */
  log: v.nullable(v.string()),
  /** Sessions that had been left alone, and were closed now. */
  closed: reports,
});

export const byeAnswer = v.object({
  session: reportSchema,
  /** What was written, relative to the journal's root. */
  files: v.array(v.string()),
  pending_todos: v.array(v.string()),
  /** Earlier sessions that had been left alone, and were closed now. */
  closed: reports,
});

export const listSessionsAnswer = v.object({
  current: v.nullable(currentSessionSchema),
  /** Newest first. */
  sessions: reports,
  /** How many there are beyond those. */
  more: v.number(),
});

export const showSessionAnswer = v.union([currentSessionSchema, reportSchema]);

export const searchAnswer = v.object({
  /** Newest first. */
  sessions: v.array(
    v.object({
      id: v.string(),
      started: v.string(),
      /** Null while it runs. */
      ended: v.nullable(v.string()),
      summary: v.nullable(v.string()),
      /** The texts that hold at least one of the words. */
      matches: v.array(
        v.object({ where: v.picklist(["summary", "note", "todo"]), time: v.nullable(v.string()), text: v.string() }),
      ),
    }),
  ),
});

/** One line for each session that ended by itself. */
export function describeClosed(closed: readonly Report[], { style }: Pick<Context, "style">): string[] {
  return closed.map((report) => {
    const { date, clock } = localTime(report.ended, utcOffset);
    const what = `was left alone, so it ended with its last sign of life, ${date} ${clock}`;
    return `Session ${style.cyan(report.id)} ${what} (${describeReport(report)}): ${plainLine(report.summary)}`;
  });
}
