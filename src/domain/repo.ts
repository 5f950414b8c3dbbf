/** Which record a repository has in the state: by its mark, else by its path. */
import { IncrError } from "./error.ts";
import type { Repo } from "./records.ts";

export interface RepoSighting {
  /** Root of the main checkout, symlinks resolved. */
  root: string;
  /** The mark in its git directory. */
  uid: string | null;
}

export type RepoMatch =
  | { kind: "known"; slug: string }
  /** The same repository at another path: its old path is gone, or is another repository now. */
  | { kind: "moved"; slug: string; from: string }
  /** `copied`: it carries the mark of a repository that still exists elsewhere, so it needs a mark of its own. */
  | { kind: "new"; copied: boolean };

/** @param uidAt the mark of the repository at a path, null if there is none */
export function matchRepo(
  repos: readonly { key: string; record: Repo }[],
  seen: RepoSighting,
  uidAt: (root: string) => string | null,
): RepoMatch {
  const marked = seen.uid === null ? undefined : repos.find(({ record }) => record.uid === seen.uid);
  if (marked !== undefined) {
    const from = marked.record.source_path;
    if (from === seen.root) return { kind: "known", slug: marked.key };
    return uidAt(from) === seen.uid ? { kind: "new", copied: true } : { kind: "moved", slug: marked.key, from };
  }
  // Written before there were marks, by another implementation, or by us with another state directory.
  const here = repos.find(({ record }) => record.source_path === seen.root && record.uid === undefined);
  if (here !== undefined) return { kind: "known", slug: here.key };
  return { kind: "new", copied: false };
}

/** A worktree whose repository is not where it was. */
export interface LostRepository {
  /** Absolute, as are all paths. */
  worktree: string;
  /** Where the repository was. */
  root: string;
}

/** Nothing that belongs to a repository may be written then: it would be put where nobody finds it again. */
export function lostRepositoryError({ worktree, root }: LostRepository): IncrError {
  return new IncrError("not_a_repository", `${worktree} is a worktree of ${root}, which is not there any more`, {
    hint: "if it was moved: incr -C <its new place> doctor --fix",
    data: { worktree, root },
  });
}
