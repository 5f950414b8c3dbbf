/** What was made of a text is remembered, and never taken for something else. */
import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { openMemory } from "../../src/streams/memory.ts";
import { makeTempDir } from "../support/temp.ts";
import { openDesk } from "./desk.ts";

let folder: string;
let made: number;
const now = () => Date.now();
const text = "x".repeat(10_000);

/** How often `make` was called for it, and what was given. */
function recall(of = text, { build = "b1", name = "/repo/work/001-a/PLAN.md" } = {}) {
  made = 0;
  const value = openMemory(folder, build, now).recall(name, of, (given) => {
    made += 1;
    return { length: given.length, null: null };
  });
  return [value.length, made];
}

beforeEach(() => {
  folder = join(makeTempDir(), "cache");
});

test("it is made once, and again for another text, program or file", () => {
  expect(recall()).toEqual([10_000, 1]);
  expect(recall()).toEqual([10_000, 0]);
  expect(recall(`${text}y`)).toEqual([10_001, 1]);
  expect(recall(`${text}y`, { build: "b2" })).toEqual([10_001, 1]);
  expect(recall(text, { name: "/repo/work/002-b/PLAN.md" })).toEqual([10_000, 1]);
  expect(readdirSync(folder)).toHaveLength(2);
});

test("a short text is not kept", () => {
  expect([recall("short"), recall("short")]).toEqual([
    [5, 1],
    [5, 1],
  ]);
});

describe("nothing is believed of a file", () => {
  test.each([
    ["that was cut off", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 15_000))],
    ["of which half is there", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 10_040))],
    [
      "in which a bit is wrong",
      (path: string) => writeFileSync(path, readFileSync(path, "utf8").replace('"length":10000', '"length":10001')),
    ],
    ["that is empty", (path: string) => writeFileSync(path, "")],
    ["that others may write", (path: string) => chmodSync(path, 0o666)],
    ["that is none", (path: string) => (chmodSync(path, 0o600), writeFileSync(path, "{}"))],
  ])("%s", (_what, damage) => {
    recall();
    const [name = ""] = readdirSync(folder);
    damage(join(folder, name));
    expect(recall()).toEqual([10_000, 1]);
    expect(recall()).toEqual([10_000, 0]);
  });
});

test("where nothing can be kept it is made each time", () => {
  writeFileSync(folder, "");
  expect([recall(), recall()]).toEqual([
    [10_000, 1],
    [10_000, 1],
  ]);
});

test("what nobody asked for in a month is forgotten", () => {
  recall();
  const [name = ""] = readdirSync(folder);
  const time = Date.now() / 1000 - 31 * 24 * 3600;
  utimesSync(join(folder, name), time, time);
  recall(text, { name: "/another" });
  expect(readdirSync(folder)).toHaveLength(1);
  expect(statSync(folder).mode & 0o077).toBe(0);
});

test("commands answer the same with it, and see every edit", async () => {
  const { term, write, read } = await openDesk();
  term.env = { ...term.env, XDG_CACHE_HOME: folder };
  await term.ok("work create --name long --stages 40");
  const plan = "001-long/PLAN.md";
  write(plan, read(plan).replaceAll(/\[[^\]\n]+\]/g, "text"));
  const answers = async () => [
    (await term.run("work validate --json")).stdout,
    (await term.run("work tree --json")).stdout,
    (await term.run("work status --json")).stdout,
  ];
  const first = await answers();
  expect(readdirSync(join(folder, "incr")).filter((name) => name.endsWith("PLAN.md.recall"))).toHaveLength(1);
  expect(await answers()).toEqual(first);
  write(plan, read(plan).replace("### Stage 01: ", "### Stage 01: Another "));
  expect((await term.run("work tree")).stdout).toContain("Another");
});
