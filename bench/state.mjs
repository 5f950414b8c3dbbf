/**
 * How fast the state is updated: by 1, 8 and 32 processes at once, against proper-lockfile around the same read, change and write; and with a long history
 * against a short one. Prints ratios, since absolute numbers say more about the disk than about the program.
 *
 * Usage: node bench/state.mjs
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const OUT = fileURLToPath(new URL("../dist/bench/", import.meta.url));
const LIVE = 25;
const minute = (n) => new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchState(print = console.log) {
  await bundle();
  const folder = mkdtempSync(join(tmpdir(), "incr-bench-"));
  try {
    return [...(await benchWriters(folder, print)), ...(await benchHistory(folder, print))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * proper-lockfile asks again and again, and leaves the waits in between to its user. By default they double, from 1 s on; here from 10 ms on. To ask very often
 * is quicker, and costs all the others processor time for nothing.
 */
const DOUBLING = { forever: true, minTimeout: 10, maxTimeout: 1_000, randomize: true };
const OFTEN = { forever: true, minTimeout: 2, maxTimeout: 10, randomize: true };

/** All processes want to update the state at the same moment, as the commands of many agents do; and again when all are done. */
async function benchWriters(folder, print) {
  const broken = [];
  print("state updates a second, 50 live records    ours    proper-lockfile (ratio)   asking often (ratio)");
  for (const fsync of [false, true]) {
    for (const processes of [1, 8, 32]) {
      const isPromised = processes === 32 && !fsync;
      const [ours, doubling, often] = await bestOf(
        isPromised ? 3 : 1,
        [undefined, DOUBLING, OFTEN].map((retries) => () => updatesPerSecond(folder, { processes, fsync, retries })),
      );
      const what = `${processes} process${processes === 1 ? "" : "es"}, ${fsync ? "with" : "without"} fsync`;
      print(`  ${what.padEnd(36)}${cell(ours, 0)}${beside(ours, doubling)}${beside(ours, often)}`);
      if (isPromised && ours < 5 * doubling) broken.push("32 processes: at least 5 times proper-lockfile");
    }
  }
  return broken;
}

/** The best of some measurements of each, in turns, because a busy machine can spoil any of them. */
async function bestOf(times, measurements) {
  const best = measurements.map(() => 0);
  for (let n = 0; n < times; n += 1) {
    for (const [index, measurement] of measurements.entries()) best[index] = Math.max(best[index], await measurement());
  }
  return best;
}

function beside(ours, theirs) {
  return `${cell(theirs, 0).padStart(17)} ${`(${(ours / theirs).toFixed(1)})`.padStart(8)}`;
}

const WARM_UP = 3;
const ROUNDS = { ours: 20, theirs: 8 };

/** Starts the processes and lets them collide again and again; by the middle one of the rounds. */
async function updatesPerSecond(folder, { processes, fsync, retries }) {
  const dir = mkdtempSync(join(folder, "writers-"));
  await fill(dir, 0);
  const children = Array.from({ length: processes }, (_, id) => startWorker({ dir, id, fsync, retries }));
  const answers = () => Promise.all(children.map((child) => once(child, "message")));
  try {
    await answers();
    const times = [];
    const count = WARM_UP + (retries === undefined ? ROUNDS.ours : ROUNDS.theirs);
    for (let n = 0; n < count; n += 1) {
      times.push(
        await measure(async () => {
          const done = answers();
          for (const child of children) child.send("go");
          await done;
        }),
      );
    }
    return (processes * 1_000) / middle(times.slice(WARM_UP));
  } finally {
    for (const child of children) child.kill();
  }
}

