/** What the journal reads of git without starting it must be what git says. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readHead } from "../../src/journal/git/head.ts";
import { countChanges } from "../../src/journal/git/working-tree.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";

test("HEAD on a branch, packed, unborn, detached, in a worktree, with odd names", async () => {
  const repo = await makeRepo();
  const gitDir = join(repo.root, ".git");
  const says = async (cwd = repo.root) => ({
    branch: await repo.git(["symbolic-ref", "--short", "HEAD"], { cwd }).catch(() => null),
    commit: await repo.git(["rev-parse", "--verify", "HEAD"], { cwd }).catch(() => null),
  });
  expect(readHead(gitDir, gitDir)).toEqual(await says());
  await repo.git(["switch", "--quiet", "--create", "feature/é'x"]);
  await repo.git(["branch", "feature/é'x2"]);
  await repo.git(["pack-refs", "--all"]);
  expect(readHead(gitDir, gitDir)).toEqual(await says());
  await repo.commit("loose over packed");
  expect(readHead(gitDir, gitDir)).toEqual(await says());
  await repo.git(["switch", "--quiet", "--detach"]);
  expect(readHead(gitDir, gitDir)).toEqual(await says());
  const linked = join(makeTempDir(), "linked");
  await repo.git(["worktree", "add", "--quiet", "-b", "there", linked]);
  expect(readHead(join(gitDir, "worktrees", "linked"), gitDir)).toEqual(await says(linked));
  await repo.git(["switch", "--quiet", "--orphan", "new"]);
  expect(readHead(gitDir, gitDir)).toEqual({ branch: "new", commit: null });
});

test("what the files do not tell is not known", async () => {
  const repo = await makeRepo();
  const gitDir = join(repo.root, ".git");
  for (const text of ["ref: refs/heads/.invalid\n", "nonsense\n", ""]) {
    writeFileSync(join(gitDir, "HEAD"), text);
    expect(readHead(gitDir, gitDir)).toBeUndefined();
  }
  expect(readHead(join(gitDir, "nowhere"), gitDir)).toBeUndefined();
});

test("a repository with SHA-256", () => {
  const dir = makeTempDir();
  execFileSync("git", ["init", "--quiet", "--object-format=sha256", dir]);
  execFileSync("git", ["commit", "--quiet", "--allow-empty", "--message", "one"], { cwd: dir });
  const head = execFileSync("git", ["rev-parse", "HEAD"], { cwd: dir, encoding: "utf8" }).trim();
  expect(readHead(join(dir, ".git"), join(dir, ".git"))).toMatchObject({ commit: head });
});

test("changes are counted, without the journal's own", () => {
  const lines = [
    "# branch.oid abc",
    "1 M. N... 100644 100644 100644 a b staged",
    "1 .M N... 100644 100644 100644 a b with space",
    "1 MM N... 100644 100644 100644 a b both",
    "1 .M N... 100644 100644 100644 a b work-shell.md",
    "1 A. N... 000000 100644 100644 a b .work-shell/logs/x.md",
    "u UU N... 100644 100644 100644 100644 a b c conflict",
    "? new file",
    "? .work-shell/",
    "? work-shell.md.orig",
  ];
  expect(countChanges(`${lines.join("\0")}\0`)).toEqual({ staged: 2, modified: 2, untracked: 2, conflicted: 1 });
});
