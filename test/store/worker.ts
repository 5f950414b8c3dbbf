/** A process of its own for the tests of the store: does what its argument says and prints what came of it as JSON. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { IncrError } from "../../src/domain/error.ts";
import { openDocument } from "../../src/store/document.ts";
import { createJsonStore } from "../../src/store/json-store.ts";
import { loadAddon } from "../../src/store/kernel-lock.ts";
import { withLock } from "../../src/store/lock.ts";
import { newStore } from "../../src/store/state-api.ts";
import { activeSession, availableWorkspace, finishedSession } from "./records.ts";

type Order =
  /** Adds one to a counter and puts a record of its own, again and again. */
  | { do: "count"; dir: string; name: string; times: number }
  /** Finishes session `old`, begins session `new`, puts in the finished session `imported`, frees the workspace; all in one transaction. */
  | { do: "finish"; dir: string }
  /** Puts as many records of 1 kB as it is told, each in a transaction, and finishes each in another if it is to. */
  | { do: "fill"; dir: string; times: number; finish: boolean }
  /** Tells which sessions there are, and what is bad in history. */
  | { do: "report"; dir: string }
  /** Takes a lock, prints `held` and keeps it until it is killed. */
  | { do: "hold"; lock: string; command: string }
  /** Takes a lock and lets it go. */
  | { do: "lock"; lock: string; timeoutMs: number; noticeAfterMs?: number }
  /**
   * Takes a lock again and again, signing the file each time, until everybody has a share in its signatures or has had far more time than that takes: of a busy
   * machine one may get nothing for a while.
   */
  | { do: "sign"; lock: string; start: string; file: string; name: string; names: string[] }
  | { do: "slug"; dir: string; path: string }
  /** Adds a key to a document. */
  | { do: "edit"; path: string; mode: number | "keep"; key: string };

const { user, ...order } = JSON.parse(process.argv[2] ?? "{}") as Order & { user?: number };
if (user !== undefined) {
  // Afterwards this process may not be able to read the program any more
  loadAddon();
  process.setgid?.(user);
  process.setuid?.(user);
}
obey(order).then(
  (result) => process.stdout.write(`${JSON.stringify(result ?? null)}\n`),
  (error: unknown) => {
    if (!(error instanceof IncrError)) throw error;
    const { code, message, hint, data } = error;
    process.stdout.write(`${JSON.stringify({ code, message, hint, data })}\n`, () => process.exit(error.exitCode));
  },
);

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case "count":
      return count(order.dir, order.name, order.times);
    case "finish":
      return finish(order.dir);
    case "fill":
      return fill(order.dir, order.times, order.finish);
    case "report":
      return report(order.dir);
    case "hold":
      process.on("SIGTERM", () => process.exit(0));
      return withLock(order.lock, { holder: order.command }, () => {
        process.stdout.write("held\n");
        return new Promise(() => setInterval(() => undefined, 1_000));
      });
    case "lock":
      return tryLocking(order);
    case "sign":
      return sign(order);
    case "slug":
      return newStore(order.dir, { fsync: false }).getOrCreateRepoName(order.path);
    case "edit":
      return edit(order.path, order.mode, order.key);
  }
}

async function count(dir: string, name: string, times: number): Promise<void> {
  const store = createJsonStore({ dir, fsync: false });
  for (let n = 0; n < times; n += 1) {
    await store.transact(async (tx) => {
      const counted = Number((await tx.find("repos", "counter"))?.source_path ?? 0);
      await tx.put("repos", "counter", { source_path: String(counted + 1) });
      const id = `${name}-${n}`;
      await tx.put("sessions", `app/${id}`, activeSession(id));
      // Half of them end, so that history is written by all too
      if (n % 2 === 1) await tx.put("sessions", `app/${name}-${n - 1}`, finishedSession(`${name}-${n - 1}`, n));
    });
  }
}

async function finish(dir: string): Promise<void> {
  await createJsonStore({ dir }).transact(async (tx) => {
    await tx.put("sessions", "app/old", finishedSession("old", 7));
    await tx.put("sessions", "app/new", activeSession("new"));
    await tx.put("sessions", "app/imported", finishedSession("imported", 3));
    await tx.put("workspaces", "app/ws-001", availableWorkspace("ws-001"));
  });
}

async function fill(dir: string, times: number, finish: boolean): Promise<void> {
  const store = createJsonStore({ dir });
  const topic = "x".repeat(1_000);
  for (let n = 0; n < times; n += 1) {
    const id = `s${n}`;
    await store.transact((tx) => tx.put("sessions", `app/${id}`, activeSession(id, { topic })));
    if (finish) await store.transact((tx) => tx.put("sessions", `app/${id}`, finishedSession(id, n, { topic })));
  }
}

async function report(dir: string): Promise<unknown> {
  const store = createJsonStore({ dir });
  const sessions = await store.read((tx) => tx.list("sessions", { finishedSince: "ever" }));
  return { keys: sessions.map(({ key }) => key), bad: store.checkHistory().flatMap(({ bad }) => bad) };
}

async function tryLocking(order: Extract<Order, { do: "lock" }>): Promise<string> {
  process.on("SIGINT", () => process.exit(130));
  const { timeoutMs, noticeAfterMs } = order;
  process.stderr.write("asking\n");
  return withLock(
    order.lock,
    {
      holder: "incr wait",
      timeoutMs,
      ...(noticeAfterMs === undefined ? {} : { noticeAfterMs }),
      notify: (notice) => process.stderr.write(`${JSON.stringify(notice)}\n`),
    },
    () => "locked",
  );
}

async function sign(order: Extract<Order, { do: "sign" }>): Promise<void> {
  writeFileSync(`${order.start}.${order.name}`, "");
  while (!existsSync(order.start)) await new Promise((resolve) => setTimeout(resolve, 2));
  let isOver = false;
  while (!isOver) {
    await withLock(order.lock, { holder: order.name }, () => {
      const signed = readFileSync(order.file, "utf8");
      const isShared = () => order.names.every((name) => signed.split(name).length - 1 > signed.length / 20);
      isOver = signed.length >= 16_000 || (signed.length > 0 && signed.length % 800 === 0 && isShared());
      if (!isOver) appendFileSync(order.file, order.name);
    });
  }
}

async function edit(path: string, mode: number | "keep", key: string): Promise<void> {
  const document = openDocument<Record<string, unknown>>({
    path,
    lockPath: `${path}.lock`,
    lock: { holder: "incr edit" },
    accept: (raw) => ({ ok: true, value: (raw ?? {}) as Record<string, unknown> }),
    empty: () => ({}),
    mode,
  });
  await document.update((value) => ({ value: { ...value, [key]: true }, result: undefined }));
}
