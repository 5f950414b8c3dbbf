/** `trust.json` in the state folder: the user's own, 0600, never in a repository. */
import { join } from "node:path";
import { checkRecord } from "../domain/schema.ts";
import { TRUST_VERSION, trustSchema, type Trust } from "../domain/trust.ts";
import type { TrustStore } from "../ports/trust.ts";
import { openDocument } from "../store/document.ts";
import type { LockOptions } from "../store/lock.ts";

export function openTrustFile(stateDir: string, lock: LockOptions): TrustStore {
  const document = openDocument<Trust>({
    path: join(stateDir, "trust.json"),
    lockPath: join(stateDir, "trust.lock"),
    lock,
    accept: (raw) => checkRecord(trustSchema, raw),
    empty: () => ({ version: TRUST_VERSION, files: {} }),
    newestVersion: TRUST_VERSION,
    repair: "incr doctor --fix",
  });
  return {
    read: () => document.read(),
    update: (change) => document.update((trust) => ({ value: change(trust), result: undefined })),
  };
}
