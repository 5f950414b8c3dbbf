/** Which folder the journal of a directory belongs to. */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { JOURNAL_FOLDER } from "../domain/journal/paths.ts";
import type { RepositoryLocation } from "../git/repository.ts";

/**
 * The root of the main checkout, whatever worktree `cwd` is in; without git the nearest folder upward that has a journal, else `cwd` itself.
 * @param cwd absolute, symlinks resolved
 */
export function journalRoot(cwd: string, location: Pick<RepositoryLocation, "root"> | null): string {
  if (location !== null) return location.root;
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (isFolder(join(folder, JOURNAL_FOLDER))) return folder;
    if (dirname(folder) === folder) return cwd;
  }
}

/** False for what is not there. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
