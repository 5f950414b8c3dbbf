/** Putting `state.json` back after it was damaged. At no moment is there no file: that would be an empty state, which others would build on. */
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import { UPDATE_HINT } from "../../domain/update-hint.ts";
import { STATE_VERSION } from "../../domain/records.ts";
import { emptyRecords, rebuildRecords } from "../../domain/rebuild.ts";
import type { RebuildReport, WorkspaceFolder } from "../../ports/house.ts";
import { fault } from "../../process/fault.ts";
import { asideName, keepAside } from "../aside.ts";
import { replaceFile, syncFolder } from "../atomic-file.ts";
import { orIoError } from "../io-error.ts";
import { withLock, type LockOptions } from "../lock.ts";
import { formatState } from "../state-file.ts";
import { examineState, examineTrust, stateDocument } from "./health.ts";
import { salvageRecords, salvageVersion } from "./salvage.ts";

export interface RebuildRequest {
  dir: string;
  lock: LockOptions;
  now: Date;
  newLeaseId: () => string;
  listFolders: () => WorkspaceFolder[];
}

/** Sets the damaged file aside and writes what can be put together. Null if the file can be read by now. @throws IncrError `newer_state`, `busy`, `io` */
export async function rebuildState(request: RebuildRequest): Promise<RebuildReport | null> {
  return await withLock(join(request.dir, "state.lock"), request.lock, () => {
    const { path, health, backup } = examineState(request.dir);
    if (health.kind === "good" || (health.kind === "missing" && backup === null)) return null;
    if (health.kind === "newer" || health.kind === "unreadable") {
      throw new IncrError(health.kind === "newer" ? "newer_state" : "io", health.problem, { data: health.data });
    }
    const text = health.kind === "missing" ? "" : orIoError(`read ${path}`, path, () => readFileSync(path, "utf8"));
    requireKnownVersion(path, text);
    const copy = backup === null ? null : stateDocument(backup.path).read();
    const { records, salvaged, held } = rebuildRecords({
      backup: copy?.records ?? null,
      salvaged: text === "" ? emptyRecords() : salvageRecords(text),
      sightings: request.listFolders().filter(({ named }) => named),
      now: request.now.toISOString(),
      newLeaseId: request.newLeaseId,
    });
    const aside = health.kind === "missing" ? null : keepAside(path, request.now);
    fault("house:aside");
    replaceFile(path, formatState({ others: copy?.others ?? {}, records }), { mode: 0o600, fsync: true });
    fault("house:rebuilt");
    return { aside, backup_of: backup?.saved_at ?? null, salvaged, held };
  });
}

/** Moves a damaged `trust.json` away and names its new place. Null if it can be read by now. @throws IncrError `busy`, `io` */
export async function setTrustAside(dir: string, lock: LockOptions, now: Date): Promise<string | null> {
  return await withLock(join(dir, "trust.lock"), lock, () => {
    const { path, health } = examineTrust(dir);
    if (health.kind !== "damaged") return null;
    const aside = asideName(path, now);
    orIoError(`move ${path}`, path, () => renameSync(path, aside));
    syncFolder(dir);
    return aside;
  });
}

/** What a newer version meant by its records is not known, damaged or not. */
function requireKnownVersion(path: string, text: string): void {
  const version = salvageVersion(text);
  if (version === undefined || version <= STATE_VERSION) return;
  throw new IncrError(
    "newer_state",
    `${path} is damaged, and was written by a newer version of incr (format ${version})`,
    {
      hint: `${UPDATE_HINT}, then \`incr doctor --fix\``,
      data: { path, version, known: STATE_VERSION },
    },
  );
}
