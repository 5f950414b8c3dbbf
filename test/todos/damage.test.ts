/** Files that others wrote, newer versions, and damage of every kind: reported by name, never overwritten, and no harm to the rest. */
import { readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTodo } from "../support/todo.ts";
import { commitFiles, loadedIds, makeTodoRepo, put, putIds, REF, type TodoRepo } from "./support.ts";

/** Where the loose object of a name lies. */
async function objectFile(repo: TodoRepo, name: string): Promise<string> {
  const id = await repo.git(["rev-parse", name]);
  return join(repo.root, ".git/objects", id.slice(0, 2), id.slice(2));
}

test("files that are not ours survive every change", async () => {
  const repo = await makeTodoRepo();
  await putIds(repo.todos, "aaaaaaaa");
  const strange = {
    "notes/x.txt": "hello",
    "a/README": "hi",
    "a/Upper.json": "{}",
    "b/aaaaaaaa.json": "{}",
    ".gitattributes": "* -text\n",
  };
  await commitFiles(repo, strange);
  await putIds(repo.todos, "bbbbbbbb");
  await put(repo.todos, makeTodo("aaaaaaaa", { title: "New" }));
  for (const [path, text] of Object.entries(strange))
    expect(await repo.git(["show", `${REF}:${path}`])).toBe(text.trimEnd());
  expect(await loadedIds(repo.todos)).toEqual(["aaaaaaaa", "bbbbbbbb"]);
});

describe("a store of a newer version", () => {
  test("is refused for reading and writing", async () => {
    const repo = await makeTodoRepo();
    await putIds(repo.todos, "aaaaaaaa");
    const tip = await commitFiles(repo, { version: "2\n" });
    const refused = expect.objectContaining({
      code: "newer_state",
      exitCode: 6,
      message: "the todos are kept in format 2, this program knows 1 and older",
    });
    await expect(repo.todos.load()).rejects.toEqual(refused);
    await expect(putIds(repo.todos, "bbbbbbbb")).rejects.toEqual(refused);
    expect(await repo.git(["rev-parse", REF])).toBe(tip);
  });

  test("is told from a version that is no number", async () => {
    const repo = await makeTodoRepo();
    await commitFiles(repo, { version: "one\n" });
    await expect(repo.todos.load()).rejects.toMatchObject({ code: "corrupt" });
  });

  test("is not one without a version: that is given its number", async () => {
    const repo = await makeTodoRepo();
    await commitFiles(repo, { "notes.txt": "x" });
    await putIds(repo.todos, "aaaaaaaa");
    expect(await repo.git(["show", `${REF}:version`])).toBe("1");
    expect(await repo.git(["show", `${REF}:notes.txt`])).toBe("x");
  });
});

describe("a todo whose file is damaged", () => {
  const BROKEN = "<<<<<<< ours\n";

  async function damaged(): Promise<{ repo: TodoRepo; good: string; bad: string }> {
    const repo = await makeTodoRepo();
    await put(repo.todos, makeTodo("aaaaaaaa"), makeTodo("bbbbbbbb", { dependsOn: ["aaaaaaaa"] }));
    await put(repo.todos, makeTodo("aaaaaaaa", { title: "Last good" }));
    const good = await repo.git(["rev-parse", REF]);
    const bad = await commitFiles(repo, { "a/aaaaaaaa.json": BROKEN });
    return { repo, good, bad };
  }

  test("is reported, and the others work", async () => {
    const { repo } = await damaged();
    const snapshot = await repo.todos.load();
    expect([...snapshot.todos.keys()]).toEqual(["bbbbbbbb"]);
    expect(snapshot.problems).toEqual([
      { id: "aaaaaaaa", path: "a/aaaaaaaa.json", reason: expect.stringMatching(/^not JSON: /) },
    ]);
    expect(snapshot.ids.toSorted()).toEqual(["aaaaaaaa", "bbbbbbbb"]);
    expect(await repo.todos.load({ ids: ["bbbbbbbb"], withDependencies: true })).toMatchObject({
      problems: [{ id: "aaaaaaaa" }],
    });
    await put(repo.todos, makeTodo("bbbbbbbb", { title: "New" }), makeTodo("cccccccc"));
    expect(await loadedIds(repo.todos)).toEqual(["bbbbbbbb", "cccccccc"]);
    expect(await repo.git(["show", `${REF}:a/aaaaaaaa.json`])).toBe(BROKEN.trim());
  });

  test("is neither read nor replaced, and the last good version is named", async () => {
    const { repo, good, bad } = await damaged();
    const refused = expect.objectContaining({
      code: "corrupt",
      message: expect.stringMatching(/^the file of todo aaaaaaaa cannot be read: not JSON: /),
      hint: `incr doctor --fix, which puts back the version of ${good.slice(0, 12)}`,
      data: expect.objectContaining({ id: "aaaaaaaa", path: "a/aaaaaaaa.json", ref: REF, last_good: good }),
    });
    await expect(repo.todos.find("aaaaaaaa")).rejects.toEqual(refused);
    await expect(putIds(repo.todos, "aaaaaaaa", "dddddddd")).rejects.toEqual(refused);
    const all = repo.todos.update(() => ({ change: { put: [makeTodo("aaaaaaaa")], message: "x" }, result: undefined }));
    await expect(all).rejects.toEqual(refused);
    expect(await repo.git(["rev-parse", REF])).toBe(bad);
  });

  test("comes back as it last was on demand, and only then", async () => {
    const { repo, good } = await damaged();
    expect(await repo.todos.restore("aaaaaaaa")).toBe(good);
    expect(await repo.todos.find("aaaaaaaa")).toEqual(makeTodo("aaaaaaaa", { title: "Last good" }));
    await expect(repo.todos.restore("aaaaaaaa")).rejects.toMatchObject({ code: "rule" });
    await expect(repo.todos.restore("zzzzzzzz")).rejects.toMatchObject({ code: "not_found" });
  });

  test("that was never good stays as it is", async () => {
    const repo = await makeTodoRepo();
    const tip = await commitFiles(repo, { version: "1\n", "a/aaaaaaaa.json": BROKEN });
    expect(await repo.todos.restore("aaaaaaaa")).toBeNull();
    expect(await repo.git(["rev-parse", REF])).toBe(tip);
    await expect(repo.todos.find("aaaaaaaa")).rejects.toMatchObject({
      hint: `git show ${REF}:a/aaaaaaaa.json`,
      data: { last_good: null },
    });
  });
});

