/** What lies in the folder of workspaces. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { WorkspaceSighting } from "../../domain/rebuild.ts";
import type { WorkspaceFolder } from "../../ports/house.ts";
import { ioError, isSystemError } from "../io-error.ts";

const NAME = /^ws-\d{3,}$/;

/** Errors: `io`. @param sight what git's own files say about a folder */
export function listFolders(
  workspacesDir: string,
  sight: (path: string) => Omit<WorkspaceSighting, "repo" | "name" | "path">,
): WorkspaceFolder[] {
  return list(workspacesDir).flatMap((repo) =>
    list(join(workspacesDir, repo)).map((name) => {
      const path = join(workspacesDir, repo, name);
      const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      return { repo, name, path, named: isFolder && NAME.test(name), ...sight(path) };
    }),
  );
}

/** Empty for what is no folder; one that may not be read is an error, since what is in it must not count as not being there. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw ioError(error, `read ${folder}`, folder);
  }
}
