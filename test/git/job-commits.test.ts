/** What git does for jobs: trees of what agents leave, and the step that puts a commit on its branch. */
import { rmSync, statSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { createGit } from "../../src/git/git.ts";
import { createJobCommits } from "../../src/git/job-commits.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { waitFor } from "../support/wait.ts";

let repo: TestRepo;
let base: string;
const commits = () =>
  createJobCommits({
    git: createGit(repo.root, process.env),
    commonDir: `${repo.root}/.git`,
    mainRoot: repo.root,
    workstreams: false,
  });
const expected = async () => ({ branch: "main", commit: base, tree: await commits().treeOf(base) });
const look = async () => await commits().look(repo.root, await expected(), []);
const filesOf = async (tree: string) => (await repo.git(["ls-tree", "-r", "--name-only", tree])).split("\n");

beforeEach(async () => {
  repo = await makeRepo({ files: { "a.txt": "a\n", "incr.toml": "\n", ".gitignore": "made\n" } });
  base = await repo.git(["rev-parse", "HEAD"]);
});

describe("looking", () => {
  test.each<[string, () => Promise<unknown>]>([
    ["nothing", async () => {}],
    ["an ignored file", async () => await repo.write("made", "x")],
    ["an answer of an agent", async () => await repo.write(".incr-review", "ACCEPT")],
    ["a file of ours that is tracked", async () => await repo.write("incr.toml", "[job]\n")],
    ["a file that was written again as it was", async () => await repo.write("a.txt", "a\n")],
  ])("finds nothing where there is %s", async (_, change) => {
    await change();
    expect(await look()).toEqual({ tree: (await expected()).tree, inPlace: true });
  });

  test("leaves an answer out that an agent has committed, and keeps what else it has committed", async () => {
    const before = await expected();
    await repo.write(".incr-commit-message", "Add b\n");
    await repo.write("b.txt", "b\n");
    await repo.git(["add", "--force", "."]);
    await repo.git(["commit", "--quiet", "--message", "mine"]);
    const { tree, inPlace } = await commits().look(repo.root, before, []);
    expect(inPlace).toBe(false);
    expect(await filesOf(tree)).toEqual([".gitignore", "a.txt", "b.txt", "incr.toml"]);
  });

  // git compares the seconds of times, and for the rest goes by when the index was written.
  test("finds a change of the same length in the second of the one before, however much later it looks", async () => {
    const secondOf = (file: string) => Math.floor(statSync(`${repo.root}/${file}`).mtimeMs / 1000);
    const seconds = await waitFor("two changes within a second", async () => {
      await repo.write("a.txt", "b\n");
      const first = secondOf("a.txt");
      await repo.git(["add", "a.txt"]);
      await repo.write("a.txt", "c\n");
      const all = new Set([first, secondOf(".git/index"), secondOf("a.txt")]);
      return all.size === 1 ? [...all] : undefined;
    });
    await waitFor("the second to be over", () => Date.now() >= (Math.max(...seconds) + 1) * 1000);
    const { tree } = await look();
    expect(await repo.git(["show", `${tree}:a.txt`])).toBe("c");
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ["a changed file", async () => await repo.write("a.txt", "b\n"), "a.txt"],
    ["a new file", async () => await repo.write("ä b.txt", "b\n"), "ä b.txt"],
    ["a file that is gone", async () => rmSync(`${repo.root}/a.txt`), "a.txt"],
    [
      "a change that is staged",
      async () => {
        await repo.write("a.txt", "b\n");
        await repo.git(["add", "a.txt"]);
      },
      "a.txt",
    ],
    [
      "an ignored file that was added",
      async () => {
        await repo.write("made", "x");
        await repo.git(["add", "--force", "made"]);
      },
      "made",
    ],
    [
      "a file that is to be added",
      async () => {
        await repo.write("new.txt", "x");
        await repo.git(["add", "--intent-to-add", "new.txt"]);
      },
      "new.txt",
    ],
    [
      "a change that git was told to overlook",
      async () => {
        await repo.git(["update-index", "--assume-unchanged", "a.txt"]);
        await repo.write("a.txt", "hidden\n");
      },
      "a.txt",
    ],
    ["a commit of the agent's own", async () => await repo.commit("mine", { "own.txt": "x" }), "own.txt"],
    [
      "a branch of the agent's own",
      async () => {
        await repo.git(["switch", "--quiet", "-c", "other"]);
        await repo.commit("mine", { "own.txt": "x" });
      },
      "own.txt",
    ],
  ])("finds %s", async (_, change, name) => {
    await change();
    const { tree, inPlace } = await look();
    expect(await commits().listDifferences((await expected()).tree, tree)).toEqual([name]);
    expect(inPlace).toBe(false);
  });

  test("finds the files where they belong while HEAD is elsewhere", async () => {
    await repo.git(["switch", "--quiet", "--detach"]);
    expect(await look()).toEqual({ tree: (await expected()).tree, inPlace: false });
  });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      "another repository",
      async () => await repo.git(["init", "--quiet", "inner"]).then(() => repo.write("inner/x", "x")),
      "inner",
    ],
    [
      "a merge with conflicts",
      async () => {
        await repo.git(["switch", "--quiet", "-c", "other"]);
        await repo.commit("theirs", { "a.txt": "theirs\n" });
        await repo.git(["switch", "--quiet", "main"]);
        await repo.commit("ours", { "a.txt": "ours\n" });
        await repo.git(["merge", "other"]).catch(() => {});
      },
      "an unfinished merge",
    ],
  ])("refuses %s", async (_, change, words) => {
    await change();
    await expect(look()).rejects.toMatchObject({ code: "unsafe", message: expect.stringContaining(words) });
  });
});