describe("damage in git's own objects", () => {
  test.each([
    ["an empty file, as after a power loss", async (path: string) => await writeFile(path, "")],
    ["a truncated file", async (path: string) => await truncate(path, 20)],
    ["no file at all", async (path: string) => await rm(path)],
  ])("of one todo (%s) leaves the others readable and writable", async (_, harm) => {
    const repo = await makeTodoRepo();
    await putIds(repo.todos, "aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd");
    for (const id of ["bbbbbbbb", "cccccccc"]) {
      const path = await objectFile(repo, `${REF}:${id[0]}/${id}.json`);
      await rm(path, { force: true }).then(() => writeFile(path, "x"));
      await harm(path);
    }
    const snapshot = await repo.todos.load();
    expect([...snapshot.todos.keys()].toSorted()).toEqual(["aaaaaaaa", "dddddddd"]);
    expect(snapshot.problems.map(({ id }) => id).toSorted()).toEqual(["bbbbbbbb", "cccccccc"]);
    await putIds(repo.todos, "eeeeeeee");
    await expect(repo.todos.find("bbbbbbbb")).rejects.toMatchObject({ code: "corrupt" });
    expect([...(await repo.todos.load()).todos.keys()].toSorted()).toEqual(["aaaaaaaa", "dddddddd", "eeeeeeee"]);
  });

  test.each([REF, `${REF}^{tree}`, `${REF}:a`, `${REF}:version`])(
    "of %s is an error, never an empty list and a second history",
    async (name) => {
      const repo = await makeTodoRepo();
      await putIds(repo.todos, "aaaaaaaa");
      const tip = await repo.git(["rev-parse", REF]);
      await rm(await objectFile(repo, name), { force: true });
      await expect(repo.todos.load()).rejects.toMatchObject({ code: "corrupt", hint: "incr doctor --fix" });
      await expect(putIds(repo.todos, "bbbbbbbb")).rejects.toMatchObject({ code: "corrupt" });
      expect(await repo.git(["rev-parse", REF])).toBe(tip);
    },
  );

  test("a ref that is no commit is an error", async () => {
    const repo = await makeTodoRepo();
    await repo.git(["update-ref", REF, "HEAD^{tree}"]);
    await expect(repo.todos.load()).rejects.toMatchObject({
      code: "corrupt",
      message: `${REF} is a tree, not a commit`,
    });
  });
});

describe("git that cannot write", () => {
  test("is reported with its words, changes nothing and leaves no litter", async () => {
    const repo = await makeTodoRepo();
    await putIds(repo.todos, "aaaaaaaa");
    const tip = await repo.git(["rev-parse", REF]);
    await rm(join(repo.root, ".git/objects/pack"), { recursive: true });
    await writeFile(join(repo.root, ".git/objects/pack"), "in the way");
    await expect(putIds(repo.todos, "bbbbbbbb")).rejects.toMatchObject({
      code: "git",
      message: expect.stringContaining("fast-import"),
    });
    expect(await repo.git(["rev-parse", REF])).toBe(tip);
    expect((await readdir(join(repo.root, ".git"))).filter((name) => name.includes("crash"))).toEqual([]);
  });

  test("because a lock of the ref was left behind says so after a while", async () => {
    const repo = await makeTodoRepo();
    await putIds(repo.todos, "aaaaaaaa");
    const lock = join(repo.root, ".git", `${REF}.lock`);
    await writeFile(lock, "");
    await expect(putIds(repo.todos, "bbbbbbbb")).rejects.toMatchObject({
      code: "git",
      message: expect.stringMatching(/^git does not move refs\/incr\/todos: .*File exists/),
      hint: `if no git process is running, remove ${lock}`,
    });
    await rm(lock);
    await putIds(repo.todos, "bbbbbbbb");
    expect(await loadedIds(repo.todos)).toEqual(["aaaaaaaa", "bbbbbbbb"]);
  });

  test("a folder that is no repository any more is git's to report", async () => {
    const repo = await makeTodoRepo();
    await rm(join(repo.root, ".git"), { recursive: true });
    await expect(repo.todos.load()).rejects.toMatchObject({
      code: "git",
      message: expect.stringContaining("not a git repository"),
    });
  });
});
