import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createJsonStore } from "../../src/store/json-store.ts";
import { makeTempDir } from "../support/temp.ts";
import { storeConformance } from "./conformance.ts";
import { activeSession, contentIdentity, finishedSession } from "./records.ts";

storeConformance("JSON files", async () => {
  const dir = makeTempDir();
  const open = () => createJsonStore({ dir, fsync: false });
  return { store: open(), open };
});

test("reading makes nothing, and changes nothing", async () => {
  const dir = join(makeTempDir(), "state");
  const store = createJsonStore({ dir });
  await store.read((tx) => tx.list("sessions", { finishedSince: "ever" }));
  expect(statSync(dir, { throwIfNoEntry: false })).toBeUndefined();
});

test("a transaction that changes nothing writes nothing", async () => {
  const dir = makeTempDir();
  const store = createJsonStore({ dir, fsync: false });
  await store.transact((tx) => tx.put("sessions", "app/s", activeSession("s", { topic: "x" })));
  const before = contentIdentity(join(dir, "state.json"));
  await store.transact((tx) => tx.list("sessions"));
  // The same record, its keys in another order
  const { topic, ...rest } = activeSession("s", { topic: "x" });
  await store.transact((tx) => tx.put("sessions", "app/s", { ...(topic === undefined ? {} : { topic }), ...rest }));
  await store.transact((tx) => tx.remove("sessions", "app/none"));
  expect(contentIdentity(join(dir, "state.json"))).toEqual(before);
});

test("a finished record that is put again as it is adds no line to history", async () => {
  const store = createJsonStore({ dir: makeTempDir(), fsync: false });
  await store.transact((tx) => tx.put("sessions", "app/s", activeSession("s")));
  for (let n = 0; n < 3; n += 1) await store.transact((tx) => tx.put("sessions", "app/s", finishedSession("s", 1)));
  expect(store.checkHistory()[0]).toMatchObject({ collection: "sessions", lines: 1, bad: [] });
});

test("code that changes a record in place, which would change nothing, fails there", async () => {
  const store = createJsonStore({ dir: makeTempDir(), fsync: false });
  await store.transact((tx) => tx.put("sessions", "app/s", activeSession("s")));
  const change = store.transact(async (tx) => {
    const session = (await tx.find("sessions", "app/s"))!;
    session.topic = "changed in place";
  });
  await expect(change).rejects.toThrow(TypeError);
});

test("reads what was written a moment ago, however fast files are replaced", async () => {
  const dir = makeTempDir();
  const [writer, reader] = [createJsonStore({ dir, fsync: false }), createJsonStore({ dir, fsync: false })];
  for (let n = 1_000; n < 1_600; n += 1) {
    await writer.transact((tx) => tx.put("sessions", "app/s", activeSession("s", { topic: String(n) })));
    if (n % 3 === 0) {
      const read = await reader.read((tx) => tx.find("sessions", "app/s"));
      expect(read?.topic).toBe(String(n));
    }
  }
});
