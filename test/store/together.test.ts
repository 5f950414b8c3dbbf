/** Changes that whoever has the lock makes for all who wait for it. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { checkRecord } from "../../src/domain/schema.ts";
import { changeTogether } from "../../src/store/change-together.ts";
import { openDocument, type DocumentOptions } from "../../src/store/document.ts";
import { withLock } from "../../src/store/lock.ts";
import { putRequest } from "../../src/store/requests.ts";
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

/** Adds a word that is not there yet, and says how many there are. */
async function add(word: string, document = open(), kind = "add"): Promise<number> {
  return await changeTogether<Words, { word: string }, number>(
    document,
    { kind, wanted: { word } },
    (value, wanted) => {
      if (wanted.word === "bad")
        throw new IncrError("rule", "no bad words", { hint: "say another", data: { word: wanted.word } });
      if (wanted.word === "buggy") throw new TypeError("a bug");
      if (value.words.includes(wanted.word)) return { value, answer: value.words.length };
      const words = [...value.words, wanted.word];
      return { value: { words }, answer: words.length };
    },
  );
}

const words = (): string[] => (JSON.parse(readFileSync(path, "utf8")) as Words).words;
const files = () => readdirSync(folder).toSorted();
const requests = () => files().filter((name) => name.endsWith(".request.tmp"));

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

describe("those who wait", () => {
  test("are served in one go, each with an answer of its own, and leave nothing behind", async () => {
    const release = await hold();
    const all = Array.from({ length: 20 }, (_, n) => add(`w${n}`));
    await waitFor("their requests", () => requests().length === 20);
    await release();
    const answers = await Promise.all(all);
    expect(answers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    // What each heard is what is true of its own change
    expect(answers.map((place) => words()[place - 1])).toEqual(Array.from({ length: 20 }, (_, n) => `w${n}`));
    expect(saves).toBe(1);
    expect(files()).toEqual([".words.lock", "words.json"]);
  });

  test("hear what is refused as if they had asked themselves, and nobody else is concerned", async () => {
    const release = await hold();
    const good = [add("one"), add("two")];
    const bad = add("bad").catch((error: unknown) => error);
    await waitFor("their requests", () => requests().length === 3);
    await release();
    expect((await Promise.all(good)).toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(await bad).toMatchObject({
      code: "rule",
      message: "no bad words",
      hint: "say another",
      data: { word: "bad" },
    });
    expect(words().toSorted()).toEqual(["one", "two"]);
    expect(files()).toEqual([".words.lock", "words.json"]);
  });

  test("meet a bug themselves, and nobody else does", async () => {
    const release = await hold();
    const good = [add("one"), add("two")];
    const bad = add("buggy").catch((error: unknown) => error);
    await waitFor("their requests", () => requests().length === 3);
    await release();
    expect((await Promise.all(good)).toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(await bad).toBeInstanceOf(TypeError);
    expect(files()).toEqual([".words.lock", "words.json"]);
  });

  test("do it themselves where they are not understood", async () => {
    const release = await hold();
    const both = [add("one"), add("two", open(), "add in another way")];
    await waitFor("their requests", () => requests().length === 2);
    await release();
    expect((await Promise.all(both)).toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(saves).toBe(2);
    expect(files()).toEqual([".words.lock", "words.json"]);
  });

  test("take their request back when they have waited long enough", async () => {
    const release = await hold();
    await expect(add("late", open({ timeoutMs: 20 }))).rejects.toMatchObject({ code: "busy" });
    expect(requests()).toEqual([]);
    await release();
    await add("next");
    expect(words()).toEqual(["next"]);
  });

  test("go on waiting for somebody who has begun with it", async () => {
    const release = await hold();
    // As if the one who has the lock took it during our first wait, and ended without an answer during the second
    const steps = [take, () => void release()];
    const notify = () => steps.shift()?.();
    expect(await add("word", open({ timeoutMs: 600, noticeAfterMs: 1, notify }))).toBe(1);
    expect(steps).toEqual([]);
    expect(files()).toEqual([".words.lock", "words.json"]);
  });

  test("say that it may have been done if nobody ever says so", async () => {
    const release = await hold();
    const steps = [take];
    await expect(
      add("word", open({ timeoutMs: 50, noticeAfterMs: 1, notify: () => steps.shift()?.() })),
    ).rejects.toMatchObject({ code: "busy", message: expect.stringMatching(/it was asked to make the change/) });
    await release();
  });
});

/** Removes the name of the only request, which is how one is taken. */
function take(): void {
  const [name] = requests();
  rmSync(join(folder, name ?? ""));
}

describe("what lies beside the document", () => {
  test("is not done if whoever wanted it is gone", async () => {
    const own = putRequest(path, { kind: "add", wanted: { word: "late" } });
    own?.close();
    expect(requests()).toHaveLength(1);
    await add("now");
    expect(words()).toEqual(["now"]);
    expect(files()).toEqual([".words.lock", "words.json"]);
  });

  test.each(["", "{", "null", '{"request":5}'])("is no request if it is %j", async (content) => {
    const name = ".words.json.1-abc.request.tmp";
    writeFileSync(join(folder, name), content);
    await add("now");
    expect(words()).toEqual(["now"]);
  });

  test("is no answer if it cannot be read, as on other machines' disks a file that one of them has removed", () => {
    const own = putRequest(path, { kind: "add", wanted: { word: "one" } });
    own?.close();
    expect(own?.answer()).toBeUndefined();
    expect(() => own?.close()).not.toThrow();
  });

  test("does no harm where there can be none", async () => {
    const release = await hold();
    expect(putRequest(join(folder, "nowhere", "words.json"), {})).toBeUndefined();
    await release();
  });
});
