/** The journal in files: the adapter behind the `Journal` port. */
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { JournalConfig } from "../domain/journal/config.ts";
import { JOURNAL_FOLDER } from "../domain/journal/paths.ts";
import { acceptJournal, emptyJournal, type JournalState } from "../domain/journal/state.ts";
import type { UtcOffset } from "../domain/journal/time.ts";
import type { Notify } from "../domain/notice.ts";
import type { Journal, JournalGit } from "../ports/journal.ts";
import { openDocument, type JsonDocument } from "../store/document.ts";
import { withLock, type LockOptions } from "../store/lock.ts";
import { changeFiles, type JournalFiles } from "./change.ts";
import { loadJournalConfig } from "./config-file.ts";
import { appendTail, planAppend } from "./daily-log-file.ts";
import { prepareFolder } from "./folder.ts";
import { hasReport, listReportIds, readReport } from "./report-files.ts";
import { isFolder } from "./root.ts";
import { readSpool, writeSpooled } from "./spool.ts";

export interface JournalOptions {
  /** Folder that `.work-shell` lies in. */
  root: string;
  git: JournalGit | null;
  utcOffset: UtcOffset;
  /** What this process is called for those who wait for it: its command line. */
  holder: string;
  notify: Notify;
  now: () => Date;
}

/** How long a note that cannot get into the state waits for its place in the daily log. */
const ASIDE_WAIT_MS = 1000;

/** Describes a journal; nothing is read or made until it is used. */
export function createJournal({ root, git, utcOffset, holder, notify, now }: JournalOptions): Journal {
  const folder = join(root, JOURNAL_FOLDER);
  const files: JournalFiles = { root, folder, sessions: join(folder, "sessions"), spool: join(folder, "spool") };
  const lockPath = join(folder, "state.lock");
  let config: Promise<JournalConfig> | undefined;

  /** Files in a repository belong to whoever may use the repository. */
  function lockOptions(timeoutMs: number | undefined): LockOptions {
    const shared: LockOptions = { holder, notify, now, mode: 0o666, folderMode: 0o777 };
    return timeoutMs === undefined ? shared : { ...shared, timeoutMs };
  }
  function openState(waitMs?: number): JsonDocument<JournalState> {
    return openDocument({
      path: join(folder, "state.json"),
      lockPath,
      lock: lockOptions(waitMs),
      accept: acceptJournal,
      empty: emptyJournal,
      newestVersion: 1,
      mode: "keep",
      backup: true,
    });
  }

  return {
    root,
    git,
    exists: () => isFolder(folder),
    config: () => (config ??= loadJournalConfig(join(folder, "config.yaml"), notify)),
    read() {
      const state = openState().read();
      const merged = new Set(state.incr?.merged);
      const spooled = readSpool(files.spool, { notify, alone: false }).filter(({ name }) => !merged.has(name));
      return { state, spooled: spooled.map(({ event }) => event) };
    },
    change: (decide, { waitMs } = {}) =>
      openState(waitMs).exclusively((held) => changeFiles(files, held, decide, { utcOffset, notify })),
    spool(event) {
      prepareFolder(folder);
      writeSpooled(files.spool, event);
    },
    async keepAside(event, entry) {
      prepareFolder(folder);
      try {
        return await withLock(lockPath, lockOptions(ASIDE_WAIT_MS), () => {
          const logged = planAppend(folder, entry);
          writeSpooled(files.spool, { ...event, logged });
          appendTail(folder, logged);
          return true;
        });
      } catch (error) {
        if (!(error instanceof IncrError) || error.code !== "busy") throw error;
        writeSpooled(files.spool, event);
        return false;
      }
    },
    hasReport: (id) => hasReport(files.sessions, id),
    listReportIds: () => listReportIds(files.sessions),
    readReport: (id) => readReport(files.sessions, id),
  };
}
