/** The logs of agent sessions in the state folder: `logs/agent-sessions/<repo>/<id>.jsonl`. */
import { rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AgentLogFile } from "../../ports/house.ts";
import { ioError } from "../io-error.ts";
import { listFolder } from "./list-folder.ts";

const ENDING = ".jsonl";

/** Those of one repository. Errors: `io`. */
export function listAgentLogs(stateDir: string, repo: string): AgentLogFile[] {
  const folder = join(stateDir, "logs", "agent-sessions", repo);
  return listFolder(folder).flatMap((name) => {
    const path = join(folder, name);
    const file = name.endsWith(ENDING) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (file === undefined) return [];
    return [{ path, id: name.slice(0, -ENDING.length), bytes: file.size, written_at: file.mtime.toISOString() }];
  });
}

/** With its folder, if that is empty then. Errors: `io`. */
export function removeAgentLog(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw ioError(error, `remove ${path}`, path);
  }
  try {
    rmdirSync(dirname(path));
  } catch {
    // There are others.
  }
}
