/** The command and the scripts lock each other out, in every pair, and nobody's lock outlives them. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { withLock as withKernelLock } from "../../src/store/lock.ts";
import { runProcess, type Running } from "../support/process.ts";
import { bundleScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { readArchives, readState, sessionsFolder, writeState } from "./files.ts";
import { copyScripts, openWays, WAY_NAMES, type Way, type WayName } from "./ways.ts";

let ways: Record<WayName, Way>;
beforeAll(async () => {
  ways = await openWays();
}, 300_000);

const STATE = {
  started_at: "2025-01-29T15:00:00Z",
  updated_at: "2025-01-29T15:00:00Z",
  step: "init",
  steps: ["init"],
  context: {},
};

function makeFolder(): string {
  const folder = makeTempDir();
  copyScripts(folder);
  writeState(folder, "w", STATE);
  return folder;
}

/** Starts a `save` that stands still with the lock held, until the file `go` appears. */
async function startHolder(way: Way, folder: string): Promise<{ holder: Running; go: string }> {
  const go = join(folder, "go");
  const holder = way.start(folder, "save", ["w"], { env: { INCR_FAULT_PAUSE: `workflow:claimed=${go}` } });
  await waitFor("the holder to hold", () => existsSync(`${go}.reached`));
  return { holder, go };
}

/** Starts a `set` and waits until it says that it waits: it has not got in then, however long it was given. */
async function startWaiter(way: Way, folder: string): Promise<Running> {
  const waiter = way.start(folder, "set", ["w", "next", '{"by":"waiter"}']);
  const waits = /^waiting for .*\.w\.lock, held by another process\n$/;
  await waitFor("the other to wait", () => waits.test(waiter.stderr()));
  return waiter;
}

const PAIRS = WAY_NAMES.flatMap((holder) => WAY_NAMES.map((waiter) => ({ holder, waiter })));

describe.concurrent.each(PAIRS)("$holder holds the lock, $waiter", ({ holder: first, waiter: second }) => {
  test("waits until it is freed", async () => {
    const folder = makeFolder();
    const { holder, go } = await startHolder(ways[first], folder);
    const waiter = await startWaiter(ways[second], folder);
    expect(readState(folder, "w")).toMatchObject({ ...STATE, archiving: { status: "completed" } });

    writeFileSync(go, "");
    expect(await holder.finished).toMatchObject({ code: 0 });
    expect(await waiter.finished).toMatchObject({ code: 0 });
    // One after the other: what was saved is over, and this is a new one
    expect(Object.keys(readArchives(folder))).toHaveLength(1);
    expect(readState(folder, "w")).toMatchObject({ steps: ["next"], context: { by: "waiter" } });
  });

  test("goes on at once when the holder is killed", async () => {
    const folder = makeFolder();
    const { holder } = await startHolder(ways[first], folder);
    const waiter = await startWaiter(ways[second], folder);
    process.kill(holder.pid, "SIGKILL");
    expect(await holder.finished).toMatchObject({ signal: "SIGKILL" });
    expect(await waiter.finished).toMatchObject({ code: 0 });
    // It was not saved, so it goes on
    expect(readArchives(folder)).toEqual({});
    expect(readState(folder, "w")).toEqual({
      ...STATE,
      ...stepped,
      steps: ["init", "next"],
      context: { by: "waiter" },
    });
  });

  const stepped = { step: "next", updated_at: expect.any(String) as string };
});

