/** `git.auto_commit`: the journal's own files and nothing else. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repoDesk } from "./desk.ts";

type RepoDesk = Awaited<ReturnType<typeof repoDesk>>;

const HISTORY = "work-shell.md";
const REPORTS = [".work-shell/sessions/2026-01-07-T1430.json", ".work-shell/sessions/2026-01-07-T1430.md"];
const ALL = [".work-shell/.gitignore", ".work-shell/logs/2026-01-07.md", ...REPORTS, HISTORY];

async function committing(files: Record<string, string> = { "a.txt": "a\n", "b.txt": "b\n" }): Promise<RepoDesk> {
  const desk = await repoDesk({ files });
  mkdirSync(join(desk.root, ".work-shell"));
  desk.write(".work-shell/config.yaml", "git:\n  auto_commit: true # always\n");
  return desk;
}
const session = async (desk: RepoDesk, hour = "14") => {
  await desk.at(`${hour}:30`).ok(["log", `note of ${hour}`]);
  return await desk.at(`${hour}:40`).run(["bye"]);
};
const filesOf = async (desk: RepoDesk, commit = "HEAD") =>
  (await desk.repo.git(["show", "--format=", "--name-only", "--no-renames", commit])).split("\n").toSorted();
const status = (desk: RepoDesk) => desk.repo.git(["status", "--porcelain", "--untracked-files=all"]);
const count = async (desk: RepoDesk) => Number(await desk.repo.git(["rev-list", "--count", "HEAD"]));

test("commits what the journal wrote, on the branch, with the user's identity", async () => {
  const desk = await committing();
  expect(await session(desk)).toMatchObject({ code: 0 });
  expect(await filesOf(desk)).toEqual(ALL);
  expect(await desk.repo.git(["log", "-1", "--format=%an %ae|%s|%b"])).toBe(
    "Test User test@example.com|Journal: note of 14|Session 2026-01-07-T1430\n",
  );
  expect(await status(desk)).toBe("?? .work-shell/config.yaml");
  expect(desk.state().incr).toBeUndefined();
  await session(desk, "16");
  expect(await filesOf(desk)).toEqual([
    ".work-shell/logs/2026-01-07.md",
    ".work-shell/sessions/2026-01-07-T1630.json",
    ".work-shell/sessions/2026-01-07-T1630.md",
    HISTORY,
  ]);
});

test("without the setting nothing is committed", async () => {
  const desk = await repoDesk();
  await session(desk);
  expect(await count(desk)).toBe(1);
});

test("what is staged stays staged, what is changed stays changed, what is deleted stays deleted", async () => {
  const desk = await committing();
  await desk.repo.write("a.txt", "staged\n");
  await desk.repo.git(["add", "a.txt"]);
  await desk.repo.write("a.txt", "staged, then changed\n");
  await desk.repo.write("new.txt", "staged too\n");
  await desk.repo.git(["add", "new.txt"]);
  await desk.repo.git(["rm", "--quiet", "--cached", "b.txt"]);
  const before = await status(desk);
  await session(desk);
  expect(await filesOf(desk)).toEqual(ALL);
  expect(await status(desk)).toBe(before);
  expect(await desk.repo.git(["show", ":a.txt"])).toBe("staged");
});

test("of work-shell.md only the entry: other edits stay uncommitted, staged ones staged", async () => {
  const desk = await committing({ [HISTORY]: "# Mine\n\ntext\n" });
  desk.write(HISTORY, "# Mine\n\ntext, staged\n");
  await desk.repo.git(["add", HISTORY]);
  desk.write(HISTORY, "# Mine\n\ntext, staged, changed\n");
  await session(desk);
  const section = "\n## Session History\n\n### 2026-01-07-T1430\n";
  expect(await desk.repo.git(["show", `HEAD:${HISTORY}`])).toContain(`# Mine\n\ntext\n${section}`);
  expect(await desk.repo.git(["show", `:${HISTORY}`])).toContain(`# Mine\n\ntext, staged\n${section}`);
  expect(desk.read(HISTORY)).toContain(`# Mine\n\ntext, staged, changed\n${section}`);
  expect(await desk.repo.git(["diff", "--cached", "--numstat"])).toBe(`1\t1\t${HISTORY}`);
  expect(await desk.repo.git(["diff", "--numstat"])).toBe(`1\t1\t${HISTORY}`);
});

test("of a work-shell.md that git does not know, the entries of the journal", async () => {
  const desk = await committing();
  desk.write(HISTORY, "my own secret\n");
  await session(desk);
  expect(await desk.repo.git(["show", `HEAD:${HISTORY}`])).not.toContain("secret");
  expect(desk.read(HISTORY)).toMatch(/^my own secret\n\n## Session History\n\n### 2026-01-07-T1430\n/);
});

test("earlier sessions that were not committed come along", async () => {
  const desk = await repoDesk();
  await session(desk, "10");
  desk.write(".work-shell/config.yaml", "git: { auto_commit: true }\n");
  await session(desk, "14");
  expect(await desk.repo.git(["show", `HEAD:${HISTORY}`])).toBe(desk.read(HISTORY)?.trimEnd());
  expect(await filesOf(desk)).toContain(".work-shell/sessions/2026-01-07-T1030.md");
});

test("what the user ignores is not committed", async () => {
  const desk = await committing({ ".gitignore": ".work-shell/\n" });
  await session(desk);
  expect(await filesOf(desk)).toEqual([HISTORY]);
  const all = await committing({ ".gitignore": ".work-shell/\nwork-shell.md\n" });
  expect(await session(all)).toMatchObject({ code: 0 });
  expect(await count(all)).toBe(1);
});

test("no hook runs, and no signature is asked for", async () => {
  const desk = await committing();
  for (const name of ["pre-commit", "commit-msg", "post-commit", "reference-transaction"]) {
    const hook = join(desk.root, ".git", "hooks", name);
    mkdirSync(join(hook, ".."), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\ntouch "${desk.root}/ran"\nexit 1\n`);
    chmodSync(hook, 0o755);
  }
  await desk.repo.git(["config", "commit.gpgsign", "true"]);
  expect(await session(desk)).toMatchObject({ code: 0 });
  expect(await count(desk)).toBe(2);
  expect(existsSync(join(desk.root, "ran"))).toBe(false);
});

test("without a name in git's configuration too", async () => {
  const desk = await committing();
  desk.env["HOME"] = desk.repo.dir;
  expect(await session(desk)).toMatchObject({ code: 0 });
  expect(await count(desk)).toBe(2);
});

test("its own commit is no work of the next session", async () => {
  const desk = await committing();
  await desk.at("14:30").ok(["log", "left alone"]);
  // hello closes the old session, commits, and begins the new one
  await desk.at("16:00").ok(["hello"]);
  expect(await count(desk)).toBe(2);
  expect((await desk.at("16:10").json(["bye"])).session.commits).toBe(0);
});

describe("nothing is committed, and it is said", () => {
  test.each([
    ["on a detached HEAD", ["switch", "--quiet", "--detach"], "HEAD is detached"],
    ["in a merge", ["merge", "--quiet", "--no-ff", "--no-commit", "topic"], "a merge is unfinished"],
    ["in a cherry-pick", ["cherry-pick", "conflict"], "a cherry-pick is unfinished"],
  ])("%s", async (_, args, why) => {
    const desk = await committing();
    for (const branch of ["topic", "conflict"]) {
      await desk.repo.git(["switch", "--quiet", "--create", branch, "main"]);
      await desk.repo.write(branch === "topic" ? "c.txt" : "a.txt", `${branch}\n`);
      await desk.repo.git(["commit", "--quiet", "--all", "--allow-empty", "--message", branch]);
    }
    await desk.repo.git(["switch", "--quiet", "main"]);
    await desk.repo.write("a.txt", "main\n");
    await desk.repo.git(["commit", "--quiet", "--all", "--message", "main"]);
    await desk.repo.git(args).catch(() => undefined);
    const before = await desk.repo.git(["rev-parse", "HEAD"]);
    const { code, stderr } = await session(desk);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `the journal was not committed: ${why}\n` });
    expect(await desk.repo.git(["rev-parse", "HEAD"])).toBe(before);
    expect(desk.state().incr).toBeUndefined();
  });

  test("before the first commit", async () => {
    const desk = await repoDesk({ files: null });
    mkdirSync(join(desk.root, ".work-shell"));
    desk.write(".work-shell/config.yaml", "git: { auto_commit: true }\n");
    expect((await session(desk)).stderr).toBe("the journal was not committed: there is no commit yet\n");
  });

  test("while another git holds the index; the next time it comes along", async () => {
    const desk = await committing();
    const lock = join(desk.root, ".git", "index.lock");
    writeFileSync(lock, "");
    const { code, stderr } = await session(desk);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^the journal was not committed: git update-index did not get .*index\.lock, which another git holds/,
    );
    expect(await count(desk)).toBe(1);
    rmSync(lock);
    await session(desk, "16");
    expect(await filesOf(desk)).toEqual(expect.arrayContaining(REPORTS));
  });
});

test.each(["journal:after-sessions", "journal:after-index", "journal:after-commit"])(
  "a bye that is killed at %s is committed once by the next command",
  async (point) => {
    const desk = await committing();
    await desk.repo.write("a.txt", "changed\n");
    await desk.at("14:30").ok(["log", "note"]);
    const killed = await desk.at("14:40").run(["bye"], { env: { INCR_FAULT: point } });
    expect(killed.signal).toBe("SIGKILL");
    await desk.at("14:50").ok(["hello"]);
    expect(await count(desk)).toBe(2);
    expect(await filesOf(desk)).toEqual(ALL);
    expect(await status(desk)).toBe(" M a.txt\n?? .work-shell/config.yaml");
    expect((await desk.at("14:55").json(["bye"])).session.commits).toBe(0);
  },
);
