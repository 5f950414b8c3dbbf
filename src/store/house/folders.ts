/** What lies in the folder of workspaces. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { WorkspaceSighting } from "../../domain/rebuild.ts";
import type { WorkspaceFolder } from "../../ports/house.ts";
import { listFolder } from "./list-folder.ts";

const NAME = /^ws-\d{3,}$/;

/** Errors: `io`. @param sight what git's own files say about a folder */
export function listFolders(
  workspacesDir: string,
  sight: (path: string) => Omit<WorkspaceSighting, "repo" | "name" | "path">,
): WorkspaceFolder[] {
  return listFolder(workspacesDir).flatMap((repo) =>
    listFolder(join(workspacesDir, repo)).map((name) => {
      const path = join(workspacesDir, repo, name);
      const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      return { repo, name, path, named: isFolder && NAME.test(name), ...sight(path) };
    }),
  );
}
