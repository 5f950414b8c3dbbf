/**
 * One process of the state benchmark: at each message it updates the state once, in our way or with proper-lockfile around the very same reading, checking
 * and writing, and answers when it is done.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ActiveSession } from "../src/domain/records.ts";
import { replaceFile } from "../src/store/atomic-file.ts";
import { createJsonStore } from "../src/store/json-store.ts";
import { parseJson } from "../src/store/json-text.ts";
import { acceptState, formatState } from "../src/store/state-file.ts";

interface Order {
  dir: string;
  id: number;
  fsync: boolean;
  /** How proper-lockfile waits between its tries (see the package `retry`); absent: our lock. */
  retries?: object;
}

const { dir, id, fsync, retries } = JSON.parse(process.argv[2] ?? "") as Order;
const key = `app/s${id % 25}`;
const update = retries === undefined ? ourWay() : lockfileWay(retries);
let round = 0;

process.on("message", () => {
  round += 1;
  void update(`${id}, round ${round}`).then(() => process.send?.("done"));
});
process.send?.("ready");

function ourWay(): (topic: string) => Promise<void> {
  const store = createJsonStore({ dir, fsync, lockTimeoutMs: 600_000, holder: "bench" });
  return (topic) =>
    store.transact(async (tx) => {
      const session = await tx.find("sessions", key);
      if (session !== undefined) await tx.put("sessions", key, { ...session, topic });
    });
}

interface ProperLockfile {
  lock(file: string, options: { retries: object }): Promise<() => Promise<void>>;
}

function lockfileWay(retries: object): (topic: string) => Promise<void> {
  const lockfile = createRequire(__filename)("proper-lockfile") as ProperLockfile;
  const path = join(dir, "state.json");
  return async (topic) => {
    const release = await lockfile.lock(path, { retries });
    const parsed = parseJson(readFileSync(path));
    const accepted = acceptState(parsed.ok ? parsed.value : undefined);
    if (!accepted.ok) throw new Error(accepted.issue.message);
    const { sessions } = accepted.value.records;
    sessions.set(key, { ...sessions.get(key), topic } as ActiveSession);
    replaceFile(path, formatState(accepted.value), { mode: 0o600, fsync, backup: `${path}.bak` });
    await release();
  };
}
