/** Nothing that was in a workspace is lost, whatever kind of work it is and whichever way the workspace is emptied; and `resume` brings it back exactly. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeWorktree, openProject, type Attempt, type Project } from "../support/project.ts";

const FILES = {
  "README.md": "# app\n",
  ".gitignore": "ignored/\n*.log\n",
  "src/a.ts": "a\n",
  "src/b.ts": "b\n",
  "src/c.ts": "c\n",
  "src/gone.ts": "gone\n",
  "src/staged-gone.ts": "staged gone\n",
  "src/run.sh": "#!/bin/sh\n",
  "src/assumed.ts": "assumed\n",
  "src/skipped.ts": "skipped\n",
  "src/link-to-be.ts": "file\n",
};

/** Every kind of uncommitted work at once. */
async function workHard({ path, term }: Attempt): Promise<void> {
  const write = (name: string, content: string | Buffer) => writeFileSync(join(path, name), content);
  write("src/a.ts", "a unstaged\n");
  write("src/b.ts", "b staged\n");
  await term.ok("git add src/b.ts");
  write("src/c.ts", "c staged\n");
  await term.ok("git add src/c.ts");
  write("src/c.ts", "c staged, then changed\n");
  rmSync(join(path, "src/gone.ts"));
  await term.ok("git rm -q src/staged-gone.ts");
  chmodSync(join(path, "src/run.sh"), 0o755);
  rmSync(join(path, "src/link-to-be.ts"));
  symlinkSync("a.ts", join(path, "src/link-to-be.ts"));
  symlinkSync("nowhere at all", join(path, "dangling"));
  write("binary.bin", Buffer.from([...Array(1024).keys()].map((n) => n % 256)));
  write("new.ts", "new\n");
  write("staged-new.ts", "staged new\n");
  await term.ok("git add staged-new.ts");
  write("staged-new-then-gone.ts", "staged, then deleted\n");
  await term.ok("git add staged-new-then-gone.ts");
  rmSync(join(path, "staged-new-then-gone.ts"));
  mkdirSync(join(path, "deep/er"), { recursive: true });
  write("deep/er/line\nbreak.txt", "1\n");
  write("deep/er/quote'\"\\ tab\t.txt", "2\n");
  write("deep/er/größe-日本.txt", "3\n");
  write(" leading and trailing ", "4\n");
  write("-rf", "5\n");
  write("empty", "");
  write("executable", "#!/bin/sh\n");
  chmodSync(join(path, "executable"), 0o755);
  write("src/assumed.ts", "assumed unchanged, and changed\n");
  write("src/skipped.ts", "skipped, and changed\n");
  await term.ok(
    "git update-index --assume-unchanged src/assumed.ts && git update-index --skip-worktree src/skipped.ts",
  );
}

/** What of it shows once the marks that hide changes are gone. */
async function describeWork(project: Project, { path, term }: Attempt): Promise<string> {
  await term.ok(
    "git update-index --no-assume-unchanged src/assumed.ts; git update-index --no-skip-worktree src/skipped.ts",
  );
  return await describeWorktree(project, path);
}

