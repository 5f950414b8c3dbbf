import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Notice } from "../../src/domain/notice.ts";
import { lockFailure } from "../../src/store/kernel-lock.ts";
import { readLockHolder, withLock } from "../../src/store/lock.ts";
import { bundleScript, runScript, spawnScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";

let worker: string;
beforeAll(async () => {
  worker = await bundleScript(new URL("worker.ts", import.meta.url));
});

const newLock = () => join(makeTempDir(), "state", "state.lock");
const options = { holder: "incr test" };

async function holdElsewhere(lock: string, command = "incr session start") {
  const holder = spawnScript(worker, { do: "hold", lock, command });
  await waitFor("the lock to be held", () => holder.stdout().includes("held"));
  return holder;
}

describe("a lock", () => {
  test("makes its file and folder, for their owner only", async () => {
    const lock = newLock();
    expect(await withLock(lock, options, () => "done")).toBe("done");
    expect(statSync(lock).mode & 0o777).toBe(0o600);
    expect(statSync(join(lock, "..")).mode & 0o777).toBe(0o700);
  });

  test("gives its file the mode it is told", async () => {
    const lock = newLock();
    const umask = process.umask(0o022);
    await withLock(lock, { ...options, mode: 0o666, folderMode: 0o777 }, () => undefined);
    process.umask(umask);
    expect(statSync(lock).mode & 0o777).toBe(0o644);
    expect(statSync(join(lock, "..")).mode & 0o777).toBe(0o755);
  });

  test("names its holder while it is held, and nobody afterwards", async () => {
    const lock = newLock();
    const now = () => new Date("2026-01-07T14:30:00Z");
    await withLock(lock, { holder: "incr session\nstart", now }, () => {
      expect(readLockHolder(lock)).toEqual({
        pid: process.pid,
        command: "incr session start",
        since: "2026-01-07T14:30:00.000Z",
      });
    });
    expect(readFileSync(lock, "utf8")).toBe("");
    expect(readLockHolder(lock)).toBeUndefined();
  });

  test("can leave its file empty, for programs that lock it in their own way", async () => {
    const lock = newLock();
    await withLock(lock, { ...options, nameHolder: false }, () => expect(readFileSync(lock, "utf8")).toBe(""));
  });

  test("writes over what a holder left that was killed", async () => {
    const lock = newLock();
    mkdirSync(join(lock, ".."));
    writeFileSync(lock, `{"pid":1,"command":"${"x".repeat(500)}","since":"2026-01-01T00:00:00.000Z"}\n`);
    await withLock(lock, options, () => expect(readLockHolder(lock)?.command).toBe("incr test"));
  });

  test("is released when the work throws", async () => {
    const lock = newLock();
    const failing = withLock(lock, options, () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await withLock(lock, { ...options, timeoutMs: 0 }, () => undefined);
  });

  test("lets one caller of a process in at a time, in the order they came", async () => {
    const lock = newLock();
    const order: number[] = [];
    let inside = 0;
    const call = (n: number) =>
      withLock(lock, options, async () => {
        inside += 1;
        expect(inside).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(n);
        inside -= 1;
      });
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(call));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("stays in order when one of those who wait gives up", async () => {
    const lock = newLock();
    let letGo!: () => void;
    const holding = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const first = withLock(lock, options, () => holding);
    const impatient = withLock(lock, { ...options, timeoutMs: 30 }, () => "in");
    const patient = withLock(lock, options, () => "in");
    await expect(impatient).rejects.toMatchObject({ code: "busy", data: { pid: process.pid } });
    letGo();
    await first;
    expect(await patient).toBe("in");
  });

  test("excludes others even if its file is removed and made anew while somebody waits", async () => {
    const lock = newLock();
    // Other names for the same file, so that they meet in the kernel
    const [again, andAgain] = ["/state/./state.lock", "/state/././state.lock"].map((end) =>
      lock.replace("/state/state.lock", end),
    ) as [string, string];
    const events: string[] = [];
    const nextTick = () => new Promise((resolve) => setImmediate(resolve));
    let waiting: Promise<unknown> | undefined;
    let letGo!: () => void;
    let newHolder: Promise<unknown> | undefined;
    await withLock(lock, options, async () => {
      waiting = withLock(again, options, () => events.push("the one who waited"));
      await nextTick();
      rmSync(lock);
      newHolder = withLock(andAgain, options, async () => {
        await new Promise<void>((resolve) => {
          letGo = resolve;
        });
        events.push("the holder of the new file");
      });
      await nextTick();
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    letGo();
    await Promise.all([waiting, newHolder]);
    expect(events).toEqual(["the holder of the new file", "the one who waited"]);
  });

  test("says where locking does not work at all", () => {
    const error = lockFailure(Object.assign(new Error("no locks available"), { code: "ENOLCK" }), "/net/state.lock");
    expect(error).toMatchObject({
      code: "io",
      message: "cannot lock /net/state.lock: the file system has no working file locks (ENOLCK)",
      hint: expect.stringContaining("INCR_STATE_DIR"),
    });
  });

  test("says why it cannot make its file", async () => {
    const folder = makeTempDir();
    writeFileSync(join(folder, "file"), "");
    await expect(withLock(join(folder, "file", "x.lock"), options, () => undefined)).rejects.toMatchObject({
      code: "io",
      message: expect.stringMatching(/^cannot lock .*: not a directory$/),
    });
  });
});

describe("a lock between processes", () => {
  test("times out in good time and names the holder", async () => {
    const lock = newLock();
    const holder = await holdElsewhere(lock);
    for (const timeoutMs of [0, 50, 700]) {
      const start = performance.now();
      const error = await withLock(lock, { ...options, timeoutMs }, () => undefined).catch((error: unknown) => error);
      expect(performance.now() - start).toBeGreaterThanOrEqual(timeoutMs - 5);
      expect(error).toMatchObject({
        code: "busy",
        exitCode: 75,
        message: expect.stringMatching(
          new RegExp(`^state\\.lock is held by pid ${holder.pid} \\(incr session start\\) since 20.*Z; gave up after`),
        ),
        hint: `ps -fp ${holder.pid}`,
        data: { path: lock, pid: holder.pid, command: "incr session start" },
      });
    }
    holder.kill("SIGKILL");
  });

  test("is not granted to one who gave up, and does not keep a process from ending", async () => {
    const lock = newLock();
    const holder = await holdElsewhere(lock);
    // Long enough to have waited in the kernel
    const gaveUp = await runScript(worker, { do: "lock", lock, timeoutMs: 600 });
    expect(gaveUp.code).toBe(75);
    await expect(withLock(lock, { ...options, timeoutMs: 600 }, () => undefined)).rejects.toMatchObject({
      code: "busy",
    });
    holder.kill("SIGKILL");
    await holder.finished;
    const other = await runScript(worker, { do: "lock", lock, timeoutMs: 5_000 });
    expect(other.json()).toBe("locked");
    expect(await withLock(lock, { ...options, timeoutMs: 5_000 }, () => "locked")).toBe("locked");
  });

  test("says once, after a while, for whom it waits, and goes on when the lock is free", async () => {
    const lock = newLock();
    const holder = await holdElsewhere(lock);
    const notices: Notice[] = [];
    const waiting = withLock(
      lock,
      { ...options, noticeAfterMs: 50, notify: (notice) => notices.push(notice) },
      () => "in",
    );
    await waitFor("the notice", () => notices.length > 0);
    holder.kill("SIGTERM");
    expect(await waiting).toBe("in");
    expect(notices).toEqual([
      {
        code: "waiting_for_lock",
        message: expect.stringMatching(
          /^waiting for .*state\.lock, held by pid \d+ \(incr session start\) since 20.*Z$/,
        ),
        data: expect.objectContaining({ path: lock, pid: holder.pid }),
      },
    ]);
  });

  test("says nothing when it is free", async () => {
    const notices: Notice[] = [];
    await withLock(newLock(), { ...options, noticeAfterMs: 0, notify: (notice) => notices.push(notice) }, () => "in");
    expect(notices).toEqual([]);
  });

  test("is free at once when its holder is killed", async () => {
    const lock = newLock();
    const holder = await holdElsewhere(lock);
    const waiting = withLock(lock, { ...options, timeoutMs: 60_000 }, () => performance.now());
    holder.kill("SIGKILL");
    await holder.finished;
    const dead = performance.now();
    expect((await waiting) - dead).toBeLessThan(10_000);
  });

  test("lets signals through while it waits", async () => {
    const lock = newLock();
    const holder = await holdElsewhere(lock);
    const waiting = spawnScript(worker, { do: "lock", lock, timeoutMs: 30_000 });
    await waitFor("the process to ask for the lock", () => waiting.stderr().includes("asking"));
    const sent = performance.now();
    waiting.kill("SIGINT");
    expect((await waiting.finished).code).toBe(130);
    expect(performance.now() - sent).toBeLessThan(5_000);
    holder.kill("SIGKILL");
  });

  test("is shared out: nobody takes it for themselves", async () => {
    const lock = newLock();
    const folder = makeTempDir();
    const file = join(folder, "signatures");
    const start = join(folder, "start");
    writeFileSync(file, "");
    const names = ["a", "b", "c", "d"];
    const signers = names.map((name) => spawnScript(worker, { do: "sign", lock, start, file, name, names }));
    await waitFor("all to be ready", () => names.every((name) => existsSync(`${start}.${name}`)));
    writeFileSync(start, "");
    await Promise.all(signers.map((signer) => signer.finished));
    const signatures = readFileSync(file, "utf8");
    for (const name of names)
      expect(signatures.split(name).length - 1, signatures).toBeGreaterThan(signatures.length / 20);
  });
});
