/** The compiled code that the launcher keeps must never decide more than how fast a start is. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { BUILD_DIR } from "../support/incr.ts";
import { runProcess, type Environment, type Finished } from "../support/process.ts";
import { makeTempDir } from "../support/temp.ts";

let dir: string;
let home: string;

beforeEach(() => {
  dir = join(makeTempDir("incr-launcher-"), "dist");
  home = makeTempDir("incr-launcher-home-");
  mkdirSync(dir);
  for (const file of ["incr.cjs", "work.cjs", "program.cjs", "more.cjs"])
    cpSync(join(BUILD_DIR, file), join(dir, file));
});

const start = (env: Environment = {}, cwd?: string): Promise<Finished> =>
  runProcess(process.execPath, [join(dir, "incr.cjs"), "help"], {
    env: { HOME: home, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });

async function expectGoodStart(env: Environment = {}): Promise<void> {
  const { code, stdout, stderr } = await start(env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("Usage: incr <command>");
}

/** The one file of compiled code, after a first start. */
async function compiled(): Promise<string> {
  await expectGoodStart();
  const [name, ...more] = readdirSync(join(dir, ".compiled"));
  expect(more).toEqual([]);
  return join(dir, ".compiled", name ?? "");
}

test("it is kept at the first start and used at the next", async () => {
  const file = await compiled();
  const before = statSync(file, { bigint: true });
  await expectGoodStart();
  const after = statSync(file, { bigint: true });
  expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
});

describe("a damaged file is written anew", () => {
  test.each([
    ["empty", () => Buffer.alloc(0)],
    ["cut off", (data: Buffer) => data.subarray(0, data.length / 2 + 1000)],
    ["half of it", (data: Buffer) => data.subarray(0, data.length / 2)],
    [
      "zeros from somewhere on",
      (data: Buffer) => Buffer.concat([data.subarray(0, 40_000), Buffer.alloc(data.length - 40_000)]),
    ],
    ["zeros", (data: Buffer) => Buffer.alloc(data.length)],
    ["one bit", (data: Buffer) => data.map((byte, index) => (index === 5000 ? byte ^ 4 : byte))],
    ["something else twice", () => Buffer.from("x".repeat(10_000))],
  ])("%s", async (_what, damage) => {
    const file = await compiled();
    const whole = readFileSync(file);
    const damaged = damage(whole);
    writeFileSync(file, damaged);
    await expectGoodStart();
    expect(readFileSync(file).equals(damaged)).toBe(false);
  });
});

test("one that others may write is not used", async () => {
  const file = await compiled();
  // Whole and not ours: it would crash if it were used.
  const evil = readFileSync(file).map((byte, index, { length }) => (index % (length / 2) > 5000 ? byte ^ 1 : byte));
  writeFileSync(file, evil);
  chmodSync(file, 0o666);
  await expectGoodStart();
});

test("a command that fails leaves none", async () => {
  await runProcess(process.execPath, [join(dir, "incr.cjs"), "nonsense"], { env: { HOME: home } });
  expect(existsSync(join(dir, ".compiled"))).toBe(false);
});

describe("where the installation cannot be written", () => {
  beforeEach(() => {
    // A file in its place: root may write everywhere else.
    writeFileSync(join(dir, ".compiled"), "");
  });

  test("it is kept in the user's cache folder", async () => {
    await expectGoodStart();
    expect(readdirSync(join(home, ".cache", "incr"))).toHaveLength(1);
    await expectGoodStart({ XDG_CACHE_HOME: join(home, "other") });
    expect(readdirSync(join(home, "other", "incr"))).toHaveLength(1);
  });

  test("nor has the user a home: nothing is read from or written to the current directory", async () => {
    const cwd = makeTempDir("incr-launcher-cwd-");
    const { code } = await start({ HOME: undefined, XDG_CACHE_HOME: undefined }, cwd);
    expect(code).toBe(0);
    await start({ HOME: "", XDG_CACHE_HOME: "relative" }, cwd);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

test("what earlier builds left is removed after a month", async () => {
  const folder = join(dir, ".compiled");
  mkdirSync(folder);
  for (const [name, days] of [
    ["program-old-v20-x64-.bin", 31],
    ["program-recent-v20-x64-.bin", 29],
  ] as const) {
    writeFileSync(join(folder, name), "");
    const time = Date.now() / 1000 - days * 24 * 3600;
    utimesSync(join(folder, name), time, time);
  }
  await expectGoodStart();
  const names = readdirSync(folder);
  expect(names).toHaveLength(2);
  expect(names).toContain("program-recent-v20-x64-.bin");
});

test("many first starts at once are no trouble", async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => start()));
  expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(all.map(() => ({ code: 0, stderr: "" })));
  expect(readdirSync(join(dir, ".compiled"))).toHaveLength(1);
});