function startWorker(order) {
  return spawn(process.execPath, [join(OUT, "worker.cjs"), JSON.stringify(order)], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

async function benchHistory(folder, print) {
  const broken = [];
  const [short, long] = [await openFilled(folder, 100), await openFilled(folder, 100_000)];
  print("cost with 100 000 finished records, to that with 100     ratio");
  for (const [what, work, limit] of [
    ["an update", update, 1.2],
    ["a session begun and finished (into history)", beginAndFinish, 1.2],
    ["a list of the live and the recent", listRecent, 1.2],
  ]) {
    const ratio = await compare(
      () => work(long),
      () => work(short),
    );
    print(`  ${what.padEnd(52)}${cell(ratio, 2)}`);
    if (ratio > limit)
      broken.push(`${String(what)} with 100 000 finished records: at most ${String(limit)} times that with 100`);
  }
  print("at 100 000 finished records                                 ms");
  for (const [what, work, limit] of [
    ["a finished record by its key", (store) => store.read((tx) => tx.find("sessions", "app/f777")), 300],
    [
      "records by the start of their id",
      (store) => store.read((tx) => tx.list("sessions", { idPrefix: "f77777", finishedSince: "ever" })),
      300,
    ],
    [
      "records by their todo",
      (store) => store.read((tx) => tx.list("sessions", { where: { todo_id: "todo-f77777" }, finishedSince: "ever" })),
      300,
    ],
  ]) {
    const ms = await median(5, () => work(long));
    print(`  ${what.padEnd(52)}${cell(ms, 0)}`);
    if (ms > limit) broken.push(`${String(what)} at 100 000 finished records: at most ${String(limit)} ms`);
  }
  return broken;
}

let round = 0;

function update(store) {
  round += 1;
  const topic = `round ${round}`;
  return store.transact(async (tx) =>
    tx.put("sessions", "app/s1", { ...(await tx.find("sessions", "app/s1")), topic }),
  );
}

async function beginAndFinish(store) {
  round += 1;
  const id = `g${round}`;
  await store.transact((tx) => tx.put("sessions", `app/${id}`, session(id, 0)));
  await store.transact((tx) => tx.put("sessions", `app/${id}`, finished(id, 0)));
}

function listRecent(store) {
  return store.read((tx) => tx.list("sessions", { finishedSince: new Date().toISOString() }));
}

/** Time of `a` to that of `b`, in turns, and of the quicker half of each, so that whatever else the machine does meets both or neither. */
async function compare(a, b) {
  const times = { a: [], b: [] };
  for (let n = 0; n < 300; n += 1) {
    times.a.push(await measure(a));
    times.b.push(await measure(b));
  }
  return quantile(times.a, 0.25) / quantile(times.b, 0.25);
}

async function median(count, work) {
  const times = [];
  for (let n = 0; n < count; n += 1) times.push(await measure(work));
  return middle(times);
}

async function measure(work) {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function middle(values) {
  return quantile(values, 0.5);
}

function quantile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
}

async function openFilled(folder, count) {
  const dir = join(folder, `history-${count}`);
  await fill(dir, count);
  return loadStore().createJsonStore({ dir, fsync: false });
}

/** A state with 25 active sessions in 25 workspaces, and `count` finished sessions behind it. */
async function fill(dir, count) {
  await loadStore()
    .createJsonStore({ dir, fsync: false })
    .transact(async (tx) => {
      for (let n = 0; n < LIVE; n += 1) {
        await tx.put("sessions", `app/s${n}`, session(`s${n}`, n));
        await tx.put("workspaces", `app/ws-${n}`, workspace(n));
      }
    });
  if (count === 0) return;
  mkdirSync(join(dir, "history"));
  const lines = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ key: `app/f${n}`, at: minute(n), record: finished(`f${n}`, n) }),
  );
  writeFileSync(join(dir, "history", "sessions.jsonl"), `${lines.join("\n")}\n`);
}

function session(id, n) {
  return {
    id,
    repo: "app",
    todo_id: `todo-${id}`,
    workspace_name: `ws-${n}`,
    status: "active",
    topic: "Make the table of sessions fit the terminal",
    started_at: minute(n),
    updated_at: minute(n),
    branch: `incr/todo-${id}-make-the-table-fit`,
    base: "0123456789abcdef0123456789abcdef01234567",
    lease_id: "k3xqk3xqk3xqk3xq",
    lease_kind: "held",
  };
}

function finished(id, n) {
  return { ...session(id, n), status: "completed", completed_at: minute(n), duration_seconds: 60, exit_code: 0 };
}

function workspace(n) {
  return {
    name: `ws-${n}`,
    repo: "app",
    path: `/home/user/.local/share/incr/workspaces/app/ws-${n}`,
    status: "acquired",
    created_at: minute(n),
    updated_at: minute(n),
    acquired_at: minute(n),
    provisioned: true,
    lease: {
      lease_id: "k3xqk3xqk3xqk3xq",
      kind: "held",
      holder: { type: "session", id: `s${n}` },
      acquired_at: minute(n),
    },
  };
}

let store;

function loadStore() {
  store ??= createRequire(import.meta.url)(join(OUT, "store.cjs"));
  return store;
}

async function bundle() {
  const source = (path) => fileURLToPath(new URL(path, import.meta.url));
  await build({
    entryPoints: { store: source("../src/store/json-store.ts"), worker: source("state-worker.ts") },
    outdir: OUT,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["fs-native-extensions", "proper-lockfile"],
    define: { __INCR_FAULTS__: "false" },
    logOverride: { "empty-import-meta": "silent" },
  });
}

function cell(value, digits) {
  return value.toFixed(digits).padStart(8);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchState();
  for (const promise of broken) console.error(`not kept: ${promise}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
