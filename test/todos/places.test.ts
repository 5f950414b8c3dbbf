/** The todo store in every kind of repository, and the user's own work beside it, which must never notice. */
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findRepository } from "../../src/git/repository.ts";
import { runProcess } from "../support/process.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { bundleScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";
import { makeTodo } from "../support/todo.ts";
import { loadedIds, makeTodoRepo, openTodos, put, putIds, REF } from "./support.ts";

/** Writes and reads through any folder of a repository, found as the program finds it. */
async function checkWorks(folder: string, env?: NodeJS.ProcessEnv): Promise<void> {
  const location = findRepository(folder)!;
  const todos = openTodos(location.root, location.commonDir, env);
  await putIds(todos, "aaaaaaaa");
  await put(todos, makeTodo("aaaaaaaa", { title: "New" }), makeTodo("bbbbbbbb"));
  expect(await loadedIds(todos)).toEqual(["aaaaaaaa", "bbbbbbbb"]);
  expect(await todos.find("aaaaaaaa")).toMatchObject({ title: "New" });
}

describe("todos work", () => {
  test.each(["with space", `it's "quoted"`, "$(touch hacked)", "new\nline", "ünïcödé-日本", "-dash", "a;b&c|d"])(
    "in a repository called %j",
    async (name) => {
      const repo = await makeRepo({ name });
      await checkWorks(repo.root);
      expect(await repo.git(["status", "--porcelain"])).toBe("");
    },
  );

  test("before the first commit", async () => {
    const repo = await makeRepo({ files: null });
    await checkWorks(repo.root);
    expect(await repo.git(["symbolic-ref", "HEAD"])).toBe("refs/heads/main");
    await expect(repo.git(["rev-parse", "--verify", "HEAD"])).rejects.toThrow("Needed a single revision");
  });

  test("in a bare repository", async () => {
    const { dir, git } = await makeRepo();
    await git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    await checkWorks(join(dir, "bare.git"));
  });

  test("in a linked worktree, and are those of the main one", async () => {
    const repo = await makeRepo();
    await repo.git(["worktree", "add", "--quiet", "../linked"]);
    await checkWorks(join(repo.dir, "linked"));
    expect(await loadedIds(openTodos(repo.root, join(repo.root, ".git")))).toEqual(["aaaaaaaa", "bbbbbbbb"]);
    expect(await repo.git(["status", "--porcelain"], { cwd: join(repo.dir, "linked") })).toBe("");
  });

  test("with sha256 objects", async () => {
    const root = join(makeTempDir(), "app");
    await mkdir(root);
    const init = await runProcess("git", ["init", "--quiet", "--object-format=sha256"], { cwd: root });
    expect(init).toMatchObject({ code: 0 });
    await checkWorks(root);
    expect((await openTodos(root, join(root, ".git")).load()).version).toMatch(/^[0-9a-f]{64}$/);
  });

  test("in a shallow clone, packed and collected", async () => {
    const repo = await makeTodoRepo();
    await repo.commit("second", { "b.txt": "b" });
    await repo.git(["clone", "--quiet", "--depth=1", `file://${repo.root}`, "../shallow"]);
    const shallow = join(repo.dir, "shallow");
    await checkWorks(shallow);
    await repo.git(["gc", "--quiet", "--prune=now"], { cwd: shallow });
    expect(await repo.git(["count-objects"], { cwd: shallow })).toBe("0 objects, 0 kilobytes");
    await checkWorks(shallow);
    await repo.git(["prune", "--expire=now"], { cwd: shallow });
    expect(await loadedIds(openTodos(shallow, join(shallow, ".git")))).toEqual(["aaaaaaaa", "bbbbbbbb"]);
  });

  test("for everybody who may write to a shared repository", async () => {
    const repo = await makeRepo();
    const umask = process.umask(0o002);
    try {
      await checkWorks(repo.root);
    } finally {
      process.umask(umask);
    }
    const modes = await Promise.all(
      ["incr", "incr/todos.lock"].map(async (path) => (await stat(join(repo.root, ".git", path))).mode & 0o777),
    );
    expect(modes).toEqual([0o775, 0o664]);
  });

  test("for a user without a name", async () => {
    const repo = await makeRepo();
    const home = makeTempDir();
    await writeFile(join(home, ".gitconfig"), "[user]\n\tuseConfigOnly = true\n");
    await checkWorks(repo.root, { ...process.env, HOME: home });
    expect(await repo.git(["log", "-1", "--format=%an <%ae>", REF])).toBe("incr <incr@localhost>");
  });

  test("for a user who signs everything and logs every ref", async () => {
    const repo = await makeRepo();
    for (const [key, value] of [
      ["commit.gpgSign", "true"],
      ["gpg.program", "false"],
      ["core.logAllRefUpdates", "always"],
      ["core.autocrlf", "true"],
      ["fastimport.unpackLimit", "1"],
    ] as const) {
      await repo.git(["config", key, value]);
    }
    await checkWorks(repo.root);
    expect(await repo.git(["reflog", "show", "--format=%h", REF])).not.toBe("");
  });

  test("whatever variables a hook has inherited from git", async () => {
    const repo = await makeRepo();
    const elsewhere = await makeRepo({ name: "elsewhere" });
    await checkWorks(repo.root, {
      ...process.env,
      GIT_DIR: join(elsewhere.root, ".git"),
      GIT_WORK_TREE: elsewhere.root,
      GIT_INDEX_FILE: join(elsewhere.root, ".git/index"),
      GIT_OBJECT_DIRECTORY: join(elsewhere.root, ".git/objects"),
      GIT_COMMON_DIR: join(elsewhere.root, ".git"),
      GIT_PREFIX: "sub/",
    });
    expect(await elsewhere.git(["for-each-ref", "refs/incr"])).toBe("");
  });

  test("inside a hook that git is running", async () => {
    const repo = await makeRepo();
    const worker = await bundleScript(new URL("worker.ts", import.meta.url));
    const order = {
      gitDir: join(repo.root, ".git"),
      lockDir: join(repo.root, ".git"),
      name: "hook",
      times: 1,
      size: 1,
    };
    const quoted = JSON.stringify(order).replaceAll("'", String.raw`'\''`);
    await installHook(repo, "pre-commit", `'${process.execPath}' '${worker}' '${quoted}' > hook-result`);
    await repo.commit("with a hook", { "b.txt": "b" });
    expect(JSON.parse(await repo.read("hook-result"))).toEqual({ decisions: 1 });
    expect(await loadedIds(openTodos(repo.root, join(repo.root, ".git")))).toEqual(["hook-0"]);
    expect(await repo.git(["log", "-1", "--format=%s"])).toBe("with a hook");
  });
});

