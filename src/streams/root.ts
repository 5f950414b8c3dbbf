import { realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The folder whose `work/` is meant in `cwd`: in a repository that of the main checkout, in every linked worktree too; elsewhere the nearest folder upward that
 * has a `work/index.json`, else `cwd` itself.
 * @param repositoryRoot root of the main checkout, or null where there is no repository
 */
export function findStreamsRoot(cwd: string, repositoryRoot: string | null): string {
  if (repositoryRoot !== null) return repositoryRoot;
  const start = realpathSync.native(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    if (statSync(join(folder, "work", "index.json"), { throwIfNoEntry: false })?.isFile() === true) return folder;
    if (dirname(folder) === folder) return start;
  }
}