describe("every kind of uncommitted work", () => {
  test("is kept by fail, and resume brings branch, index and files back exactly", async () => {
    const project = await openProject({ files: FILES });
    const attempt = await project.start();
    await attempt.term.ok("echo committed > committed && git add committed && git commit -q -m mine");
    await workHard(attempt);
    await project.term.ok(`incr session fail ${attempt.todo}`);
    // The workspace is clean for the next one: everything is as in the base.
    const other = await project.start(await project.todo("Something else"));
    expect(other.workspace).toBe(attempt.workspace);
    expect(await project.git(["status", "--porcelain", "-uall"], { cwd: other.path })).toBe("");
    expect(readFileSync(join(other.path, "src/assumed.ts"), "utf8")).toBe("assumed\n");
    expect(readFileSync(join(other.path, "src/skipped.ts"), "utf8")).toBe("skipped\n");
    await project.term.ok(`incr session done ${other.todo}`);

    // The same work again, as the yardstick.
    const twin = await openProject({ files: FILES });
    const yardstick = await twin.start();
    await yardstick.term.ok("echo committed > committed && git add committed && git commit -q -m mine");
    await workHard(yardstick);
    const resumed = await project.term.json(`incr session resume ${attempt.id} --json`);
    expect(resumed.path).toBe(attempt.path);
    const facts = (text: string) => text.replace(/^commit .*$/m, "commit").replace(/incr\/\w+-/, "incr/ID-");
    expect(facts(await describeWork(project, attempt))).toBe(facts(await describeWork(twin, yardstick)));
    expect((await project.rescues())[0]).toMatchObject({ restored: true });
    expect(await project.term.ok("incr rescue list")).toContain("no rescues");
  });

  test("is committed by done, all of it", async () => {
    const project = await openProject({ files: FILES });
    const attempt = await project.start();
    await workHard(attempt);
    await project.term.ok(`incr session done ${attempt.todo}`);
    const tree = await project.git(["ls-tree", "-r", "-z", "--name-only", attempt.branch]);
    const names = tree.split("\0");
    for (const name of [
      "deep/er/line\nbreak.txt",
      "-rf",
      " leading and trailing ",
      "dangling",
      "deep/er/größe-日本.txt",
    ])
      expect(names).toContain(name);
    for (const name of ["src/gone.ts", "src/staged-gone.ts", "staged-new-then-gone.ts"])
      expect(names).not.toContain(name);
    expect(await project.git(["show", `${attempt.branch}:src/assumed.ts`])).toBe("assumed unchanged, and changed");
    expect(await project.git(["show", `${attempt.branch}:src/skipped.ts`])).toBe("skipped, and changed");
    expect(await project.git(["ls-tree", attempt.branch, "src/run.sh"])).toContain("100755");
    expect(await project.rescues()).toEqual([]);
  });

  test.each([
    ["release", async (project: Project) => await project.term.ok("incr workspace release 1")],
    [
      "the next acquire, when it was made in a free workspace",
      async (project: Project, redo: () => Promise<void>) => {
        await project.term.ok("incr workspace release 1");
        await redo();
        expect((await project.term.run("incr workspace acquire --purpose next")).stderr).toContain(
          "was free and held work",
        );
      },
    ],
    [
      "destroy",
      async (project: Project, redo: () => Promise<void>) => {
        await project.term.ok("incr workspace release 1");
        await redo();
        await project.term.ok("incr workspace destroy ws-001");
      },
    ],
  ])("is kept by %s", async (_what, empty) => {
    const project = await openProject({ files: FILES });
    const { path } = await project.term.json("incr workspace acquire --purpose try --json");
    const attempt = { path, term: project.term.in(path) } as Attempt;
    await workHard(attempt);
    await empty(project, async () => await workHard(attempt));
    const [rescue] = await project.rescues();
    const names = (await project.git(["ls-tree", "-r", "-z", "--name-only", rescue.ref])).split("\0");
    expect(names).toContain("deep/er/line\nbreak.txt");
    expect(await project.git(["show", `${rescue.ref}:src/skipped.ts`])).toBe("skipped, and changed");
    expect(await project.term.ok(`incr rescue show ${rescue.name.slice(-4)} --patch`)).toContain(
      "+c staged, then changed",
    );
  });

  test("a file that only hides its change is work too", async () => {
    const project = await openProject({ files: FILES });
    const { todo, term, path, id } = await project.start();
    writeFileSync(join(path, "src/assumed.ts"), "local\n");
    await term.ok("git update-index --assume-unchanged src/assumed.ts");
    expect(await term.ok("git status --porcelain")).toBe("");
    await project.term.ok(`incr session fail ${todo}`);
    await project.term.ok(`incr session resume ${id}`);
    expect(readFileSync(join(path, "src/assumed.ts"), "utf8")).toBe("local\n");
  });
});

