/** The part of the composition that only doctor, status and import need. */
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import { findRepository } from "../git/repository.ts";
import { sightWorktree } from "../git/sighting.ts";
import { gitVersion } from "../git/version.ts";
import type { House } from "../ports/house.ts";
import { diskUse } from "../process/disk-use.ts";
import { createHouse } from "../store/house.ts";
import { listFolders } from "../store/house/folders.ts";
import type { LockOptions } from "../store/lock.ts";
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
    repositoryRoot: (path) => findRepository(path)?.root ?? null,
    gitVersion: () => gitVersion({ ...env }),
    examineUserConfig: () => examineUserConfig(ctx),
  });
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
