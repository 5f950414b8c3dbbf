import { realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The folder whose `ia/state` is meant in `cwd`: in a repository that of the main checkout, in every linked worktree too, so that all of them share one state;
 * elsewhere the nearest folder upward that has one, else `cwd` itself.
 * @param repositoryRoot root of the main checkout, or null where there is no repository
 */
export function findWorkflowRoot(cwd: string, repositoryRoot: string | null): string {
  if (repositoryRoot !== null) return repositoryRoot;
  const start = realpathSync.native(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    if (isFolder(join(folder, "ia", "state"))) return folder;
    if (dirname(folder) === folder) return start;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