describe("commits", () => {
  test("on a detached HEAD that continue the branch are taken onto it by done", async () => {
    const project = await openProject();
    const { todo, term, branch } = await project.start();
    await term.ok("git checkout -q --detach && echo x > x && git add x && git commit -q -m loose");
    expect(await project.term.ok(`incr session done ${todo}`)).toContain(`work     ${branch} (1 commit)\n`);
    expect(await project.git(["log", "-1", "--format=%s", branch])).toBe("loose");
  });

  test("on a detached HEAD are kept by fail, and resume goes back to them", async () => {
    const project = await openProject();
    const { todo, term, path, id, branch } = await project.start();
    await term.ok(
      "git commit -q --allow-empty -m one && git checkout -q --detach HEAD~1 && echo x > x && git add x && git commit -q -m loose",
    );
    const before = await describeWorktree(project, path);
    await project.term.ok(`incr session fail ${todo}`);
    await project.git(["reflog", "expire", "--expire=now", "--all"]);
    await project.git(["gc", "--quiet", "--prune=now"]);
    await project.term.ok(`incr session resume ${id}`);
    expect(await describeWorktree(project, path)).toBe(before);
    expect(await project.git(["log", "-1", "--format=%s", branch])).toBe("one");
  });

  test("on a detached HEAD that left the branch are not committed anywhere by done: the person decides", async () => {
    const project = await openProject();
    const { todo, term } = await project.start();
    await term.ok(
      "git commit -q --allow-empty -m one && git checkout -q --detach HEAD~1 && git commit -q --allow-empty -m loose",
    );
    const before = await project.gitFacts();
    expect(await project.term.fails(1, `incr session done ${todo}`)).toContain(
      "the workspace is at a commit that does not continue",
    );
    expect(await project.gitFacts()).toBe(before);
    expect(project.workspace().lease.intent).toBeUndefined();
    expect(await project.todoStatus(todo)).toBe("in_progress");
  });

  test("of another branch that was switched to come back with it", async () => {
    const project = await openProject();
    const { todo, term, path, id } = await project.start();
    await term.ok("git switch -q -c feature && echo x > x && git add x && git commit -q -m x");
    const before = await describeWorktree(project, path);
    await project.term.ok(`incr session fail ${todo}`);
    expect(await project.session(id)).toMatchObject({ stood_at: { branch: "feature" }, branch_removed: true });
    await project.term.ok(`incr session resume ${id}`);
    expect(await describeWorktree(project, path)).toBe(before);
    // Its own branch is there again, for whoever goes back to it.
    expect(await project.branches()).toEqual([(await project.session(id)).branch]);
  });

  test("uncommitted work on another branch comes back there, and done leaves it to the person", async () => {
    const project = await openProject();
    const { todo, term, path, id, branch } = await project.start();
    await term.ok(
      "git switch -q -c feature && echo x > x && git add x && git commit -q -m x && echo y > y && echo z >> x",
    );
    const before = await describeWorktree(project, path);
    expect(await project.term.fails(1, `incr session done ${todo}`)).toContain(
      `the work in ws-001 is not on ${branch}: the workspace is on feature, not on ${branch}`,
    );
    expect(await describeWorktree(project, path)).toBe(before);
    await project.term.ok(`incr session fail ${todo}`);
    await project.term.ok(`incr session resume ${id}`);
    expect(await describeWorktree(project, path)).toBe(before);
  });

  test("an orphan branch without commits comes back as it was", async () => {
    const project = await openProject({ files: FILES });
    const { todo, term, path, id } = await project.start();
    await term.ok("git switch -q --orphan fresh && echo x > x && git add x && echo y > y");
    const before = await describeWorktree(project, path);
    await project.term.ok(`incr session fail ${todo}`);
    await project.term.ok(`incr session resume ${id}`);
    expect(await describeWorktree(project, path)).toBe(before);
  });

  test("a branch that its owner deleted after merging it is no lost work", async () => {
    const project = await openProject();
    const { todo, path, branch } = await project.start();
    writeFileSync(join(path, "x"), "x\n");
    await project.term.ok(`incr session done ${todo}`);
    await project.git(["merge", "--quiet", "--squash", branch]);
    await project.git(["commit", "--quiet", "-m", "squashed"]);
    await project.git(["branch", "--quiet", "-D", branch]);
    expect((await project.start()).workspace).toBe("ws-001");
    expect(await project.rescues()).toEqual([]);
  });
});

