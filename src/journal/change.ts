/**
 * One change of the journal's files. The order makes it whole, whatever is killed when:
 *
 * 1. the reports of sessions that end, under names that nobody looks at while those sessions run;
 * 2. the state, which is the moment that counts: it also says what is appended to the daily logs and where, which files of the spool are in it, and which
 *    sessions still have to be entered in `work-shell.md`;
 * 3. the daily logs, the removal from the spool, `work-shell.md`; then the state without what is done.
 *
 * The next change finishes what is left of 3.
 */
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import { HISTORY_FILE } from "../domain/journal/paths.ts";
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
import { readReport, writeReport } from "./report-files.ts";
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
  const begun = finishHistory(files, finishLog(files, held.value, around), save, around);
  attempt(around, () => removeSpooled(files.spool, merged));
  const spooled = readSpool(files.spool, { notify: around.notify, alone: true });
  const waiting = spooled.filter(({ name }) => !merged.includes(name));
  const before = held.value.incr?.unfinished ?? [];
  const change = decide({
    state: begun,
    spooled: waiting.map(({ event }) => event),
    finished: before.filter((id) => begun.incr?.unfinished?.includes(id) !== true),
  });
  const { state, reports = [], entries = [], tookSpool = false, result } = change;
  if (state === undefined) return result;

  prepareFolder(files.folder);
  for (const report of reports) writeReport(files.sessions, report, around.utcOffset);
  fault("journal:after-reports");
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
  finishHistory(files, kept, save, around);
  fault("journal:after-history");
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

/** Enters finished sessions in `work-shell.md`, then saves that they are. */
function finishHistory(
  { root, sessions }: JournalFiles,
  state: JournalState,
  save: (state: JournalState) => JournalState,
  around: Surroundings,
): JournalState {
  const unfinished = state.incr?.unfinished ?? [];
  if (unfinished.length === 0) return state;
  const path = join(root, HISTORY_FILE);
  const left = unfinished.filter((id) => !attempt(around, () => enterSession(path, sessions, id, around)));
  return save(withBookkeeping(state, { unfinished: left }));
}

function enterSession(path: string, sessions: string, id: string, { utcOffset }: Surroundings): void {
  const report = readReport(sessions, id);
  // Somebody removed it: there is nothing to enter
  if (report === undefined) return;
  sweepLeftovers(path);
  enterInHistory(path, report, utcOffset);
  fault("journal:in-history");
}

/** Whether `work` is over and done with; a refusal of the system is told instead of thrown, and worth another try. */
function attempt({ notify }: Surroundings, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const again = error.code !== "corrupt";
    const message = again ? `${error.message}; the next command tries again` : error.message;
    notify({ code: "journal_unfinished", message, data: error.data });
    return !again;
  }
}
