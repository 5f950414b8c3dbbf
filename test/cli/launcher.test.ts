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
import { REGISTRY } from "../../src/cli/registry.ts";
import { BUILD_DIR } from "../support/incr.ts";
import { runProcess, type Environment, type Finished } from "../support/process.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";

let dir: string;
let home: string;

beforeEach(() => {
  dir = join(makeTempDir("incr-launcher-"), "dist");
  home = makeTempDir("incr-launcher-home-");
  mkdirSync(dir);
  for (const file of ["incr.cjs", "work.cjs", "program.cjs"]) cpSync(join(BUILD_DIR, file), join(dir, file));
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

/** The one file of compiled code, after the first start, which finds out what to compile, and the second. */
async function compiled(): Promise<string> {
  await expectGoodStart();
  await expectGoodStart();
  const [name, ...more] = readdirSync(join(dir, ".compiled"));
  expect(more).toEqual([]);
  return join(dir, ".compiled", name ?? "");
}

test("it is kept at the second start and used at the next", async () => {
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
    await expectGoodStart();
    // V8 does not give the same length twice, depending on the order in which its tables happen to be
    const { size, ino } = statSync(file);
    expect(size / whole.length).toBeCloseTo(1, 1);
    await expectGoodStart();
    expect(statSync(file).ino).toBe(ino);
  });
});

test("one that others may write is not used", async () => {
  const file = await compiled();
  // Whole and not ours: it would crash if it were used.
  const isCode = (place: number) => place > 5000 && place < 40_000;
  const evil = readFileSync(file).map((byte, index, { length }) => (isCode(index % (length / 2)) ? byte ^ 1 : byte));
  writeFileSync(file, evil);
  chmodSync(file, 0o666);
  await expectGoodStart();
});

test("each command has its own: all nouns with verbs are known", async () => {
  const launcher = readFileSync(new URL("../../scripts/launcher.cjs", import.meta.url), "utf8");
  const [, words = ""] = /const hasVerbs =\s+\/\^\(([\w|]+)\)\$\//.exec(launcher) ?? [];
  const nouns = await Promise.all(
    REGISTRY.map(async ({ name, load }) =>
      (await load()).commands.some(({ spec }) => spec.path.length > 1) ? [name] : [],
    ),
  );
  expect(words.split("|").toSorted()).toEqual(nouns.flat().toSorted());
});

test("the places in a stack trace are places in the program, whatever parts of it were read", async () => {
  const { root, env } = await makeRepo();
  const list = (more: Environment) =>
    runProcess(process.execPath, [join(dir, "incr.cjs"), "session", "list"], { cwd: root, env: { ...env, ...more } });
  // Nobody could have foreseen this.
  const broken = join(home, "broken.cjs");
  writeFileSync(broken, 'require("node:fs").statSync = () => { throw new Error("broken"); };');
  const program = readFileSync(join(dir, "program.cjs"), "latin1").split("\n");
  for (const round of ["nothing is kept", "the parts are known", "they are compiled"]) {
    const { stderr } = await list({ NODE_OPTIONS: `--require ${broken}` });
    const [, line, column] = /program\.cjs:(\d+):(\d+)/.exec(stderr) ?? [];
    expect(program[Number(line) - 1]?.slice(0, Number(column) - 1), `${round}: ${stderr}`).toMatch(/\.statSync\)$/);
    expect(await list({})).toMatchObject({ code: 0 });
  }
});

test("nothing of it is used, or kept, for the moment in which the program beside it is of another build", async () => {
  const file = await compiled();
  const before = readFileSync(file);
  const program = readFileSync(join(dir, "program.cjs"), "latin1");
  const other = program.replace(/\/\/\w{16}/, "//0123456789abcdef");
  writeFileSync(join(dir, "program.cjs"), other, "latin1");
  await expectGoodStart();
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a command that refuses to do something has its own, too", async () => {
  const { root, env } = await makeRepo();
  const { code } = await runProcess(process.execPath, [join(dir, "incr.cjs"), "session", "done"], { cwd: root, env });
  expect(code).not.toBe(0);
  expect(readdirSync(join(dir, ".compiled")).filter((name) => name.endsWith("-session-done.bin"))).toHaveLength(1);
});

test("what a refusal has compiled is replaced by what a success has, and each is written but once", async () => {
  const { root, env } = await makeRepo();
  const list = async (cwd: string) => {
    const { code } = await runProcess(process.execPath, [join(dir, "incr.cjs"), "session", "list"], { cwd, env });
    const [name = ""] = readdirSync(join(dir, ".compiled"));
    const { size, ino } = statSync(join(dir, ".compiled", name));
    return { isDone: code === 0, size, ino };
  };
  const nowhere = makeTempDir();
  for (let round = 0; round < 2; round += 1) expect(await list(nowhere)).toMatchObject({ isDone: false });
  const refused = await list(nowhere);
  expect(await list(nowhere)).toEqual(refused);
  for (let round = 0; round < 2; round += 1) expect(await list(root)).toMatchObject({ isDone: true });
  const done = await list(root);
  expect(done.size).toBeGreaterThan(refused.size);
  expect(await list(nowhere)).toEqual({ ...done, isDone: false });
  expect(await list(root)).toEqual(done);
});

test("a word that is no command leaves none", async () => {
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
