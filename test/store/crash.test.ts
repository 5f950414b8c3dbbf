/** What is left when a writer is killed, and what a damaged disk leaves. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { createJsonStore, type JsonStore } from "../../src/store/json-store.ts";
import { bundleScript, runScript, spawnScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { activeSession, availableWorkspace, finishedSession, minute } from "./records.ts";

let worker: string;
/** A state in which session `old` is active in an acquired workspace, and `past` has ended. */
let template: string;

beforeAll(async () => {
  worker = await bundleScript(new URL("worker.ts", import.meta.url));
  template = makeTempDir();
  const store = createJsonStore({ dir: template });
  await store.transact(async (tx) => {
    await tx.put("sessions", "app/past", activeSession("past"));
    await tx.put("sessions", "app/old", activeSession("old"));
    await tx.put("workspaces", "app/ws-001", {
      ...availableWorkspace("ws-001"),
      status: "acquired",
      acquired_at: minute(0),
    });
  });
  await store.transact((tx) => tx.put("sessions", "app/past", finishedSession("past", 1)));
});

function copyTemplate(): { dir: string; store: JsonStore } {
  const dir = makeTempDir();
  cpSync(template, dir, { recursive: true });
  return { dir, store: createJsonStore({ dir, lockTimeoutMs: 5_000 }) };
}

const look = (store: JsonStore) =>
  store.read(async (tx) => ({
    sessions: (await tx.list("sessions", { finishedSince: "ever" })).map(
      ({ key, record }) => `${key} ${record.status}`,
    ),
    workspace: (await tx.find("workspaces", "app/ws-001"))?.status,
  }));

const BEFORE = { sessions: ["app/old active", "app/past completed"], workspace: "acquired" };
const AFTER = {
  sessions: ["app/new active", "app/old completed", "app/imported completed", "app/past completed"],
  workspace: "available",
};

