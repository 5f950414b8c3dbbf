/** What `bye` says of commits, files and uncommitted work, whatever was done to the history meanwhile. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plainDesk, repoDesk } from "./desk.ts";
import { makeTempDir } from "../support/temp.ts";

type RepoDesk = Awaited<ReturnType<typeof repoDesk>>;

async function opened(options?: Parameters<typeof repoDesk>[0]): Promise<RepoDesk> {
  const desk = await repoDesk(options);
  await desk.at("14:30").prepare(["hello"]);
  return desk;
}
const bye = async (desk: RepoDesk) => {
  const { session } = await desk.at("15:00").json(["bye"]);
  return { commits: session.commits, files: session.files_changed };
};
const commit = async (desk: RepoDesk, message: string, files: Record<string, string> = {}) => {
  for (const [file, text] of Object.entries(files)) await desk.repo.write(file, text);
  if (Object.keys(files).length > 0) await desk.repo.git(["add", "--", ...Object.keys(files)]);
  await desk.repo.git(["commit", "--quiet", "--allow-empty", "--message", message]);
};

test("nothing", async () => {
  expect(await bye(await opened())).toEqual({ commits: 0, files: 0 });
});

test("a file that was changed twice, a renamed one, a deleted one", async () => {
  const desk = await opened({ files: { "a.txt": "a\nb\nc\n", "b.txt": "b\n", "c.txt": "c\n" } });
  await commit(desk, "one", { "c.txt": "1\n" });
  await commit(desk, "two", { "c.txt": "2\n" });
  await desk.repo.git(["mv", "a.txt", "é 'new' name.txt"]);
  await desk.repo.git(["rm", "--quiet", "b.txt"]);
  await commit(desk, "three");
  expect(await bye(desk)).toEqual({ commits: 3, files: 3 });
  expect(desk.report("2026-01-07-T1430").files).toEqual(["b.txt", "c.txt", "é 'new' name.txt"]);
});

test("an amended commit is one commit", async () => {
  const desk = await opened();
  await commit(desk, "one", { "a.txt": "a\n" });
  await desk.repo.write("b.txt", "b\n");
  await desk.repo.git(["add", "b.txt"]);
  await desk.repo.git(["commit", "--quiet", "--amend", "--message", "better"]);
  expect(await bye(desk)).toEqual({ commits: 1, files: 2 });
});

test("a commit of before that was amended is one commit", async () => {
  const desk = await opened();
  await desk.repo.git(["commit", "--quiet", "--amend", "--message", "better"]);
  expect(await bye(desk)).toMatchObject({ commits: 1 });
});

test("rebased commits are those that HEAD reaches now and did not before", async () => {
  const desk = await repoDesk();
  await desk.repo.git(["switch", "--quiet", "--create", "topic"]);
  await commit(desk, "before", { "before.txt": "1\n" });
  await desk.at("14:30").ok(["hello"]);
  await commit(desk, "mine", { "mine.txt": "1\n" });
  await desk.repo.git(["switch", "--quiet", "main"]);
  await commit(desk, "upstream", { "upstream.txt": "1\n" });
  await desk.repo.git(["switch", "--quiet", "topic"]);
  await desk.repo.git(["rebase", "--quiet", "main"]);
  // upstream, and both of the topic's anew
  expect(await bye(desk)).toEqual({ commits: 3, files: 3 });
});

test("a merge counts with what it brings, and with the conflict that it resolves", async () => {
  const desk = await repoDesk({ files: { "shared.txt": "0\n" } });
  await desk.repo.git(["switch", "--quiet", "--create", "topic"]);
  await commit(desk, "topic", { "shared.txt": "topic\n", "topic.txt": "1\n" });
  await desk.repo.git(["switch", "--quiet", "main"]);
  await commit(desk, "main", { "shared.txt": "main\n" });
  await desk.at("14:30").ok(["hello"]);
  await desk.repo.git(["merge", "--quiet", "topic"]).catch(() => undefined);
  await desk.repo.write("shared.txt", "both\n");
  await desk.repo.git(["add", "shared.txt"]);
  await commit(desk, "merge");
  expect(await bye(desk)).toEqual({ commits: 2, files: 2 });
});

test("another branch, a detached HEAD, an orphan", async () => {
  const desk = await opened();
  await desk.repo.git(["switch", "--quiet", "--create", "topic"]);
  await commit(desk, "one", { "a.txt": "a\n" });
  expect(await bye(desk)).toEqual({ commits: 1, files: 1 });
  expect(desk.state().last_session.branch).toBe("main");

  await desk.at("15:00").ok(["hello"]);
  await desk.repo.git(["switch", "--quiet", "--detach", "HEAD"]);
  await commit(desk, "two", { "b.txt": "b\n" });
  expect(await bye(desk)).toEqual({ commits: 1, files: 1 });

  const greeting = await desk.json(["hello"]);
  expect(greeting.branch).toBeNull();
  await desk.repo.git(["switch", "--quiet", "--orphan", "empty"]);
  expect(await bye(desk)).toEqual({ commits: 0, files: 0 });
});

test("a branch without commits at hello, and still at bye", async () => {
  const desk = await opened({ files: null });
  expect(desk.state().current_session).toMatchObject({ branch: "main", heads: { ".": null } });
  await commit(desk, "first", { "a.txt": "a\n" });
  expect(await bye(desk)).toEqual({ commits: 1, files: 1 });
  const empty = await opened({ files: null });
  expect(await bye(empty)).toEqual({ commits: 0, files: 0 });
});

test("no git at all", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  const { session } = await desk.at("15:00").json(["bye"]);
  expect(session).toMatchObject({ branch: null, commits: 0, files_changed: 0, uncommitted: null });
  expect(await desk.at("15:01").ok(["hello"])).toContain("Uncommitted changes: not known");
});

test("a repository whose git is not there any more, or cannot be started", async () => {
  const desk = await opened();
  await desk.at("14:40").ok(["log", "with git"]);
  const empty = makeTempDir("no-git-");
  expect(await desk.at("14:45").json(["log", "without git"], { env: { PATH: empty } })).toMatchObject({
    branch: "main",
    uncommitted: null,
  });
  const { session } = await desk.at("15:00").json(["bye"], { env: { PATH: empty } });
  // HEAD has not moved, which the files alone tell
  expect(session).toMatchObject({ commits: 0, summary: "with git; without git" });
});

test("a history that is gone is not known, and no reason to fail", async () => {
  const desk = await opened();
  await commit(desk, "one");
  const head = desk.state().current_session.heads["."];
  rmSync(join(desk.root, ".git", "objects", head.slice(0, 2), head.slice(2)));
  expect(await bye(desk)).toEqual({ commits: null, files: null });
  expect(desk.read("work-shell.md")).toContain(": commits not known\n");
});

test("without a reflog, a session that was left alone has the commits that there are", async () => {
  const desk = await repoDesk();
  await desk.repo.git(["config", "core.logAllRefUpdates", "false"]);
  rmSync(join(desk.root, ".git", "logs"), { recursive: true });
  await desk.at("14:30").ok(["hello"]);
  await commit(desk, "one");
  await desk.at("18:00").ok(["hello"]);
  expect(desk.report("2026-01-07-T1430")).toMatchObject({ ended: "2026-01-07T14:30:00Z", commits: 1 });
});

test("a state that came with a repository cannot make git do or read anything else", async () => {
  const desk = await opened();
  const state = desk.state();
  const target = join(makeTempDir(), "written");
  desk.write(
    ".work-shell/state.json",
    JSON.stringify({ ...state, current_session: { ...state.current_session, heads: { ".": `--output=${target}` } } }),
  );
  expect(await desk.run(["bye"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is not the id of a commit"),
  });
  const other = await repoDesk();
  await commit(other, "of another repository");
  const heads = { ...state.current_session.heads, [other.root]: null };
  desk.write(
    ".work-shell/state.json",
    JSON.stringify({ ...state, current_session: { ...state.current_session, heads } }),
  );
  expect(await bye(desk)).toEqual({ commits: 0, files: 0 });
});

describe("what is not committed", () => {
  test("is reported apart, and the journal's own files are no part of it", async () => {
    const desk = await opened({ files: { "a.txt": "a\n", "b.txt": "b\n" } });
    await desk.repo.write("a.txt", "staged\n");
    await desk.repo.git(["add", "a.txt"]);
    await desk.repo.write("a.txt", "and changed\n");
    await desk.repo.write("b.txt", "changed\n");
    await desk.repo.write("new/c.txt", "new\n");
    const { stdout } = await desk.at("15:00").run(["bye"]);
    expect(stdout).toContain("Not committed: 1 staged, 2 modified, 1 untracked\n");
    expect(desk.report("2026-01-07-T1430").uncommitted).toEqual({
      staged: 1,
      modified: 2,
      untracked: 1,
      conflicted: 0,
    });
  });

  test("conflicts too", async () => {
    const desk = await opened({ files: { "a.txt": "a\n" } });
    await desk.repo.git(["switch", "--quiet", "--create", "topic"]);
    await commit(desk, "topic", { "a.txt": "topic\n" });
    await desk.repo.git(["switch", "--quiet", "main"]);
    await commit(desk, "main", { "a.txt": "main\n" });
    await desk.repo.git(["merge", "--quiet", "topic"]).catch(() => undefined);
    expect(await desk.at("14:40").ok(["hello"])).toContain("Pending changes, not committed: 1 conflicted\n");
  });
});

describe("linked worktrees", () => {
  test("share the journal of the main checkout, and their commits count from their first note", async () => {
    const desk = await repoDesk();
    const linked = join(makeTempDir(), "linked");
    await desk.repo.git(["worktree", "add", "--quiet", "-b", "topic", linked]);
    await desk.repo.git(["commit", "--quiet", "--allow-empty", "--message", "before"], { cwd: linked });
    await desk.at("14:30").ok(["hello"]);
    await desk.in(linked).at("14:35").ok(["log", "from the worktree"]);
    expect(desk.state().current_session).toMatchObject({
      branch: "main",
      quick_notes: [{ note: "from the worktree", branch: "topic" }],
    });
    writeFileSync(join(linked, "a.txt"), "a\n");
    await desk.repo.git(["add", "a.txt"], { cwd: linked });
    await desk.repo.git(["commit", "--quiet", "--message", "there"], { cwd: linked });
    await desk.repo.git(["commit", "--quiet", "--allow-empty", "--message", "here"]);
    const { session } = await desk.in(linked).at("15:00").json(["bye"]);
    expect(session).toMatchObject({ commits: 2, files_changed: 1 });
    expect(desk.list(".work-shell")).toContain("state.json");
  });

  test("a worktree that was removed since is left out", async () => {
    const desk = await repoDesk();
    const linked = join(makeTempDir(), "linked");
    await desk.repo.git(["worktree", "add", "--quiet", "-b", "topic", linked]);
    await desk.in(linked).at("14:30").ok(["hello"]);
    await desk.repo.git(["worktree", "remove", linked]);
    await commit(desk, "here");
    expect(await bye(desk)).toEqual({ commits: 1, files: 0 });
  });
});

describe("the journal lies", () => {
  test("in the main checkout, from any folder of it", async () => {
    const desk = await repoDesk({ files: { "src/deep/a.txt": "a\n" } });
    await desk
      .in(join(desk.root, "src", "deep"))
      .at("14:30")
      .ok(["hello"]);
    expect(desk.list(".work-shell")).toContain("state.json");
    expect(desk.list("src/deep")).toEqual(["a.txt"]);
  });

  test("without git in the nearest folder upward that has one, else here", async () => {
    const desk = plainDesk();
    const deep = join(desk.root, "a", "b");
    mkdirSync(deep, { recursive: true });
    await desk.in(deep).at("14:30").ok(["hello"]);
    expect(desk.list("a/b/.work-shell")).toContain("state.json");
    const other = plainDesk();
    mkdirSync(join(other.root, "a", "b"), { recursive: true });
    await other.at("14:30").ok(["hello"]);
    await other
      .in(join(other.root, "a", "b"))
      .at("14:31")
      .ok(["log", "note"]);
    expect(other.list("a/b")).toEqual([]);
    expect(other.state().current_session.quick_notes).toHaveLength(1);
  });

  test("in a bare repository beside its worktrees", async () => {
    const desk = await repoDesk();
    const bare = join(makeTempDir(), "bare.git");
    await desk.repo.git(["clone", "--quiet", "--bare", desk.root, bare]);
    const tree = join(makeTempDir(), "tree");
    await desk.repo.git(["worktree", "add", "--quiet", tree, "main"], { cwd: bare });
    const here = desk.in(tree);
    await here.at("14:30").ok(["hello"]);
    await desk.repo.git(["commit", "--quiet", "--allow-empty", "--message", "one"], { cwd: tree });
    expect((await here.at("14:40").json(["bye"])).session).toMatchObject({ commits: 1, branch: "main" });
    expect((await here.at("14:50").json(["hello"])).root).toBe(bare);
  });
});
