/** Whether our files can be read, and what is wrong if not. Nothing is changed, and no lock is taken. */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import { STATE_VERSION, type State } from "../../domain/records.ts";
import { checkRecord } from "../../domain/schema.ts";
import { TRUST_VERSION, trustSchema } from "../../domain/trust.ts";
import type { FileHealth, StateHealth } from "../../ports/house.ts";
import { backupPath, openDocument, type JsonDocument } from "../document.ts";
import { acceptState, emptyState, type LiveState } from "../state-file.ts";
import { toState } from "../state-value.ts";

/** A state file at any place, to be read and never locked. */
export function stateDocument(path: string): JsonDocument<LiveState> {
  return openDocument({ ...unlocked(path), accept: acceptState, empty: emptyState, newestVersion: STATE_VERSION });
}

/** The state file in the folder `dir`, and the copy of the save before. */
export function examineState(dir: string): StateHealth {
  const path = join(dir, "state.json");
  const backup = backupPath(path);
  const { kind } = examine(backup, () => stateDocument(backup).read());
  // Whoever saves puts a new copy in place of the old one.
  const stat = kind === "good" ? statSync(backup, { throwIfNoEntry: false }) : undefined;
  return {
    path,
    health: examine(path, () => stateDocument(path).read()),
    backup: stat === undefined ? null : { path: backup, saved_at: stat.mtime.toISOString() },
  };
}

/** The file of consents in the folder `dir`. */
export function examineTrust(dir: string): { path: string; health: FileHealth } {
  const path = join(dir, "trust.json");
  const document = openDocument({
    ...unlocked(path),
    accept: (raw) => checkRecord(trustSchema, raw),
    empty: () => ({ files: {} }),
    newestVersion: TRUST_VERSION,
  });
  return { path, health: examine(path, () => document.read()) };
}

/** Any state file as a value. @throws IncrError `not_found`, `corrupt`, `newer_state`, `io` */
export function readStateFile(path: string): State {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new IncrError("not_found", `there is no file ${path}`, { hint: `ls ${dirname(path)}`, data: { path } });
  }
  try {
    return toState(stateDocument(path).read());
  } catch (error) {
    if (!(error instanceof IncrError) || error.code !== "corrupt") throw error;
    throw new IncrError("corrupt", error.message, {
      hint: "mend the file first; nothing was changed",
      data: error.data,
    });
  }
}

function unlocked(path: string) {
  return { path, lockPath: `${path}.lock`, lock: { holder: "" } };
}

function examine(path: string, read: () => unknown): FileHealth {
  try {
    read();
    return { kind: statSync(path, { throwIfNoEntry: false }) === undefined ? "missing" : "good" };
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const kind = error.code === "corrupt" ? "damaged" : error.code === "newer_state" ? "newer" : "unreadable";
    return { kind, problem: error.message, data: error.data };
  }
}