describe("an unfinished", () => {
  /** A session with a conflict waiting between its branch and `theirs`. */
  async function withConflict(): Promise<{ project: Project; attempt: Attempt }> {
    const project = await openProject({ files: { ...FILES, "both.txt": "base\n", "other.txt": "base\n" } });
    const attempt = await project.start();
    const { term } = attempt;
    await term.ok(
      "git switch -q -c theirs && echo theirs > both.txt && git commit -q -am theirs && echo more > more && git add more && git commit -q -m more",
    );
    await term.ok(`git switch -q ${attempt.branch} && echo ours > both.txt && git commit -q -am ours`);
    return { project, attempt };
  }
  const OPERATIONS: [string, string, string][] = [
    ["merge", "git merge theirs", "echo both > both.txt && git add both.txt && git commit -q -m merged"],
    [
      "rebase",
      "git rebase theirs",
      "echo both > both.txt && git add both.txt && GIT_EDITOR=true git rebase --continue",
    ],
    [
      "cherry-pick",
      "git cherry-pick theirs~1 theirs",
      "echo both > both.txt && git add both.txt && GIT_EDITOR=true git cherry-pick --continue",
    ],
    [
      "revert",
      "git commit -q --allow-empty -m last; echo last > both.txt; git commit -q -am l; git revert --no-edit HEAD~2",
      "echo both > both.txt && git add both.txt && GIT_EDITOR=true git revert --continue",
    ],
  ];

  test.each(OPERATIONS)("%s comes back in the middle of it, and can be finished", async (_name, begin, finish) => {
    const { project, attempt } = await withConflict();
    const { term, todo, path, id, branch } = attempt;
    expect((await term.run(begin)).code).not.toBe(0);
    await term.ok("echo staged > other.txt && git add other.txt && echo unstaged > README.md && echo new > new.txt");
    const before = await describeWorktree(project, path);
    expect(before).toMatch(/^\d+ \w+ 2\tboth.txt$/m);

    expect(await project.term.fails(1, `incr session done ${todo}`)).toMatch(/unfinished .* with conflicts in 1 file/);
    expect(await describeWorktree(project, path)).toBe(before);

    await project.term.ok(`incr session fail ${todo}`);
    expect(await project.git(["status", "--porcelain"], { cwd: path })).toBe("");
    expect(await term.ok("git status")).not.toContain("in progress");
    await project.git(["branch", "-q", "-D", "theirs"]);
    await project.git(["reflog", "expire", "--expire=now", "--all"]);
    await project.git(["gc", "--quiet", "--prune=now"]);
    await project.term.ok(`incr session resume ${id}`);
    expect(await describeWorktree(project, path)).toBe(before);

    await term.ok("git checkout -q HEAD -- README.md");
    await term.ok(finish);
    expect(await project.git(["show", `${branch}:both.txt`])).toBe("both");
    expect(await term.ok("git branch --show-current")).toBe(branch);
    await project.term.ok(`incr session done ${todo}`);
  });

  test("bisect comes back", async () => {
    const project = await openProject();
    const { term, todo, path, id } = await project.start();
    await term.ok("for n in 1 2 3 4 5; do git commit -q --allow-empty -m $n; done; git bisect start -q HEAD HEAD~5");
    const before = [await describeWorktree(project, path), await term.ok("git bisect log")];
    await project.term.ok(`incr session fail ${todo}`);
    expect((await term.run("git bisect log")).code).not.toBe(0);
    await project.term.ok(`incr session resume ${id}`);
    expect([await describeWorktree(project, path), await term.ok("git bisect log")]).toEqual(before);
    await term.ok("git bisect bad && git bisect reset");
  });

  test("merge without conflicts is committed as a merge by done", async () => {
    const { project, attempt } = await withConflict();
    await attempt.term.ok(
      "git checkout -q -b third HEAD~1 && echo 3 > third && git add third && git commit -q -m third && git switch -q -",
    );
    await attempt.term.ok("git merge -q --no-commit third");
    await project.term.ok(`incr session done ${attempt.todo}`);
    expect((await project.git(["log", "-1", "--format=%P", attempt.branch])).split(" ")).toHaveLength(2);
  });
});

