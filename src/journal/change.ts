/**
 * One change of the journal's files. The state is saved first, and that is the moment that counts. It says also what is left to do: what is appended to the
 * daily logs and where, which files of the spool are in it, and which sessions have ended, with all that their files will hold. Then that is done, and the
 * state saved without it. Whatever is killed when, the next change finishes it.
 */
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import { HISTORY_FILE } from "../domain/journal/paths.ts";
import type { Report } from "../domain/journal/report.ts";
import { withBookkeeping, type JournalState, type LogTail } from "../domain/journal/state.ts";
import type { UtcOffset } from "../domain/journal/time.ts";
import type { Notify } from "../domain/notice.ts";
import type { JournalChange, JournalView } from "../ports/journal.ts";
import { fault } from "../process/fault.ts";
import { sweepLeftovers } from "../store/atomic-file.ts";
import type { HeldDocument } from "../store/document.ts";
import { appendTail, completeAppend, isMissing, planAppends } from "./daily-log-file.ts";
import { prepareFolder } from "./folder.ts";
import { enterInHistory } from "./history-file.ts";
import { writeReport } from "./report-files.ts";
import { readSpool, removeSpooled, sweepSpool } from "./spool.ts";

export interface JournalFiles {
  /** Folder that `work-shell.md` lies in. */
  root: string;
  /** `.work-shell` */
  folder: string;
  sessions: string;
  spool: string;
}

interface Surroundings {
  utcOffset: UtcOffset;
  notify: Notify;
}

/** Runs `decide` on the finished state and keeps what it says. The caller holds the lock. */
export function changeFiles<T>(
  files: JournalFiles,
  held: HeldDocument<JournalState>,
  decide: (view: JournalView) => JournalChange<T>,
  around: Surroundings,
): T {
  let onDisk = held.exists ? JSON.stringify(held.value) : "";
  const save = (state: JournalState): JournalState => {
    const text = JSON.stringify(state);
    if (text !== onDisk) held.save(state);
    onDisk = text;
    return state;
  };

  const merged = held.value.incr?.merged ?? [];
  const begun = finishSessions(files, finishLog(files, held.value, around), save, around);
  attempt(around, () => removeSpooled(files.spool, merged));
  const spooled = readSpool(files.spool, { notify: around.notify, alone: true });
  const waiting = spooled.filter(({ name }) => !merged.includes(name));
  const before = held.value.incr?.unfinished ?? [];
  const change = decide({
    state: begun,
    spooled: waiting.map(({ event }) => event),
    finished: before.filter((report) => begun.incr?.unfinished?.includes(report) !== true),
  });
  const { state, entries = [], tookSpool = false, result } = change;
  if (state === undefined) return result;

  prepareFolder(files.folder);
  const left = begun.incr?.log_tail ?? [];
  const tails = planAppends(files.folder, entries, left);
  const gone = spooled.filter((one) => tookSpool || !waiting.includes(one)).map(({ name }) => name);
  const kept = save(withBookkeeping(state, { log_tail: [...left, ...tails], merged: gone }));
  fault("journal:after-state");
  appendTails(files, tails, left, around);
  fault("journal:after-log");
  attempt(around, () => {
    removeSpooled(files.spool, gone);
    sweepSpool(files.spool, join(files.folder, "state.json"));
  });
  fault("journal:after-spool");
  finishSessions(files, kept, save, around);
  fault("journal:after-sessions");
  return result;
}

/** Appends what an earlier change could not; its bookkeeping then names only what still is missing. */
function finishLog({ folder }: JournalFiles, state: JournalState, around: Surroundings): JournalState {
  const tails = state.incr?.log_tail ?? [];
  const left = tails.filter((tail) => !attempt(around, () => completeAppend(folder, tail)));
  return withBookkeeping(state, { log_tail: left });
}

/** What fails here is told and done by the next change: the state knows of it. */
function appendTails(
  files: JournalFiles,
  tails: readonly LogTail[],
  left: readonly LogTail[],
  around: Surroundings,
): void {
  for (const [index, tail] of tails.entries()) {
    // One after another: what comes after an entry that could not be written has to wait for it
    const before = [...left, ...tails.slice(0, index)].filter(({ file }) => file === tail.file);
    if (before.some((earlier) => isMissing(files.folder, earlier))) continue;
    attempt(around, () => appendTail(files.folder, tail));
  }
}

/** Writes the files of sessions that have ended, enters them in `work-shell.md`, and saves that it is done. */
function finishSessions(
  files: JournalFiles,
  state: JournalState,
  save: (state: JournalState) => JournalState,
  around: Surroundings,
): JournalState {
  const unfinished = state.incr?.unfinished ?? [];
  if (unfinished.length === 0) return state;
  const left = unfinished.filter((report) => !attempt(around, () => finishSession(files, report, around)));
  return save(withBookkeeping(state, { unfinished: left }));
}

function finishSession({ root, sessions }: JournalFiles, report: Report, { utcOffset }: Surroundings): void {
  writeReport(sessions, report, utcOffset);
  fault("journal:after-report");
  const path = join(root, HISTORY_FILE);
  sweepLeftovers(path);
  enterInHistory(path, report, utcOffset);
  fault("journal:in-history");
}

/** Whether `work` is done; a refusal of the system is told instead of thrown: the state knows what is left. */
function attempt({ notify }: Surroundings, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const message = `${error.message}; the next command tries again`;
    notify({ code: "journal_unfinished", message, data: error.data });
    return false;
  }
}