describe("a writer that is killed", () => {
  test.each([
    ["store:after-history", BEFORE],
    ["store:before-temp", BEFORE],
    ["store:after-temp", BEFORE],
    ["store:after-backup", BEFORE],
    ["store:after-rename", AFTER],
    ["store:after-sync", AFTER],
  ])("at %s leaves all or nothing of its transaction, and nothing in the way", async (point, expected) => {
    const { dir, store } = copyTemplate();
    const killed = await runScript(worker, { do: "finish", dir }, { env: { INCR_FAULT: point } });
    expect(killed.signal).toBe("SIGKILL");
    expect(await look(store)).toEqual(expected);
    // Done again, as the next command would
    const again = await runScript(worker, { do: "finish", dir });
    expect(again).toMatchObject({ code: 0 });
    expect(await look(store)).toEqual(AFTER);
    expect(readdirSync(dir).toSorted()).toEqual(["history", "state.json", "state.json.bak", "state.lock"]);
    expect(store.checkHistory().flatMap(({ bad }) => bad)).toEqual([]);
  });

  test("the second time too: both lines are in history, one record is shown", async () => {
    const { dir, store } = copyTemplate();
    for (const round of [1, 2]) {
      const killed = await runScript(worker, { do: "finish", dir }, { env: { INCR_FAULT: "store:after-history:1" } });
      expect(killed.signal, String(round)).toBe("SIGKILL");
      expect(await look(store)).toEqual(BEFORE);
    }
    await store.transact((tx) => tx.put("sessions", "app/old", finishedSession("old", 9, { topic: "at last" })));
    expect((await look(store)).sessions).toEqual(["app/old completed", "app/past completed"]);
    expect((await store.read((tx) => tx.find("sessions", "app/old")))?.topic).toBe("at last");
  });

  test("does not keep others waiting: who comes meanwhile is let in", async () => {
    const { dir, store } = copyTemplate();
    const go = join(makeTempDir(), "go");
    const writer = spawnScript(
      worker,
      { do: "finish", dir },
      { env: { INCR_FAULT_PAUSE: `store:after-temp=${go}`, INCR_FAULT: "store:after-temp:2" } },
    );
    await waitFor("the writer to be in the middle of its save", () => existsSync(`${go}.reached`));
    expect(await look(store)).toEqual(BEFORE);
    const waiting = store.transact((tx) => tx.put("repos", "app", { source_path: "/app" }));
    writer.kill("SIGKILL");
    await waiting;
    expect(await look(store)).toEqual(BEFORE);
    expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

test("a reader between the append and the save sees a record once", async () => {
  const { dir, store } = copyTemplate();
  const go = join(makeTempDir(), "go");
  const writer = spawnScript(worker, { do: "finish", dir }, { env: { INCR_FAULT_PAUSE: `store:after-history=${go}` } });
  await waitFor("the writer to have appended", () => existsSync(`${go}.reached`));
  expect(await look(store)).toEqual(BEFORE);
  writeFileSync(go, "");
  await writer.finished;
  expect(await look(store)).toEqual(AFTER);
});

describe("a damaged state.json", () => {
  async function checkDamaged(content: Uint8Array): Promise<void> {
    const { dir, store } = copyTemplate();
    const path = join(dir, "state.json");
    writeFileSync(path, content);
    const result = await look(store).catch((error: unknown) => error);
    if (result instanceof Error) {
      expect(result).toBeInstanceOf(IncrError);
      expect(result).toMatchObject({
        code: expect.stringMatching(/^(corrupt|newer_state)$/),
        message: expect.stringContaining(path),
      });
      if ((result as IncrError).code === "corrupt") expect((result as IncrError).hint).toContain("state.json.bak");
      // What is finished is in other files, but to guess what is live could lose work
      const write = store.transact((tx) => tx.put("repos", "x", { source_path: "/x" }));
      await expect(write).rejects.toMatchObject({ code: (result as IncrError).code });
    }
    expect(readFileSync(path)).toEqual(Buffer.from(content));
  }

  test("is reported at every length it may be cut to", async () => {
    const whole = readFileSync(join(template, "state.json"));
    for (let size = 0; size < whole.length; size += 13) await checkDamaged(whole.subarray(0, size));
    await checkDamaged(whole.subarray(0, whole.length - 1));
  });

  test("is reported, or read, with any bytes in it, and never a crash", async () => {
    const whole = readFileSync(join(template, "state.json"));
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), bytes, fc.boolean(), async (at, noise, insert) => {
        const rest = whole.subarray(insert ? at : at + noise.length);
        await checkDamaged(Buffer.concat([whole.subarray(0, at), noise, rest]));
      }),
      { numRuns: 150 },
    );
  });

  test("does not keep other documents from working", async () => {
    const { dir } = copyTemplate();
    writeFileSync(join(dir, "state.json"), "");
    mkdirSync(join(dir, "other"));
    const other = createJsonStore({ dir: join(dir, "other") });
    await other.transact((tx) => tx.put("repos", "app", { source_path: "/app" }));
    expect(await other.read((tx) => tx.list("repos"))).toHaveLength(1);
  });
});

test("a damaged history loses no more than the damaged lines, and never breaks a reader", async () => {
  const { dir, store } = copyTemplate();
  for (let n = 0; n < 20; n += 1) {
    await store.transact((tx) => tx.put("sessions", `app/s${n}`, activeSession(`s${n}`)));
    await store.transact((tx) => tx.put("sessions", `app/s${n}`, finishedSession(`s${n}`, n)));
  }
  const path = join(dir, "history", "sessions.jsonl");
  const whole = readFileSync(path);
  const lines = whole.toString("utf8").split("\n").length - 1;
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: whole.length - 1 }),
      fc.uint8Array({ minLength: 1, maxLength: 6 }),
      async (at, noise) => {
        const damaged = Buffer.from(whole);
        damaged.set(noise.subarray(0, whole.length - at), at);
        writeFileSync(path, damaged);
        const finished = await store.read((tx) => tx.list("sessions", { finishedSince: "ever" }));
        // At most two neighbours become one broken line; noise may also be harmless, or break a line in two
        expect(finished.length).toBeGreaterThanOrEqual(lines - 2 + 1);
        const found = await store.read((tx) => tx.find("sessions", "app/past"));
        if (at > 500) expect(found).toEqual(finishedSession("past", 1));
      },
    ),
    { numRuns: 200 },
  );
});