describe.each(["bun", "node 22"] as const)("a script with %s", (name) => {
  test("does not wait for the lock of another workflow, nor to read", async () => {
    const folder = makeFolder();
    const { holder } = await startHolder(ways["incr workflow"], folder);
    expect(await ways[name].run(folder, "set", ["other", "init"])).toMatchObject({ code: 0, stderr: "" });
    expect((await ways[name].run(folder, "get", ["w"])).json()).toEqual(STATE);
    expect((await ways[name].run(folder, "get", ["--all"])).json()).toHaveLength(2);
    holder.kill("SIGKILL");
    await holder.finished;
  });

  test("locks again if the file of the lock was removed while it waited", async () => {
    const folder = makeFolder();
    const lock = join(sessionsFolder(folder), ".w.lock");
    const { holder, go } = await startHolder(ways["incr workflow"], folder);
    const waiter = await startWaiter(ways[name], folder);
    rmSync(lock);
    // Whoever comes now locks a new file, and would not be seen by a waiter that got the old one
    const { holder: later, go: goLater } = await startLater(folder);
    writeFileSync(go, "");
    await holder.finished;
    expect(readState(folder, "w")).toBeNull();
    writeFileSync(goLater, "");
    await later.finished;
    expect(await waiter.finished).toMatchObject({ code: 0 });
    expect(readState(folder, "w")).toMatchObject({ steps: expect.arrayContaining(["next"]) as string[] });
  });

  test("says what is wrong with a lock that has text in it, which the command does not mind", async () => {
    const folder = makeFolder();
    const lock = join(sessionsFolder(folder), ".w.lock");
    writeFileSync(lock, "somebody was here, and wrote more than a line into it\n".repeat(100));
    const refused = await ways[name].run(folder, "set", ["w", "next"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /^error: cannot lock .*\.w\.lock: file is not a database\nhint: .*remove that file.*\n$/,
    );
    expect(readState(folder, "w")).toEqual(STATE);
    expect(await ways["incr workflow"].run(folder, "set", ["w", "next"])).toMatchObject({ code: 0 });
  });
});

async function startLater(folder: string): Promise<{ holder: Running; go: string }> {
  const go = join(folder, "go-later");
  const env = { INCR_FAULT_PAUSE: `store:before-temp=${go}` };
  const holder = ways["incr workflow"].start(folder, "set", ["w", "later"], { env });
  await waitFor("the later one to hold", () => existsSync(`${go}.reached`));
  return { holder, go };
}

test("the file of the lock stays empty, for SQLite would take anything else for a database", async () => {
  const folder = makeFolder();
  for (const way of Object.values(ways)) {
    await way.run(folder, "set", ["w", way.name]);
    expect(readFileSync(join(sessionsFolder(folder), ".w.lock"), "utf8")).toBe("");
  }
});

test("32 processes set different keys at once, and all keys are there", { timeout: 240_000 }, async () => {
  const folder = makeFolder();
  const all = Object.values(ways);
  const numbers = Array.from({ length: 32 }, (_, n) => n);
  const runs = numbers.map((n) => {
    const way = all[n % all.length] as Way;
    return way.run(folder, "set", ["w", `step-${n % 5}`, JSON.stringify({ [`key-${n}`]: n })], { timeout: 230_000 });
  });
  for (const run of await Promise.all(runs)) expect(run).toMatchObject({ code: 0 });
  const state = readState(folder, "w");
  expect(state?.context).toEqual(Object.fromEntries(numbers.map((n) => [`key-${n}`, n])));
  expect(state?.steps.toSorted()).toEqual(["init", "step-0", "step-1", "step-2", "step-3", "step-4"]);
  expect(state?.started_at).toBe(STATE.started_at);
});

test(
  "32 processes start and save the same workflow: each save is one archive, and nothing is saved twice",
  { timeout: 240_000 },
  async () => {
    const folder = makeTempDir();
    copyScripts(folder);
    const all = Object.values(ways);
    const runs = Array.from({ length: 32 }, (_, n) => {
      const way = all[n % all.length] as Way;
      const options = { timeout: 230_000 };
      return n % 2 === 0
        ? way.run(folder, "set", ["w", `step-${n}`, JSON.stringify({ [`key-${n}`]: n })], options)
        : way.run(folder, "save", ["w"], options);
    });
    const results = await Promise.all(runs);
    const sets = results.filter((_, n) => n % 2 === 0);
    const saves = results.filter((_, n) => n % 2 === 1);
    expect(sets.map(({ code }) => code)).toEqual(sets.map(() => 0));
    expect(saves.every(({ code }) => code === 0 || code === 3)).toBe(true);
    const archives = Object.values(readArchives(folder));
    expect(archives).toHaveLength(saves.filter(({ code }) => code === 0).length);
    // Every key is in exactly one archive, or still in progress
    const kept = [...archives, JSON.stringify(readState(folder, "w"))].join("\n");
    for (let n = 0; n < 32; n += 2) expect(kept.split(`"key-${n}":`)).toHaveLength(2);
  },
);

test("different workflows whose archives would have one name get two", async () => {
  const folder = makeTempDir();
  copyScripts(folder);
  const names = ["a:b", "a-b", "a b", "A.B"];
  for (const name of names) writeState(folder, name, { ...STATE, context: { name } });
  const way = ways.bun;
  const saved = await Promise.all(names.map((name) => way.run(folder, "save", [name])));
  expect(saved.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(new Set(saved.map(({ stdout }) => stdout)).size).toBe(4);
  const archives = Object.values(readArchives(folder)).join("\n");
  for (const name of names) expect(archives).toContain(`"name": "${name}"`);
});

test("a wait has an end, and Node without SQLite is told so", async () => {
  const lock = join(sessionsFolder(makeFolder()), ".w.lock");
  const waiter = await bundleScript(new URL("waiter.ts", import.meta.url));
  const [bun] = ways.bun.call("get");
  const [node22] = ways["node 22"].call("get");
  await withKernelLock(lock, { holder: "", nameHolder: false }, async () => {
    for (const program of [bun, node22]) {
      const { stdout } = await runProcess(program, [waiter, JSON.stringify({ lock, timeoutMs: 100 })]);
      const message = expect.stringMatching(/^\.w\.lock is held by another process; gave up after 0\.\d s$/) as string;
      expect(JSON.parse(stdout)).toEqual({ code: "busy", message });
    }
  });
  for (const program of [bun, node22]) {
    const { stdout } = await runProcess(program, [waiter, JSON.stringify({ lock, timeoutMs: 100 })]);
    expect(JSON.parse(stdout)).toBe("held");
  }
  const older = await runProcess(node22, [
    "--no-experimental-sqlite",
    waiter,
    JSON.stringify({ lock, timeoutMs: 100 }),
  ]);
  expect(older.json()).toMatchObject({
    code: "io",
    message: expect.stringMatching(/^this Node .* has no SQLite/) as string,
  });
});
