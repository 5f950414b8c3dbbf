/** Opens the journal that a directory belongs to. */
import { join } from "node:path";
import type { UtcOffset } from "../domain/journal/time.ts";
import type { Notify } from "../domain/notice.ts";
import { lostRepositoryError } from "../domain/repo.ts";
import type { Git } from "../git/git.ts";
import { findLostRepository, type RepositoryLocation } from "../git/repository.ts";
import type { Journal, JournalGit } from "../ports/journal.ts";
import { createJournalGit } from "./git/journal-git.ts";
import { createJournal } from "./journal.ts";
import { journalRoot } from "./root.ts";

export interface OpenJournalOptions {
  /** Absolute, symlinks resolved. */
  cwd: string;
  location: RepositoryLocation | null;
  /** Loads git when it is first needed: most commands of the journal do without. */
  git: () => Promise<Git>;
  utcOffset: UtcOffset;
  holder: string;
  notify: Notify;
  now: () => Date;
}

/** Reads only where the journal is. In a worktree whose repository is gone nothing is written: it would not get into the repository's journal. */
export function openJournal({ cwd, location, git, utcOffset, ...rest }: OpenJournalOptions): Journal {
  const root = journalRoot(cwd, location);
  const journalGit = location === null ? null : createJournalGit({ location, git, commit: commitFiles });
  const journal = createJournal({ root, git: journalGit, utcOffset, ...rest });

  async function commitFiles(bound: Git, message: string): ReturnType<JournalGit["commitJournal"]> {
    if (location === null || location.bare) return { kind: "skipped", why: "a bare repository has no files" };
    const [{ commitJournal }, { withLock }] = await Promise.all([
      import("./git/commit-files.ts"),
      import("../store/lock.ts"),
    ]);
    const { root, commonDir } = location;
    const { holder, notify, now } = rest;
    const lock = { holder, notify, now, mode: 0o666, folderMode: 0o777, sharedLike: commonDir };
    const reportIds = journal.listReportIds().toReversed();
    return await withLock(join(commonDir, "incr", "lock"), lock, () =>
      commitJournal(bound, { root, gitDir: commonDir, message, utcOffset, reportIds, readReport: journal.readReport }),
    );
  }
  const lost = location === null ? findLostRepository(cwd) : undefined;
  if (lost === undefined) return journal;
  const refuse = () => {
    throw lostRepositoryError(lost);
  };
  return { ...journal, change: async () => refuse(), spool: refuse, keepAside: async () => refuse() };
}
