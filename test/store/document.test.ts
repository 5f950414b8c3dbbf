import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { beforeAll, describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { UPDATE_HINT } from "../../src/domain/update-hint.ts";
import { checkRecord } from "../../src/domain/schema.ts";
import { openDocument, type DocumentOptions } from "../../src/store/document.ts";
import { bundleScript, runScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";

const schema = v.object({ count: v.number() });
type Counter = v.InferOutput<typeof schema>;

function openCounter(folder: string, more: Partial<DocumentOptions<Counter>> = {}) {
  const path = join(folder, "counter.json");
  return openDocument<Counter>({
    path,
    lockPath: join(folder, "counter.lock"),
    lock: { holder: "incr test" },
    accept: (raw) => checkRecord(schema, raw),
    empty: () => ({ count: 0 }),
    newestVersion: 1,
    ...more,
  });
}

const increment = (value: Counter) => ({ value: { ...value, count: value.count + 1 }, result: value.count + 1 });
const names = (folder: string) => readdirSync(folder).toSorted();

async function failure(work: () => unknown): Promise<IncrError> {
  const error = await Promise.resolve()
    .then(work)
    .catch((error: unknown) => error);
  expect(error).toBeInstanceOf(IncrError);
  return error as IncrError;
}

describe("a document", () => {
  test("that does not exist is empty, and is made when something is saved", async () => {
    const folder = join(makeTempDir(), "state");
    const document = openCounter(folder);
    expect(document.read()).toEqual({ count: 0 });
    expect(existsSync(folder)).toBe(false);
    expect(await document.update(increment)).toBe(1);
    expect(readFileSync(document.path, "utf8")).toBe('{\n  "count": 1\n}\n');
    expect(statSync(document.path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(names(folder)).toEqual(["counter.json", "counter.lock"]);
  });

  test("is not written when nothing changed: neither content nor time nor file", async () => {
    const document = openCounter(makeTempDir());
    // Not as we would write it, but saying the same
    writeFileSync(document.path, '\uFEFF{"count":5 }');
    utimesSync(document.path, 1_000, 1_000);
    const before = statSync(document.path, { bigint: true });
    await document.update((value) => ({ value: { ...value }, result: undefined }));
    await document.update(() => ({ result: undefined }));
    const after = statSync(document.path, { bigint: true });
    expect([after.mtimeNs, after.ino, after.ctimeNs]).toEqual([before.mtimeNs, before.ino, before.ctimeNs]);
  });

  test("is written when the value was changed in place", async () => {
    const document = openCounter(makeTempDir());
    await document.update((value) => {
      value.count = 7;
      return { value, result: undefined };
    });
    expect(document.read()).toEqual({ count: 7 });
  });

  test("keeps what its schema does not know", async () => {
    const document = openCounter(makeTempDir());
    writeFileSync(document.path, '{"count": 1, "unknown": {"deep": [1]}}');
    await document.update(increment);
    expect(JSON.parse(readFileSync(document.path, "utf8"))).toEqual({ count: 2, unknown: { deep: [1] } });
  });

  test("is left alone when the decision throws", async () => {
    const folder = makeTempDir();
    const document = openCounter(folder);
    await document.update(increment);
    await expect(document.update(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(document.read()).toEqual({ count: 1 });
    expect(names(folder)).toEqual(["counter.json", "counter.lock"]);
  });

  test("keeps the content of before the last save, if it is to", async () => {
    const folder = makeTempDir();
    const document = openCounter(folder, { backup: true });
    await document.update(increment);
    expect(names(folder)).toEqual(["counter.json", "counter.lock"]);
    await document.update(increment);
    await document.update(increment);
    expect(JSON.parse(readFileSync(join(folder, "counter.json.bak"), "utf8"))).toEqual({ count: 2 });
    expect(document.read()).toEqual({ count: 3 });
  });

  test("does not reach into copies that somebody made by hard links", async () => {
    const folder = makeTempDir();
    const document = openCounter(folder, { backup: true });
    await document.update(increment);
    linkSync(document.path, join(folder, "snapshot"));
    for (let n = 0; n < 3; n += 1) await document.update(increment);
    expect(JSON.parse(readFileSync(join(folder, "snapshot"), "utf8"))).toEqual({ count: 1 });
  });

  test("sweeps what dead writers of it left over, and nothing else", async () => {
    const folder = makeTempDir();
    const others = [
      ".counter.json.swp",
      ".other.json.123-abc.tmp",
      "counter.json.123-abc.tmp",
      ".counter.json.note.tmp",
    ].toSorted();
    for (const name of [...others, ".counter.json.123-abc9.tmp", ".counter.json.4000000-0.tmp"]) {
      writeFileSync(join(folder, name), "{");
    }
    await openCounter(folder).update(increment);
    expect(names(folder)).toEqual([...others, "counter.json", "counter.lock"].toSorted());
  });
});

describe("a document in a repository", () => {
  test("keeps its mode, and a new one gets what the umask allows", async () => {
    const folder = makeTempDir();
    const umask = process.umask(0o027);
    const document = openCounter(folder, { mode: "keep" });
    await document.update(increment);
    process.umask(umask);
    expect(statSync(document.path).mode & 0o777).toBe(0o640);
    chmodSync(document.path, 0o664);
    await document.update(increment);
    expect(statSync(document.path).mode & 0o777).toBe(0o664);
  });

  test("is saved through a symbolic link, into the folder of the file", async () => {
    const folder = makeTempDir();
    mkdirSync(join(folder, "real", "deep"), { recursive: true });
    mkdirSync(join(folder, "work"));
    symlinkSync(join(folder, "real", "deep"), join(folder, "linked"));
    // Relative to where the link really lies: the folder of the link is a link itself
    symlinkSync("../data.json", join(folder, "real", "deep", "counter.json"));
    const document = openCounter(join(folder, "linked"), { mode: "keep", lockPath: join(folder, "work", "lock") });
    await document.update(increment);
    await document.update(increment);
    expect(JSON.parse(readFileSync(join(folder, "real", "data.json"), "utf8"))).toEqual({ count: 2 });
    expect(readlinkSync(document.path)).toBe("../data.json");
    expect(names(join(folder, "real"))).toEqual(["data.json", "deep"]);
  });

  test("stays in the hands of its owner when root saves it", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip("not root");
    const folder = makeTempDir();
    const document = openCounter(folder);
    await document.update(increment);
    execFileSync("chown", ["65534:65534", document.path]);
    await document.update(increment);
    expect(lstatSync(document.path)).toMatchObject({ uid: 65534, gid: 65534 });
  });
});

describe("a document that cannot be read", () => {
  test.each([
    ["", "is empty (0 bytes)", {}],
    ['{"count": 1', "is not JSON: unexpected end of the file at line 1, column 12", { line: 1, column: 12 }],
    ['{\n"count": oops}', 'is not JSON: unexpected "o" at line 2, column 10', { line: 2, column: 10 }],
    [
      '{"count": "x"}',
      'has the wrong shape at count: Invalid type: Expected number but received "x"',
      { json_path: "count" },
    ],
    ["[]", "has the wrong shape", { json_path: "count" }],
    [
      '{"count": 1, "version": "new"}',
      "has the wrong shape at version: is not a version number",
      { json_path: "version" },
    ],
    ['{"count": 1, "version": 0.5}', "has the wrong shape at version: is not a version number", {}],
  ])("because it holds %j, is corrupt, and is never overwritten", async (content, problem, position) => {
    const folder = makeTempDir();
    const document = openCounter(folder);
    writeFileSync(document.path, content);
    for (const work of [() => document.read(), () => document.update(increment)]) {
      const error = await failure(work);
      expect(error).toMatchObject({ code: "corrupt", exitCode: 1, data: { path: document.path, ...position } });
      expect(error.message).toContain(`${document.path} ${problem}`);
      expect(error.message).not.toContain("\n");
      expect(error.hint).toContain("mv ");
    }
    expect(readFileSync(document.path, "utf8")).toBe(content);
  });

  test("names the last good copy, and the hint brings it back", async () => {
    const folder = join(makeTempDir(), "it's a folder");
    const document = openCounter(folder, { backup: true });
    await document.update(increment);
    await document.update(increment);
    writeFileSync(document.path, "{");
    const { hint } = await failure(() => document.read());
    expect(hint).toMatch(/^the last good copy is of 20.*Z \(.*counter\.json\.bak\); to go back to it: cp /);
    execFileSync("sh", ["-c", hint!.slice(hint!.indexOf("cp ", hint!.indexOf("back to it")))]);
    expect(document.read()).toEqual({ count: 1 });
  });

  test("does not name a copy that is no good either", async () => {
    const document = openCounter(makeTempDir(), { backup: true });
    writeFileSync(document.path, "{");
    writeFileSync(`${document.path}.bak`, "");
    expect((await failure(() => document.read())).hint).toMatch(/^repair it, or move it away to begin anew: mv /);
  });

  test("because a newer version wrote it, is neither read nor written", async () => {
    for (const version of ["2", '"2.0"', '"10"']) {
      const document = openCounter(makeTempDir());
      const content = `{"version": ${version}, "count": {"of": "things"}}`;
      writeFileSync(document.path, content);
      for (const work of [() => document.read(), () => document.update(increment)]) {
        expect(await failure(work)).toMatchObject({
          code: "newer_state",
          exitCode: 6,
          message: expect.stringMatching(
            / was written by a newer version of incr \(format (2|10), this one knows 1\)$/,
          ),
          hint: UPDATE_HINT,
        });
      }
      expect(readFileSync(document.path, "utf8")).toBe(content);
    }
  });

  test.each([
    '{"count": 1, "version": 1}',
    '{"count": 1, "version": "1.9.3"}',
    '{"count": 1, "version": null}',
    '{"count": 1}',
  ])("is not %s", (content) => {
    const document = openCounter(makeTempDir());
    writeFileSync(document.path, content);
    expect(document.read()).toMatchObject({ count: 1 });
  });

  test("because it is a folder, is an input/output error", async () => {
    const document = openCounter(makeTempDir());
    mkdirSync(document.path);
    expect(await failure(() => document.read())).toMatchObject({
      code: "io",
      message: expect.stringMatching(/^cannot read .*: illegal operation on a directory$/),
    });
    expect((await failure(() => document.update(increment))).code).toBe("io");
  });
});

describe("a document that cannot be written", () => {
  let worker: string;
  beforeAll(async () => {
    worker = await bundleScript(new URL("worker.ts", import.meta.url));
  });

  test("because its folder is read-only, stays as it was", async () => {
    const folder = makeTempDir();
    const path = join(folder, "counter.json");
    writeFileSync(path, "{}");
    writeFileSync(`${path}.lock`, "");
    chmodSync(path, 0o644);
    chmodSync(`${path}.lock`, 0o666);
    chmodSync(folder, 0o555);
    // Root may write everywhere
    const user = process.getuid?.() === 0 ? { user: 65534 } : {};
    const edit = await runScript(worker, { do: "edit", path, mode: 0o600, key: "a", ...user });
    expect(edit.json()).toMatchObject({
      code: "io",
      message: `cannot save ${path}: permission denied`,
      hint: `ls -ld ${folder}`,
      data: { path, errno: "EACCES" },
    });
    expect(edit.code).toBe(1);
    expect(names(folder)).toEqual(["counter.json", "counter.json.lock"]);
    expect(readFileSync(path, "utf8")).toBe("{}");
    chmodSync(folder, 0o755);
  });
});
