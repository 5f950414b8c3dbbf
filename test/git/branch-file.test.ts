/** The tip of a branch, read from its file or told by git: the same, however git stores it. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { readBranchFile } from "../../src/git/branch-file.ts";
import { makeRepo } from "../support/repo.ts";

test("a branch's own file says where it stands; for anything else git has to be asked", async () => {
  const repo = await makeRepo();
  const { git } = repo;
  const folder = join(repo.root, ".git");
  const tip = await git(["rev-parse", "main"]);
  await git(["branch", "incr/stream/001-x/t-01.01.01"]);
  expect(readBranchFile(folder, "incr/stream/001-x/t-01.01.01")).toBe(tip);
  expect(readBranchFile(folder, "incr/stream/001-x")).toBeUndefined();
  expect(readBranchFile(folder, "nothing")).toBeUndefined();
  expect(readBranchFile(folder, "../heads/main")).toBeUndefined();
  await git(["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
  expect(readBranchFile(folder, "alias")).toBeUndefined();
  await git(["pack-refs", "--all"]);
  expect(readBranchFile(folder, "main")).toBeUndefined();
  const next = await repo.commit("second");
  expect(readBranchFile(folder, "main")).toBe(next);
});
