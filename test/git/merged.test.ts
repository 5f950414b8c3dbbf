import { describe, expect, test } from "vitest";
import { createGit } from "../../src/git/git.ts";
import { isMerged } from "../../src/git/worktree/merged.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";

/** A branch `topic` with two commits on `file`, and the main branch at the commit before. */
async function makeTopic(): Promise<TestRepo> {
  const repo = await makeRepo({ files: { file: "1\n2\n3\n4\n5\n", other: "other\n" } });
  await repo.git(["switch", "--quiet", "--create", "topic"]);
  await repo.commit("one", { file: "1\nTWO\n3\n4\n5\n" });
  await repo.commit("two", { file: "1\nTWO\n3\nFOUR\n5\n" });
  await repo.git(["switch", "--quiet", "main"]);
  return repo;
}

describe("a branch", () => {
  test.each<[string, boolean, (repo: TestRepo) => Promise<unknown>]>([
    ["that nobody took is not merged", false, async (repo) => await repo.commit("else", { other: "changed\n" })],
    ["that was merged is", true, async (repo) => await repo.git(["merge", "--quiet", "--no-ff", "topic"])],
    ["that was fast-forwarded to is", true, async (repo) => await repo.git(["merge", "--quiet", "topic"])],
    [
      "that was squashed is",
      true,
      async (repo) => {
        await repo.git(["merge", "--quiet", "--squash", "topic"]);
        await repo.commit("squashed");
      },
    ],
    [
      "that was squashed onto other work is",
      true,
      async (repo) => {
        await repo.commit("else", { other: "changed\n" });
        await repo.git(["merge", "--quiet", "--squash", "topic"]);
        await repo.commit("squashed");
        await repo.commit("more", { other: "changed again\n" });
      },
    ],
    [
      "that was squashed, and then developed further in the same places, is",
      true,
      async (repo) => {
        await repo.git(["merge", "--quiet", "--squash", "topic"]);
        await repo.commit("squashed");
        await repo.commit("more", { file: "1\nSECOND\n3\nFOURTH\n5\n" });
      },
    ],
    [
      "whose commits were picked one by one is",
      true,
      async (repo) => {
        await repo.commit("else", { other: "changed\n" });
        await repo.git(["cherry-pick", "topic~1", "topic"]);
      },
    ],
    [
      "of which one commit was picked is not",
      false,
      async (repo) => {
        await repo.commit("else", { other: "changed\n" });
        await repo.git(["cherry-pick", "topic~1"]);
      },
    ],
    [
      "that was merged and taken back is, since it is reached",
      true,
      async (repo) => {
        await repo.git(["merge", "--quiet", "--no-ff", "topic"]);
        await repo.git(["revert", "--no-edit", "-m", "1", "HEAD"]);
      },
    ],
    [
      "that shares no history is not",
      false,
      async (repo) => {
        await repo.git(["checkout", "--quiet", "--orphan", "fresh"]);
        await repo.commit("fresh", { fresh: "x\n" });
        await repo.git(["branch", "-M", "main"]);
      },
    ],
  ])("%s", async (_what, merged, act) => {
    const repo = await makeTopic();
    await act(repo);
    const git = createGit(repo.root, process.env);
    const [tip, target] = [await repo.git(["rev-parse", "topic"]), await repo.git(["rev-parse", "main"])];
    expect(await isMerged(git, tip, target)).toBe(merged);
    const objects = await repo.git(["count-objects"]);
    expect(await isMerged(git, tip, target)).toBe(merged);
    expect(await repo.git(["count-objects"])).toBe(objects);
  });
});
