/** The part of the composition that only doctor, status and import need. */
import { homedir } from "node:os";
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import { expandHome } from "../domain/slug.ts";
import { findRepository } from "../git/repository.ts";
import { sightWorktree } from "../git/sighting.ts";
import { gitVersion } from "../git/version.ts";
import type { House } from "../ports/house.ts";
import { diskUse } from "../process/disk-use.ts";
import { createHouse } from "../store/house.ts";
import { listFolders } from "../store/house/folders.ts";
import type { LockOptions } from "../store/lock.ts";
import { realPath } from "../store/repo-names.ts";
import type { Context, Environment } from "./context.ts";
import { configFolder, olderStateFolder } from "./folders.ts";
import { closest } from "./suggest.ts";

/** The house of one command. */
export function composeHouse(
  ctx: Context,
  {
    stateDir,
    workspacesDir,
    lock,
    env,
  }: { stateDir: string; workspacesDir: string; lock: LockOptions; env: Environment },
): House {
  return createHouse({
    stateDir,
    workspacesDir,
    lock,
    now: ctx.now,
    olderStateDir: olderStateFolder(env),
    listFolders: () => listFolders(workspacesDir, sightWorktree),
    sight: sightWorktree,
    diskUse: (paths, timeoutMs) => diskUse(paths, timeoutMs, { ...env }),
    repositoryAt,
    sourcePath(path) {
      const real = realPath(expandHome(path, homedir()));
      return repositoryAt(real) ?? real;
    },
    gitVersion: () => gitVersion({ ...env }),
    examineUserConfig: () => examineUserConfig(ctx),
  });
}

function repositoryAt(path: string): string | null {
  const found = findRepository(path);
  return found !== null && (found.worktree ?? found.root) === realPath(path) ? found.root : null;
}

async function examineUserConfig(ctx: Context): Promise<string | null> {
  const { loadConfiguration } = await import("../config/load.ts");
  const userFile = join(configFolder(ctx.env), "config.toml");
  try {
    await loadConfiguration({ userFile, checkout: null, notify: ctx.warn, closest });
    return null;
  } catch (error) {
    if (error instanceof IncrError) return error.message;
    throw error;
  }
}