describe("ignored files", () => {
  const leave = async (project: Project): Promise<Attempt> => {
    const attempt = await project.start();
    mkdirSync(join(attempt.path, "ignored"));
    writeFileSync(join(attempt.path, "ignored/cache"), "warm\n");
    await project.term.ok(`incr session done ${attempt.todo}`);
    return attempt;
  };

  test("stay for the next one", async () => {
    const project = await openProject({ files: FILES });
    await leave(project);
    const next = await project.start();
    expect(readFileSync(join(next.path, "ignored/cache"), "utf8")).toBe("warm\n");
    expect(await project.rescues()).toEqual([]);
  });

  test("go with clean-ignored", async () => {
    const project = await openProject({ files: FILES });
    await project.write("incr.toml", "[workspace]\nclean-ignored = true\n");
    const { path } = await leave(project);
    expect(existsSync(join(path, "ignored"))).toBe(false);
  });

  test("do not become the next one's work where they are not ignored any more", async () => {
    const project = await openProject({ files: FILES });
    await leave(project);
    await project.commit("ignore nothing", { ".gitignore": "" });
    const next = await project.start();
    expect(await project.git(["status", "--porcelain", "-uall"], { cwd: next.path })).toBe("");
    expect(await project.term.ok(`incr session done ${next.todo}`)).toContain("nothing was changed");
  });
});

describe("our own files", () => {
  test("never enter a commit or a rescue, nor make a workspace count as changed", async () => {
    const project = await openProject({ files: { ...FILES, "work-shell.md": "notes\n" } });
    const { todo, path, branch } = await project.start();
    for (const name of [".incr", ".work-shell", "ia/state"]) mkdirSync(join(path, name), { recursive: true });
    for (const name of [
      ".incr-commit-message",
      ".incr-review",
      ".incr/config.toml",
      ".work-shell/state.json",
      "ia/state/x.json",
      "incr.toml",
    ])
      writeFileSync(join(path, name), "ours\n");
    writeFileSync(join(path, "work-shell.md"), "changed\n");
    expect(await project.term.ok(`incr session done ${todo}`)).toContain("nothing was changed");
    expect([await project.rescues(), await project.branches()]).toEqual([[], []]);
    const next = await project.start();
    expect(await project.git(["status", "--porcelain", "-uall"], { cwd: next.path })).toBe("");
    writeFileSync(join(next.path, "incr.toml"), "ours\n");
    writeFileSync(join(next.path, "theirs"), "theirs\n");
    await project.term.ok(`incr session done ${next.todo}`);
    expect(await project.git(["diff", "--name-only", "main", next.branch])).toBe("theirs");
    void branch;
  });

  test("a folder named work is the user's, until there are workstreams", async () => {
    const project = await openProject();
    const one = await project.start();
    mkdirSync(join(one.path, "work"));
    writeFileSync(join(one.path, "work/notes.txt"), "mine\n");
    await project.term.ok(`incr session done ${one.todo}`);
    expect(await project.git(["show", `${one.branch}:work/notes.txt`])).toBe("mine");
    await project.write("work/index.json", "{}");
    const two = await project.start();
    mkdirSync(join(two.path, "work"));
    writeFileSync(join(two.path, "work/notes.txt"), "ours\n");
    expect(await project.term.ok(`incr session done ${two.todo}`)).toContain("nothing was changed");
  });
});
