/** Many real processes on one state. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createJsonStore } from "../../src/store/json-store.ts";
import { bundleScript, runScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";

let worker: string;
beforeAll(async () => {
  worker = await bundleScript(new URL("worker.ts", import.meta.url));
});

test("64 processes write at once, and nothing is lost", { timeout: 180_000 }, async () => {
  const dir = join(makeTempDir(), "state");
  const [writers, times] = [64, 6];
  const store = createJsonStore({ dir });
  let running = true;
  const runs = Promise.all(
    Array.from({ length: writers }, (_, n) =>
      runScript(worker, { do: "count", dir, name: `w${n}`, times }, { timeout: 170_000 }),
    ),
  ).finally(() => {
    running = false;
  });
  // Readers meanwhile see a counter that agrees with the records of the same moment
  while (running) {
    const { counted, sessions } = await store.read(async (tx) => ({
      counted: Number((await tx.find("repos", "counter"))?.source_path ?? 0),
      sessions: await tx.list("sessions", { finishedSince: "ever" }),
    }));
    expect(sessions).toHaveLength(counted);
    expect(new Set(sessions.map(({ key }) => key)).size).toBe(counted);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const run of await runs) expect(run).toMatchObject({ code: 0, stderr: "" });

  await store.read(async (tx) => {
    expect(await tx.find("repos", "counter")).toEqual({ source_path: String(writers * times) });
    expect(await tx.list("sessions")).toHaveLength((writers * times) / 2);
    const keys = (await tx.list("sessions", { finishedSince: "ever" })).map(({ key }) => key);
    const expected = Array.from({ length: writers * times }, (_, n) => `app/w${Math.floor(n / times)}-${n % times}`);
    expect(keys.toSorted()).toEqual(expected.toSorted());
  });
  expect(store.checkHistory()[0]).toMatchObject({ lines: (writers * times) / 2, bad: [] });
  // Nobody is named in the lock when nobody holds it
  expect(readFileSync(join(dir, "state.lock"), "utf8")).toBe("");
});
