/** Changes that one caller makes for all of its process. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { checkRecord } from "../../src/domain/schema.ts";
import { changeTogether } from "../../src/store/change-together.ts";
import { openDocument, type DocumentOptions } from "../../src/store/document.ts";
import { bringWith } from "../../src/store/joining.ts";
import { readLockHolder, withLock } from "../../src/store/lock.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";

const schema = v.object({ words: v.array(v.string()) });
type Words = v.InferOutput<typeof schema>;

let folder: string;
let path: string;
let saves: number;
beforeEach(() => {
  folder = makeTempDir();
  path = join(folder, "words.json");
  saves = 0;
});
afterEach(() => bringWith(async () => {}));

function open(more: Partial<DocumentOptions<Words>["lock"]> = {}) {
  return openDocument<Words>({
    path,
    lockPath: join(folder, ".words.lock"),
    lock: { holder: "incr test", ...more },
    accept: (raw) => checkRecord(schema, raw),
    empty: () => ({ words: [] }),
    format(value) {
      saves += 1;
      return JSON.stringify(value);
    },
  });
}

/** Adds a word that is not there yet, and says how many there are. Each caller opens the document itself, as commands do. */
async function add(word: string, document = open()): Promise<number> {
  return await changeTogether<Words, number>(document, (value) => {
    if (word === "bad") throw new IncrError("rule", "no bad words");
    if (word === "buggy") throw new TypeError("a bug");
    if (value.words.includes(word)) return { value, answer: value.words.length };
    const words = [...value.words, word];
    return { value: { words }, answer: words.length };
  });
}

const words = (): string[] => (JSON.parse(readFileSync(path, "utf8")) as Words).words;

/** Holds the lock until the function that it gives is called. */
async function hold(): Promise<() => Promise<void>> {
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun = false;
  const over = withLock(join(folder, ".words.lock"), { holder: "somebody else" }, async () => {
    begun = true;
    await released;
  });
  await waitFor("the lock", () => begun);
  return async () => {
    release();
    await over;
  };
}

/** Has these wanted when others are given the time to join, one set each time. */
function bring(...sets: string[][]): Promise<number>[] {
  const brought: Promise<number>[] = [];
  bringWith(async () => {
    brought.push(...(sets.shift() ?? []).map((word) => add(word)));
    await Promise.resolve();
  });
  return brought;
}

describe("those who come before one has the lock", () => {
  test("are served with it in one go, each with an answer of its own", async () => {
    const release = await hold();
    const all = Array.from({ length: 20 }, (_, n) => add(`w${n}`));
    await release();
    const answers = await Promise.all(all);
    // What each heard is what is true of its own change
    expect(answers).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(words()).toEqual(Array.from({ length: 20 }, (_, n) => `w${n}`));
    expect(saves).toBe(1);
    expect(readdirSync(folder).toSorted()).toEqual([".words.lock", "words.json"]);
  });

  test("hear alone what is wrong with their own change, be it refused or a bug", async () => {
    const all = ["one", "bad", "two", "buggy", "three"].map((word) => add(word));
    const [one, bad, two, buggy, three] = await Promise.allSettled(all);
    expect([one, two, three]).toMatchObject([1, 2, 3].map((value) => ({ status: "fulfilled", value })));
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "rule", message: "no bad words" } });
    expect(buggy).toMatchObject({ status: "rejected", reason: expect.any(TypeError) });
    expect(words()).toEqual(["one", "two", "three"]);
  });

  test("all hear that the lock was not to be had, and the next one asks anew", async () => {
    const release = await hold();
    const all = await Promise.allSettled([add("one", open({ timeoutMs: 20 })), add("two")]);
    expect(all).toMatchObject(all.map(() => ({ status: "rejected", reason: { code: "busy" } })));
    await release();
    expect(await add("three")).toBe(1);
    expect(words()).toEqual(["three"]);
  });

  test("all hear that it cannot be saved", async () => {
    mkdirSync(path);
    const all = await Promise.allSettled([add("one"), add("two")]);
    expect(all).toMatchObject(all.map(() => ({ status: "rejected", reason: { code: "io" } })));
    rmSync(path, { recursive: true });
    expect(await add("three")).toBe(1);
  });

  test("of other documents have nothing to do with it", async () => {
    const release = await hold();
    const waiting = add("one");
    const other = openDocument<Words>({
      path: join(folder, "other.json"),
      lockPath: join(folder, ".other.lock"),
      lock: { holder: "incr test" },
      accept: (raw) => checkRecord(schema, raw),
      empty: () => ({ words: [] }),
    });
    expect(await add("two", other)).toBe(1);
    await release();
    await waiting;
    expect(words()).toEqual(["one"]);
  });
});

describe("those who come while one is at work", () => {
  test("are saved together with it", async () => {
    const brought = bring(["two", "three"], ["four"]);
    expect(await add("one")).toBe(1);
    expect(await Promise.all(brought)).toEqual([2, 3, 4]);
    expect(words()).toEqual(["one", "two", "three", "four"]);
    expect(saves).toBe(1);
  });

  test("while it saves are saved after it, under the same lock", async () => {
    const brought = bring([], ["two"], [], ["three"]);
    expect(await add("one")).toBe(1);
    await waitFor("the others", () => brought.length === 2);
    expect(await Promise.all(brought)).toEqual([2, 3]);
    expect(words()).toEqual(["one", "two", "three"]);
    expect(saves).toBe(3);
  });

  test("are served by the next one when there is no end to them", async () => {
    const all = Array.from({ length: 200 }, (_, n) => [`w${n}`]);
    const brought = bring(...all);
    await add("first");
    await waitFor("the others", () => brought.length === 200);
    await Promise.all(brought);
    expect(words()).toEqual(["first", ...all.flat()]);
  });

  test("and are left to the next one hold the lock as themselves", async () => {
    const next = open({ holder: "the next one" });
    let holder: string | undefined;
    const last = () =>
      changeTogether<Words, undefined>(next, (value) => {
        holder = readLockHolder(join(folder, ".words.lock"))?.command;
        return { value: { words: [...value.words, "last"] }, answer: undefined };
      });
    let change: Promise<undefined> | undefined;
    let rounds = 0;
    bringWith(async () => {
      rounds += 1;
      // As many saves as there are for one lock, with one more change after the last of them
      if (rounds < 8 && rounds % 2 === 0) void add(`w${rounds}`);
      if (rounds === 8) change = last();
      await Promise.resolve();
    });
    await add("one");
    await waitFor("the last change", () => change !== undefined);
    await change;
    expect(words()).toEqual(["one", "w2", "w4", "w6", "last"]);
    expect(holder).toBe("the next one");
  });

  test("and cannot be saved are not told that they are, other than those before them", async () => {
    let brought: Promise<number> | undefined;
    const rounds = [
      () => {},
      () => {
        brought = add("two");
        // A folder in its place, so that nothing can be saved any more
        rmSync(path);
        mkdirSync(path);
      },
    ];
    bringWith(async () => {
      rounds.shift()?.();
      await Promise.resolve();
    });
    expect(await add("one")).toBe(1);
    await expect(brought).rejects.toMatchObject({ code: "io" });
  });
});
