/** git around a journal: the adapter behind the `JournalGit` port. */
import { UNKNOWN_COMMITS } from "../../domain/journal/counts.ts";
import type { Place } from "../../domain/journal/event.ts";
import type { CurrentSession } from "../../domain/journal/records.ts";
import type { Git } from "../../git/git.ts";
import { findRepository, type RepositoryLocation } from "../../git/repository.ts";
import { gitDirOf } from "../../git/worktree/git-dir.ts";
import type { JournalCommit, JournalGit, Until } from "../../ports/journal.ts";
import { countRange } from "./commits.ts";
import { readHead, type Head } from "./head.ts";
import { listMoves } from "./moves.ts";
import { readWorkingTree } from "./working-tree.ts";

export interface JournalGitOptions {
  location: RepositoryLocation;
  /** Loads git when it is first needed; bound to any folder. */
  git: () => Promise<Git>;
  /** Commits the journal's files. */
  commit: (git: Git, message: string) => Promise<JournalCommit>;
}

/** The main checkout's name among the worktrees of a session: the journal lies in it, wherever it is moved to. */
const MAIN = ".";

export function createJournalGit({ location, git: loadGit, commit }: JournalGitOptions): JournalGit {
  const here = location.linked && location.worktree !== null ? location.worktree : MAIN;
  /** Folder to run git in. */
  const folderOf = (worktree: string) =>
    worktree !== MAIN ? worktree : location.bare ? location.commonDir : location.root;
  const startGit = async (worktree: string) => (await loadGit()).in(folderOf(worktree));

  function readFiles(worktree: string): Head | undefined {
    const gitDir = worktree === MAIN ? location.commonDir : gitDirOf(worktree);
    return readHead(gitDir, location.commonDir);
  }
  async function headOf(worktree: string, quick: boolean): Promise<Head | undefined> {
    try {
      const head = readFiles(worktree);
      if (head !== undefined || quick) return head;
      const git = await startGit(worktree);
      const branch = await git.text(["symbolic-ref", "--quiet", "--short", "HEAD"], { okCodes: [0, 1] });
      const tip = await git.text(["rev-parse", "--verify", "--quiet", "HEAD"], { okCodes: [0, 1] });
      return { branch: branch === "" ? null : branch, commit: tip === "" ? null : tip };
    } catch {
      return undefined;
    }
  }
  /** The worktrees of a session that are still there, and are ours: the state is a file in a repository, and may name any folder. */
  const presentOf = (session: CurrentSession) =>
    worktreesOf(session).filter(
      (worktree) => worktree === MAIN || findRepository(worktree)?.commonDir === location.commonDir,
    );
  /** Where HEAD stood at a moment; null if there was no commit then. */
  async function tipOf(worktree: string, start: string | null, until: Until): Promise<string | null> {
    if (until === null) return (await headOf(worktree, false))?.commit ?? null;
    const moves = await listMoves(await startGit(worktree), folderOf(worktree));
    const before = moves.find(({ at }) => Date.parse(at) <= Date.parse(until));
    if (before !== undefined) return before.commit;
    // No reflog is kept: what is there now is all that is known
    return moves.length === 0 ? ((await headOf(worktree, false))?.commit ?? null) : start;
  }

  return {
    async place({ quick = false } = {}): Promise<Place> {
      const main = await headOf(MAIN, quick);
      const own = here === MAIN ? main : await headOf(here, quick);
      const heads = [
        [MAIN, main],
        [here, own],
      ] as const;
      const known = heads.flatMap(([name, head]) => (head === undefined ? [] : [[name, head.commit] as const]));
      return { branch: own?.branch ?? null, worktree: here, heads: Object.fromEntries(known) };
    },
    workingTree: async () =>
      location.worktree === null ? null : await readWorkingTree(await startGit(here), location.worktree),
    async headMoves(session) {
      const moves = await Promise.all(
        presentOf(session).map(async (worktree) => listMoves(await startGit(worktree), folderOf(worktree))),
      );
      return moves.flat().map(({ at }) => at);
    },
    async countCommits(session, until) {
      try {
        const heads = session.heads ?? {};
        const present = presentOf(session);
        const tips = await Promise.all(present.map((worktree) => tipOf(worktree, heads[worktree] ?? null, until)));
        const starts = Object.values(heads).filter((head) => head !== null);
        const isKnown = Object.keys(heads).length > 0;
        return await countRange(await startGit(MAIN), {
          tips: [...new Set(tips)].filter((tip) => tip !== null),
          since: isKnown ? starts : { time: session.started },
        });
      } catch {
        return UNKNOWN_COMMITS;
      }
    },
    commitJournal: async (message) => await commit(await startGit(MAIN), message),
  };
}

function worktreesOf(session: CurrentSession): string[] {
  const named = Object.keys(session.heads ?? {});
  return named.length > 0 ? named : [MAIN];
}