describe("putting a commit on its branch", () => {
  const draft = async () => {
    await repo.write("a.txt", "b\n");
    await repo.write("made", "x");
    await repo.git(["add", "--force", "made"]);
    const { tree } = await look();
    const commit = await commits().makeCommit(repo.root, { tree, parent: base, message: "Mine\n" });
    return { tree, commit };
  };

  test("moves the branch, HEAD and the index, and no file; twice is once", async () => {
    const { commit, tree } = await draft();
    expect(await repo.git(["rev-parse", "main"])).toBe(base);
    for (let n = 0; n < 2; n += 1) {
      await commits().standOn(repo.root, { branch: "main", commit, from: base });
      expect(await repo.git(["rev-parse", "HEAD", "main"])).toBe(`${commit}\n${commit}`);
      expect(await repo.git(["status", "--porcelain"])).toBe("");
    }
    expect(await filesOf(tree)).toEqual([".gitignore", "a.txt", "incr.toml", "made"]);
    expect(await commits().listCommits(base, "main")).toEqual([`${commit.slice(0, 7)} Mine`]);
  });

  test("stages what waits for its verdict, wherever the agent had gone", async () => {
    const { tree } = await draft();
    await repo.git(["switch", "--quiet", "-c", "other"]);
    await repo.git(["commit", "--quiet", "--all", "--message", "mine"]);
    await commits().standOn(repo.root, { branch: "main", commit: base, from: base, staged: tree });
    expect(await repo.git(["symbolic-ref", "--short", "HEAD"])).toBe("main");
    expect(await repo.git(["write-tree"])).toBe(tree);
    expect(await repo.git(["status", "--porcelain"])).toBe("M  a.txt\nA  made");
  });

  test("lets commits give way that were made on the branch since, and refuses a branch that was changed otherwise", async () => {
    const { commit } = await draft();
    await repo.git(["commit", "--quiet", "--all", "--message", "the agent's"]);
    await commits().standOn(repo.root, { branch: "main", commit, from: base });
    expect(await repo.git(["rev-parse", "main"])).toBe(commit);
    const elsewhere = await repo.git(["commit-tree", `${base}^{tree}`, "-m", "rewritten"]);
    await repo.git(["update-ref", "refs/heads/main", elsewhere]);
    const refused = commits().standOn(repo.root, { branch: "main", commit, from: base });
    await expect(refused).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("does not continue"),
    });
    await repo.git(["update-ref", "-d", "refs/heads/main"]);
    const gone = commits().standOn(repo.root, { branch: "main", commit, from: base });
    await expect(gone).rejects.toMatchObject({ code: "conflict", message: "the branch main is gone" });
  });
});

describe("showing a difference", () => {
  test("gives all of it, and of one that is too long the files", async () => {
    await repo.git(["mv", "a.txt", "b.txt"]);
    const next = await repo.commit("next", { "ä.txt": "new\n" });
    const { summary, diff } = await commits().showDifference(base, next);
    expect(summary).toMatch(/ a\.txt => b\.txt +\| 0\n.* \| 1 \+\n 2 files changed, 1 insertion\(\+\)$/);
    expect(diff).toContain("rename from a.txt\nrename to b.txt\n");
    expect(diff).toContain("\n+new\n");
    const long = await repo.commit("long", { "one-line.txt": "x".repeat(70_000) });
    expect(await commits().showDifference(next, long)).toEqual({
      summary: expect.stringContaining("one-line.txt | 1 +"),
      diff: null,
    });
    expect(await commits().showDifference(next, next)).toEqual({ summary: "", diff: "" });
  });
});
