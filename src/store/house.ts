/** The adapter behind the `House` port: the state folder, and what it hands on of the others. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { House } from "../ports/house.ts";
import { openHistory } from "./history.ts";
import { listAgentLogs, removeAgentLog } from "./house/agent-logs.ts";
import { examineState, examineTrust, readStateFile } from "./house/health.ts";
import { setHistoryLinesAside } from "./house/history.ts";
import { listLeftovers, sweepLeftovers } from "./house/leftovers.ts";
import { checkLocks, clearLockHolder } from "./house/locks.ts";
import { listModeProblems, mendMode } from "./house/modes.ts";
import { rebuildState, setTrustAside } from "./house/rebuild.ts";
import type { LockOptions } from "./lock.ts";

export interface HouseOptions extends Pick<
  House,
  | "stateDir"
  | "workspacesDir"
  | "listFolders"
  | "sight"
  | "diskUse"
  | "repositoryAt"
  | "sourcePath"
  | "gitVersion"
  | "examineUserConfig"
> {
  lock: LockOptions;
  now: () => Date;
  /** Where the program's older name kept its state: `~/.local/state/incrementum`. */
  olderStateDir: string;
}

/** Composes it; nothing is read or made until it is used. */
export function createHouse(options: HouseOptions): House {
  const { stateDir, workspacesDir, lock, now, olderStateDir, ...others } = options;
  return {
    ...others,
    stateDir,
    workspacesDir,
    examineState: () => examineState(stateDir),
    rebuildState: ({ now, randomText }) =>
      rebuildState({ dir: stateDir, lock, now, newLeaseId: () => randomText(20), listFolders: others.listFolders }),
    checkHistory: () => openHistory(join(stateDir, "history"), { fsync: true, now }).check(),
    setHistoryLinesAside: (path, now) => setHistoryLinesAside(stateDir, path, lock, now),
    examineTrust: () => examineTrust(stateDir),
    setTrustAside: (now) => setTrustAside(stateDir, lock, now),
    listLeftovers: (commonDir) => listLeftovers({ stateDir, commonDir, now: now() }),
    sweepLeftovers: (commonDir) => sweepLeftovers({ stateDir, commonDir, now: now() }, lock),
    listAgentLogs: (repo) => listAgentLogs(stateDir, repo),
    removeAgentLog,
    listModeProblems: () => listModeProblems(stateDir, workspacesDir),
    mendMode,
    checkLocks: (commonDir) => checkLocks(stateDir, commonDir),
    clearLockHolder: (path) => clearLockHolder(path, lock),
    isThere: existsSync,
    olderStateFile() {
      const path = join(olderStateDir, "state.json");
      return existsSync(path) ? path : null;
    },
    readStateFile,
  };
}