describe("the user's own work", () => {
  test("does not notice: files, index, HEAD, branches, status, reflog", async () => {
    const repo = await makeTodoRepo({ files: { "a.txt": "a\n", "b.txt": "b\n" } });
    await repo.git(["branch", "feature"]);
    await repo.write("a.txt", "changed\n");
    await repo.git(["add", "a.txt"]);
    await repo.write("a.txt", "changed again\n");
    await repo.write("new.txt", "untracked\n");
    await repo.git(["rm", "--cached", "--quiet", "b.txt"]);
    const look = async () => ({
      status: await repo.git(["status", "--porcelain=v2", "--branch", "--untracked-files=all"]),
      diff: await repo.git(["diff", "HEAD"]),
      branches: await repo.git(["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"]),
      head: await readFile(join(repo.root, ".git/HEAD"), "utf8"),
      reflog: await repo.git(["reflog"]),
      index: (await readFile(join(repo.root, ".git/index"))).toString("base64"),
      file: await repo.read("a.txt"),
      stash: await repo.git(["stash", "list"]),
      fetchHead: await stat(join(repo.root, ".git/FETCH_HEAD")).catch(() => null),
    });
    const before = await look();
    const touched = (await stat(join(repo.root, ".git/index"), { bigint: true })).mtimeNs;
    await putIds(repo.todos, "aaaaaaaa", "bbbbbbbb");
    await put(repo.todos, makeTodo("aaaaaaaa", { title: "New" }));
    await repo.todos.load();
    expect((await stat(join(repo.root, ".git/index"), { bigint: true })).mtimeNs).toBe(touched);
    expect(await look()).toEqual(before);
    expect(await repo.git(["branch", "--all", "--format=%(refname)"])).toBe("refs/heads/feature\nrefs/heads/main");
  });

  test("has hooks that may fail: none of them is run", async () => {
    const repo = await makeTodoRepo();
    const hooks = [
      "reference-transaction",
      "post-checkout",
      "pre-commit",
      "post-commit",
      "post-index-change",
      "pre-auto-gc",
      "update",
      "pre-receive",
    ];
    for (const hook of hooks) await installHook(repo, hook, `echo ${hook} >> '${repo.dir}/ran'; exit 1`);
    await putIds(repo.todos, "aaaaaaaa");
    await put(repo.todos, makeTodo("aaaaaaaa", { title: "New" }));
    expect(await repo.todos.find("aaaaaaaa")).toMatchObject({ title: "New" });
    await expect(readFile(join(repo.dir, "ran"))).rejects.toThrow("ENOENT");
  });
});

async function installHook(repo: TestRepo, name: string, script: string): Promise<void> {
  const path = join(repo.root, ".git/hooks", name);
  await mkdir(join(repo.root, ".git/hooks"), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}
