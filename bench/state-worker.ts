/** One process of the state benchmark: waits for the start file to appear and then updates the state, in our way or in that of proper-lockfile. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createJsonStore } from "../src/store/json-store.ts";
import { loadAddon } from "../src/store/kernel-lock.ts";

interface Order {
  way: "ours" | "proper-lockfile";
  dir: string;
  /** This process makes `<start>.<id>` when it is ready, and begins when `start` exists. */
  start: string;
  id: number;
  times: number;
  fsync: boolean;
}

const order = JSON.parse(process.argv[2] ?? "") as Order;
const key = `app/s${order.id % 25}`;
void work();

async function work(): Promise<void> {
  const update = order.way === "ours" ? ourWay() : lockfileWay();
  writeFileSync(`${order.start}.${order.id}`, "");
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(order.start)) Atomics.wait(cell, 0, 0, 2);
  for (let n = 0; n < order.times; n += 1) await update(`${order.id}-${n}`);
}

function ourWay(): (topic: string) => Promise<void> {
  loadAddon();
  const store = createJsonStore({ dir: order.dir, fsync: order.fsync, lockTimeoutMs: 600_000, holder: "bench" });
  return (topic) =>
    store.transact(async (tx) => {
      const session = await tx.find("sessions", key);
      if (session !== undefined) await tx.put("sessions", key, { ...session, topic });
    });
}

interface ProperLockfile {
  lock(file: string, options: object): Promise<() => Promise<void>>;
}

/** The same work as one would write it around that package: read, parse, change, write aside, rename. */
function lockfileWay(): (topic: string) => Promise<void> {
  const lockfile = createRequire(__filename)("proper-lockfile") as ProperLockfile;
  const path = join(order.dir, "state.json");
  const retries = { forever: true, minTimeout: 1, maxTimeout: 50, factor: 1.5, randomize: true };
  return async (topic) => {
    const release = await lockfile.lock(path, { retries });
    const state = JSON.parse(readFileSync(path, "utf8")) as { sessions: Record<string, object> };
    state.sessions[key] = { ...state.sessions[key], topic };
    const temp = `${path}.${process.pid}.tmp`;
    writeFileSync(temp, JSON.stringify(state, null, 2));
    if (order.fsync) sync(temp);
    renameSync(temp, path);
    if (order.fsync) sync(order.dir);
    await release();
  };
}

function sync(path: string): void {
  const fd = openSync(path, "r");
  fsyncSync(fd);
  closeSync(fd);
}
