import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findRepository } from "../../src/git/repository.ts";
import { parseStatus } from "../../src/git/worktree/inspect.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";

describe("the repository of a folder", () => {
  test("is found from every folder of the main checkout, through links too", async () => {
    const { root, dir } = await makeRepo({ files: { "a/b/c": "x" } });
    const expected = { root, commonDir: join(root, ".git"), worktree: root, linked: false, bare: false };
    expect(findRepository(root)).toEqual(expected);
    expect(findRepository(join(root, "a/b"))).toEqual(expected);
    symlinkSync(join(root, "a"), join(dir, "link"));
    expect(findRepository(join(dir, "link/b"))).toEqual(expected);
    expect(findRepository(join(root, ".git"))).toMatchObject({ root, worktree: root });
    expect(findRepository(dir)).toBeNull();
    expect(findRepository(join(dir, "nowhere"))).toBeNull();
  });

  test("is the same one from a linked worktree", async () => {
    const repo = await makeRepo({ name: "with\nline break" });
    const linked = join(repo.dir, "linked");
    await repo.git(["worktree", "add", "--quiet", linked]);
    expect(findRepository(linked)).toEqual({
      root: repo.root,
      commonDir: join(repo.root, ".git"),
      worktree: linked,
      linked: true,
      bare: false,
    });
  });

  test("may be bare, also with worktrees", async () => {
    const repo = await makeRepo();
    const bare = join(repo.dir, "bare.git");
    await repo.git(["clone", "--quiet", "--bare", repo.root, bare]);
    expect(findRepository(bare)).toEqual({ root: bare, commonDir: bare, worktree: null, linked: false, bare: true });
    const linked = join(repo.dir, "linked");
    await repo.git(["worktree", "add", "--quiet", linked], { cwd: bare });
    expect(findRepository(linked)).toEqual({ root: bare, commonDir: bare, worktree: linked, linked: true, bare: true });
  });

  test("may be a submodule, or have its git directory elsewhere", async () => {
    const library = await makeRepo();
    const repo = await makeRepo();
    await repo.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.root, "lib"]);
    const modules = join(repo.root, ".git/modules/lib");
    const lib = { root: join(repo.root, "lib"), commonDir: modules, linked: false, bare: false };
    expect(findRepository(join(repo.root, "lib"))).toEqual({ ...lib, worktree: lib.root });
    await repo.git(["worktree", "add", "--quiet", join(repo.dir, "linked")], { cwd: lib.root });
    expect(findRepository(join(repo.dir, "linked"))).toMatchObject({
      ...lib,
      linked: true,
      worktree: join(repo.dir, "linked"),
    });
    const away = join(library.dir, "away.git");
    await library.git(["init", "--quiet", `--separate-git-dir=${away}`]);
    expect(findRepository(library.root)).toMatchObject({ root: library.root, commonDir: away, worktree: library.root });
  });

  test("is not what only looks like one", () => {
    const folder = realpathSync(makeTempDir());
    mkdirSync(join(folder, ".git"));
    expect(findRepository(folder)).toBeNull();
    rmSync(join(folder, ".git"), { recursive: true });
    for (const text of ["", "gitdir: ", "gitdir: /nowhere/at/all\n", "something else\n"]) {
      writeFileSync(join(folder, ".git"), text);
      expect(findRepository(folder)).toBeNull();
    }
  });

  test("is never what GIT_DIR says", async () => {
    const repo = await makeRepo();
    process.env["GIT_DIR"] = "/somewhere/else";
    try {
      expect(findRepository(repo.root)?.root).toBe(repo.root);
    } finally {
      delete process.env["GIT_DIR"];
    }
  });
});

test("git status is read with every kind of entry and every kind of name", () => {
  const output = [
    "# branch.oid 1111111111111111111111111111111111111111",
    "# branch.head incr/x",
    "1 M. N... 100644 100644 100644 a a with spaces and\nbreak",
    "1 .M N... 100644 100644 100644 a a -dash",
    "1 .M SCMU 160000 160000 160000 a a lib",
    "u UU N... 100644 100644 100644 100644 a b c both ways",
    "? new file",
    "? nested/",
    "? incr.toml",
    "",
  ].join("\0");
  expect(parseStatus(output, (path, tracked) => path === "incr.toml" && !tracked)).toEqual({
    head: "1".repeat(40),
    branch: "incr/x",
    changed: ["with spaces and\nbreak", "-dash", "lib", "both ways", "new file", "nested/"],
    unmerged: ["both ways"],
    nested: ["nested"],
    submodules: ["lib has uncommitted changes"],
  });
  const unborn = parseStatus("# branch.oid (initial)\0# branch.head (detached)\0", () => false);
  expect(unborn).toMatchObject({ head: null, branch: null, changed: [] });
});
