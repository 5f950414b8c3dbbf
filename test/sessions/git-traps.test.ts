/** Sessions in every kind of repository and place that git has. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runIncr } from "../support/incr.ts";
import { describeWorktree, openProject, projectOn, quote, type Project } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";

/** Start, work, fail, resume, done, merge: the whole of it works. */
async function checkWholeLife(project: Project, cwd = project.root): Promise<void> {
  const term = project.term.in(cwd);
  const todo = await term.ok("incr todo create 'Go through' 2>/dev/null");
  const path = await term.ok(`incr session start ${todo}`);
  const made = `made-${todo}`;
  writeFileSync(join(path, made), "made\n");
  await term.ok(`incr session fail ${todo}`);
  expect(existsSync(join(path, made))).toBe(false);
  expect(await term.ok(`incr session resume ${todo}`)).toBe(path);
  expect(readFileSync(join(path, made), "utf8")).toBe("made\n");
  await project.term.in(path).ok("incr session done");
  const { session } = await term.json(`incr session show ${todo} --json`);
  expect(session.status).toBe("completed");
  expect(await project.git(["show", `${session.branch}:${made}`], { cwd })).toBe("made");
}

describe("a repository without commits", () => {
  test("starts from nothing, and what was done merges into the empty main", async () => {
    const project = await openProject({ files: null });
    await checkWholeLife(project);
    const [{ branch, todo_id }] = await project.sessions();
    await project.git(["merge", "--quiet", branch]);
    expect(await project.read(`made-${todo_id}`)).toBe("made\n");
    // A second attempt from before the first commit has the same root.
    await checkWholeLife(project);
  });

  test("two sessions from nothing merge one after the other", async () => {
    const project = await openProject({ files: null });
    const one = await project.start(await project.todo("one"));
    const two = await project.start(await project.todo("two"));
    for (const { path, todo, workspace } of [one, two]) {
      writeFileSync(join(path, workspace), "x\n");
      await project.term.ok(`incr session done ${todo}`);
    }
    await project.git(["merge", "--quiet", one.branch]);
    await project.git(["merge", "--quiet", "--no-edit", two.branch]);
    expect([existsSync(join(project.root, "ws-001")), existsSync(join(project.root, "ws-002"))]).toEqual([true, true]);
  });
});

describe("the base", () => {
  test("is --rev, else workspace.base, else HEAD of the main checkout", async () => {
    const project = await openProject();
    const first = await project.git(["rev-parse", "HEAD"]);
    await project.git(["tag", "v1"]);
    await project.commit("second");
    await project.git(["branch", "release"]);
    await project.commit("third");
    const base = async (flags = "") => {
      const { id, todo } = await project.start(undefined, flags);
      const session = await project.session(id);
      await project.term.ok(`incr session done ${todo}`);
      return session.base;
    };
    expect(await base()).toBe(await project.git(["rev-parse", "HEAD"]));
    await project.write("incr.toml", '[workspace]\nbase = "release"\n');
    expect(await base()).toBe(await project.git(["rev-parse", "release"]));
    expect(await base("--rev v1")).toBe(first);
    expect(await base("--rev HEAD")).toBe(await project.git(["rev-parse", "HEAD"]));
    await project.write("incr.toml", '[workspace]\nbase = "gone"\n');
    const todo = await project.todo();
    expect(await project.term.fails(3, `incr session start ${todo}`)).toContain("set workspace.base in incr.toml");
    expect(await project.todoStatus(todo)).toBe("open");
    expect(await project.term.fails(3, `incr session start ${todo} --rev=--all`)).toContain("--all is not a commit");
  });

  test("says which dependencies are done and not in it", async () => {
    const project = await openProject();
    const first = await project.start(await project.todo("First"));
    writeFileSync(join(first.path, "first"), "1\n");
    await project.term.ok(`incr session done ${first.todo}`);
    const next = await project.term.ok(`incr todo create Next --depends-on ${first.todo} 2>/dev/null`);
    const { stderr } = await project.term.run(`incr session start ${next}`);
    expect(stderr).toContain(
      `${next} depends on ${first.todo}, which is done on ${first.branch} and not in the base of this session`,
    );
    await project.term.ok(`incr session fail ${next}`);
    await project.git(["merge", "--quiet", "--squash", first.branch]);
    await project.git(["commit", "--quiet", "-m", "squashed"]);
    expect((await project.term.run(`incr session start ${next}`)).stderr).not.toContain("depends on");
  });
});

describe("a further attempt", () => {
  test("has a branch of its own, and says what the earlier one left", async () => {
    const project = await openProject();
    const one = await project.start();
    await one.term.ok("echo x > x && git add x && git commit -q -m x");
    await project.term.ok(`incr session fail ${one.todo}`);
    const { stderr } = await project.term.run(`incr session start ${one.todo}`);
    expect(stderr).toContain(`an earlier attempt at ${one.todo} failed at`);
    expect(stderr).toContain(`\`incr session resume ${one.id}\` would bring that one back`);
    const [two] = await project.sessions();
    expect(two.branch).toBe(`${one.branch}-2`);
    expect(two.base).toBe(await project.git(["rev-parse", "main"]));
  });
});

describe("where one stands", () => {
  test("in a bare repository", async () => {
    const source = await openProject();
    const repo = await makeRepo();
    const bare = join(repo.dir, "bare.git");
    await repo.git(["clone", "--quiet", "--bare", source.root, bare]);
    const project = projectOn({
      ...repo,
      root: bare,
      git: (args, options) => repo.git(args, { cwd: bare, ...options }),
    });
    await checkWholeLife(project);
  });

  test("in a worktree of a bare repository", async () => {
    const source = await openProject();
    const repo = await makeRepo();
    const bare = join(repo.dir, "bare.git");
    await repo.git(["clone", "--quiet", "--bare", source.root, bare]);
    await repo.git(["worktree", "add", "--quiet", join(repo.dir, "tree")], { cwd: bare });
    await checkWholeLife(projectOn(repo), join(repo.dir, "tree"));
  });

  test("in a linked worktree, and in a folder of it", async () => {
    const project = await openProject({ files: { "src/a": "a\n" } });
    await project.git(["worktree", "add", "--quiet", join(project.dir, "linked"), "-b", "linked"]);
    await checkWholeLife(project, join(project.dir, "linked/src"));
    expect(Object.keys(project.state().repos)).toHaveLength(1);
    await project.term.in(join(project.dir, "linked")).ok("git commit -q --allow-empty -m linked");
    const rev = await project.term
      .in(join(project.dir, "linked"))
      .json(`incr session start --title x --rev HEAD --json`);
    expect(rev.session.base).toBe(await project.git(["rev-parse", "linked"]));
  });

  test("in a repository with a separate git directory, and in a submodule", async () => {
    const project = await openProject();
    const away = join(project.dir, "away.git");
    await project.git(["init", "--quiet", `--separate-git-dir=${away}`]);
    await checkWholeLife(project);
    const outer = await openProject();
    await outer.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", project.root, "lib"]);
    await checkWholeLife(outer, join(outer.root, "lib"));
  });

  test("in a hook that git runs, whatever that sets", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const hook = join(project.root, ".git/hooks/post-commit");
    writeFileSync(
      hook,
      `#!/bin/sh\nincr session run ${todo} -- sh -c 'echo $GIT_DIR-$GIT_INDEX_FILE; git rev-parse --show-toplevel; echo x > x'\n`,
    );
    chmodSync(hook, 0o755);
    await project.write("staged", "staged\n");
    await project.git(["add", "staged"]);
    await project.write("only-here", "x\n");
    const { stdout, stderr, code } = await project.term.run("git commit -m hooked");
    expect(code, stderr).toBe(0);
    const [session] = await project.sessions();
    expect(session).toMatchObject({ status: "completed", base: await project.git(["rev-parse", "HEAD"]) });
    // Hooks write to stderr.
    expect(`${stdout}${stderr}`).toContain(`-\n${project.workspace().path}\n`);
    expect(await project.git(["show", `${session.branch}:x`])).toBe("x");
    expect(await project.git(["status", "--porcelain"])).toBe("?? only-here");
  });
});

describe("hooks of git", () => {
  test("that fail are in nobody's way, and do not run for our own steps", async () => {
    const project = await openProject();
    const names = [
      "post-checkout",
      "reference-transaction",
      "pre-commit",
      "commit-msg",
      "post-commit",
      "post-index-change",
    ];
    for (const name of names) {
      const hook = join(project.root, ".git/hooks", name);
      writeFileSync(hook, `#!/bin/sh\necho ${name} >> ${project.dir}/ran\nexit 1\n`);
      chmodSync(hook, 0o755);
    }
    await checkWholeLife(project);
    await project.term.ok("incr workspace destroy --all");
    expect(existsSync(join(project.dir, "ran"))).toBe(false);
  });

  test("under core.hooksPath neither; they run for the user's own git in the workspace", async () => {
    const project = await openProject();
    mkdirSync(join(project.dir, "hooks"));
    writeFileSync(join(project.dir, "hooks/pre-commit"), `#!/bin/sh\necho ran >> ${project.dir}/ran\n`);
    chmodSync(join(project.dir, "hooks/pre-commit"), 0o755);
    await project.git(["config", "core.hooksPath", join(project.dir, "hooks")]);
    await checkWholeLife(project);
    expect(existsSync(join(project.dir, "ran"))).toBe(false);
    const { term } = await project.start();
    await term.ok("git commit -q --allow-empty -m x");
    expect(existsSync(join(project.dir, "ran"))).toBe(true);
  });
});

describe("folders of the pool", () => {
  test("one that was deleted by hand is made anew", async () => {
    const project = await openProject();
    const { todo, path } = await project.start();
    await project.term.ok(`incr session done ${todo}`);
    rmSync(path, { recursive: true });
    const again = await project.start();
    expect([again.path, existsSync(join(path, "README.md"))]).toEqual([path, true]);
    mkdirSync(join(path, ".."), { recursive: true });
    await project.term.ok(`incr session done ${again.todo}`);
    rmSync(path, { recursive: true });
    mkdirSync(path);
    expect((await project.start()).path).toBe(path);
  });

  test("what was staged and committed in one that was deleted is still kept, and comes back", async () => {
    const project = await openProject();
    const { todo, path, term, id } = await project.start();
    await term.ok(
      "git checkout -q --detach && git commit -q --allow-empty -m loose && echo staged > staged && git add staged",
    );
    const head = await project.git(["rev-parse", "HEAD"], { cwd: path });
    rmSync(path, { recursive: true });
    await project.term.ok(`incr session fail ${todo}`);
    const [rescue] = await project.rescues();
    expect(rescue).toMatchObject({ head, session_id: id });
    await project.term.ok(`incr session resume ${id}`);
    expect(readFileSync(join(path, "staged"), "utf8")).toBe("staged\n");
    expect(await project.git(["rev-parse", "HEAD"], { cwd: path })).toBe(head);
  });

  test.each([
    [
      "a folder with something else",
      (path: string) => (mkdirSync(path, { recursive: true }), writeFileSync(join(path, "x"), "x")),
    ],
    ["a file", (path: string) => (mkdirSync(join(path, ".."), { recursive: true }), writeFileSync(path, "x"))],
  ])("%s in its place is left alone, and another one taken", async (_what, put) => {
    const project = await openProject();
    const { todo, path } = await project.start();
    await project.term.ok(`incr session done ${todo}`);
    rmSync(path, { recursive: true });
    put(path);
    const { stdout, stderr } = await project.term.run(`incr session start --title x`);
    expect(stdout).toBe(`${path.replace("ws-001", "ws-002")}\n`);
    expect(stderr).toContain("ws-001 is set aside: ");
    expect(existsSync(path)).toBe(true);
    expect(await project.term.fails(5, "incr workspace destroy ws-001")).toContain("is not removed");
  });

  test("one of another repository in its place is not ours either", async () => {
    const project = await openProject();
    const { todo, path } = await project.start();
    await project.term.ok(`incr session done ${todo}`);
    rmSync(path, { recursive: true });
    const other = await makeRepo();
    await other.git(["worktree", "add", "--quiet", "--detach", path]);
    writeFileSync(join(path, "theirs"), "x\n");
    expect((await project.start()).workspace).toBe("ws-002");
    expect(readFileSync(join(path, "theirs"), "utf8")).toBe("x\n");
  });

  test("a session whose folder lost its .git file ends, and the folder is set aside with what is in it", async () => {
    const project = await openProject();
    const { todo, path } = await project.start();
    writeFileSync(join(path, "mine"), "mine\n");
    rmSync(join(path, ".git"));
    const stdout = await project.term.ok(`incr session done ${todo}`);
    expect(stdout).toContain(`skipped  ${path}: it has no .git file`);
    expect(stdout).toContain("ws-001 is set aside");
    expect(readFileSync(join(path, "mine"), "utf8")).toBe("mine\n");
  });

  test("a locked worktree is reused and destroyed like any other", async () => {
    const project = await openProject();
    const { todo, path } = await project.start();
    await project.git(["worktree", "lock", path]);
    await project.term.ok(`incr session done ${todo}`);
    const again = await project.start();
    expect(again.path).toBe(path);
    await project.term.ok(`incr session done ${again.todo}`);
    await project.term.ok("incr workspace destroy 1");
    expect(existsSync(path)).toBe(false);
    await project.start();
  });

  test("the data folder may be reached through a link", async () => {
    const project = await openProject();
    mkdirSync(join(project.dir, "real"));
    symlinkSync(join(project.dir, "real"), join(project.dir, "link"));
    const term = project.term.in(project.root);
    term.env = { ...term.env, INCR_DATA_DIR: join(project.dir, "link") };
    const { path } = await term.json("incr session start --title x --json");
    expect(await term.run("incr session done", { cwd: path })).toMatchObject({ code: 0 });
  });
});

describe("a repository", () => {
  test("that was moved is known again, with its sessions and workspaces", async () => {
    const project = await openProject();
    const { todo, path, id } = await project.start();
    writeFileSync(join(path, "mine"), "mine\n");
    const moved = join(project.dir, "elsewhere");
    renameSync(project.root, moved);
    const term = project.term.in(moved);
    expect((await term.json("incr session list --json")).sessions).toMatchObject([{ id, status: "active" }]);
    const { stdout, stderr } = await term.run(`incr session done ${todo}`);
    expect(stderr).toBe(
      `this repository was at ${project.root}; its sessions and 1 workspace are linked to the new place\n`,
    );
    expect(stdout).toContain(`git -C ${moved} merge`);
    expect(await project.git(["show", `incr/${todo}-fix-the-login:mine`], { cwd: moved })).toBe("mine");
    expect(Object.values<any>(project.state().repos)).toMatchObject([{ source_path: moved }]);
  });

  test("that was moved while a run in it died is linked again before anything is settled", async () => {
    const project = await openProject();
    const todo = await project.todo();
    await runIncr(["session", "run", todo, "--", "sh", "-c", "echo mine > mine"], {
      cwd: project.root,
      env: { ...project.env, INCR_FAULT: "run:ended" },
    });
    const moved = join(project.dir, "elsewhere");
    renameSync(project.root, moved);
    const term = project.term.in(moved);
    let story = "";
    await waitFor("it to be settled", async () => {
      story += (await term.run("incr session list")).stderr;
      return story.includes("settled");
    });
    expect(story).toMatch(/^this repository was at .*\nsettled session .*\(rescue ws-001/);
    expect(project.workspace().attention).toBeUndefined();
  });

  test("that was moved is named to whoever still stands in one of its workspaces", async () => {
    const project = await openProject();
    const { path, term } = await project.start();
    const moved = join(project.dir, "elsewhere");
    renameSync(project.root, moved);
    const stderr = await term.fails(1, "incr session list");
    expect(stderr).toBe(
      `error: ${path} is a worktree of ${project.root}, which is not there any more\n` +
        "hint: if it was moved: incr -C <its new place> doctor --fix\n",
    );
    expect(await term.in(join(path, "..")).fails(1, "incr session list")).toContain("is not inside a git repository");
    for (const line of ["incr log note", "incr hello"]) expect(await term.fails(1, line)).toBe(stderr);
    expect((await term.run("incr workflow set review step-1")).stderr).toContain("which is not there any more");
    expect([existsSync(join(path, ".work-shell")), existsSync(join(path, "ia"))]).toEqual([false, false]);
    expect(await term.in(moved).ok("incr doctor --fix")).toContain("linked its workspaces");
    expect(await term.in(moved).ok("incr doctor")).toContain("healthy");
    expect(await term.ok("incr session list")).toContain("active");
  });

  test("that its group shares has locks that its group can use, whatever the umask", async () => {
    const project = await openProject();
    await project.term.ok("git init -q --shared=group .");
    await project.term.ok("umask 022; incr workspace acquire --purpose x; incr todo create T");
    const modes = ["incr", "incr/lock", "incr/todos.lock"].map((name) =>
      (statSync(join(project.root, ".git", name)).mode & 0o7777).toString(8),
    );
    expect(modes).toEqual(["2775", "664", "664"]);
  });

  test("that was copied gets records of its own, and the original keeps its own", async () => {
    const project = await openProject();
    const { todo, id, path } = await project.start();
    const copy = join(project.dir, "copy");
    cpSync(project.root, copy, { recursive: true });
    const term = project.term.in(copy);
    expect((await term.json("incr session list --all --json")).sessions).toEqual([]);
    const other = await term.json("incr session start --title 'In the copy' --json");
    expect(other.path).not.toBe(path);
    expect(Object.keys(project.state().repos)).toHaveLength(2);
    writeFileSync(join(other.path, "x"), "x\n");
    await term.ok(`incr session done ${other.session.todo_id}`);
    expect(await project.git(["branch", "--list", "incr/*-in-the-copy"])).toBe("");
    expect(await project.git(["branch", "--list", "incr/*-in-the-copy"], { cwd: copy })).not.toBe("");
    expect(await project.session(id)).toMatchObject({ status: "active" });
    await project.term.ok(`incr session done ${todo}`);
  });

  test.each([
    ["spaces, quotes and shell words", 'my "app"\'s $(touch x) `y` ; & * #'],
    ["letters of the world and a line break", "größe-日本-🦆\nline"],
    ["leading dashes", "--rev"],
  ])("in a folder with %s", async (_what, name) => {
    const project = await openProject({ name });
    await checkWholeLife(project);
    await project.term.ok("incr workspace destroy --all");
    const { stderr, stdout } = await project.term.run("incr session run --title again -- git status --short --branch");
    expect([stderr.includes("set aside"), stdout]).toEqual([false, expect.stringMatching(/^## incr\/\w+-again\n$/)]);
  });

  test("the command that merges can be pasted, whatever the path", async () => {
    const project = await openProject({ name: "it's $(x) here" });
    const { todo, path } = await project.start();
    writeFileSync(join(path, "made"), "made\n");
    const line = /merge +(git .*)$/m.exec(await project.term.ok(`incr session done ${todo}`))?.[1];
    expect(line).toBe(`git -C ${quote(project.root)} merge incr/${todo}-fix-the-login`);
    await project.term.in(makeTempDir()).ok(line as string);
    expect(await project.read("made")).toBe("made\n");
  });

  test("with a branch named incr says so, and changes nothing", async () => {
    const project = await openProject();
    await project.git(["branch", "incr"]);
    const todo = await project.todo();
    const before = await project.gitFacts();
    expect(await project.term.fails(1, `incr session start ${todo}`)).toBe(
      "error: a branch named incr is in the way of the sessions' branches incr/…\nhint: git branch -m incr <another-name>\n",
    );
    expect([await project.gitFacts(), project.workspaces()]).toEqual([before, {}]);
  });

  test("of SHA-256 objects", async () => {
    const repo = await makeRepo();
    rmSync(join(repo.root, ".git"), { recursive: true });
    await repo.git(["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]);
    await repo.commit("first");
    const project = projectOn(repo);
    await checkWholeLife(project);
    const { todo, term, id, path } = await project.start();
    await term.ok("git switch -q --orphan fresh && echo x > x && echo ours > incr.toml && git add -A");
    await project.term.ok(`incr session fail ${todo}`);
    await project.term.ok(`incr session resume ${id}`);
    expect(await project.git(["ls-files"], { cwd: path })).toBe("x");
  });
});

describe("the user's git", () => {
  test("without an identity", async () => {
    const project = await openProject();
    const home = makeTempDir();
    writeFileSync(join(home, ".gitconfig"), "[user]\n\tuseConfigOnly = true\n");
    project.term.env["HOME"] = home;
    await checkWholeLife(project);
    const [{ branch }] = await project.sessions();
    expect(await project.git(["log", "-1", "--format=%an <%ae>", branch])).toBe("incr <incr@localhost>");
  });

  test("with an identity makes commits in that name", async () => {
    const project = await openProject();
    await checkWholeLife(project);
    const [{ branch }] = await project.sessions();
    expect(await project.git(["log", "-1", "--format=%an <%ae>", branch])).toBe("Test User <test@example.com>");
  });

  test("that signs everything is not asked for a key", async () => {
    const project = await openProject();
    await project.git(["config", "commit.gpgSign", "true"]);
    await project.git(["config", "gpg.program", "false"]);
    await checkWholeLife(project);
  });

  test.each([
    [
      "of line ends and listings",
      {
        "core.autocrlf": "true",
        "core.safecrlf": "true",
        "status.showUntrackedFiles": "no",
        "core.quotePath": "false",
        "color.ui": "always",
        "log.showSignature": "true",
      },
    ],
    [
      "of indexes",
      {
        "core.untrackedCache": "true",
        "core.splitIndex": "true",
        "index.sparse": "true",
        "core.fsmonitor": "true",
        "feature.manyFiles": "true",
      },
    ],
    [
      "of commands",
      {
        "submodule.recurse": "true",
        "checkout.guess": "false",
        "branch.autoSetupMerge": "always",
        "diff.external": "false",
        "core.pager": "false",
        "core.editor": "false",
        "merge.ff": "only",
        "commit.cleanup": "strip",
      },
    ],
  ])("with settings %s of its own", async (_what, settings) => {
    const project = await openProject({ files: { "text.txt": "one\r\ntwo\n", ".gitattributes": "*.txt -text\n" } });
    for (const [key, value] of Object.entries(settings)) await project.git(["config", key, value]);
    await checkWholeLife(project);
  });

  test.each(["true", "input"])("line ends come back byte by byte with core.autocrlf=%s", async (value) => {
    const project = await openProject({ files: { "tracked.txt": "one\ntwo\n" } });
    await project.git(["config", "core.autocrlf", value]);
    const { todo, path, id, term } = await project.start();
    const contents: Record<string, string> = {
      "tracked.txt": "one\r\nchanged\r\n",
      "lf.txt": "one\ntwo\n",
      "crlf.txt": "one\r\ntwo\r\n",
      "mixed.txt": "one\r\ntwo\n",
    };
    for (const [name, text] of Object.entries(contents)) writeFileSync(join(path, name), text);
    await term.ok("git add crlf.txt 2>/dev/null");
    const before = await describeWorktree(project, path);
    await project.term.ok(`incr session fail ${todo}`);
    await project.term.ok(`incr session resume ${id}`);
    expect(await describeWorktree(project, path)).toBe(before);
  });

  test("a sparse checkout stays sparse, and what lies outside of it is kept", async () => {
    const project = await openProject({ files: { "in/a": "a\n", "out/b": "b\n", top: "t\n" } });
    const { todo, path, id, term, branch } = await project.start();
    await term.ok("git sparse-checkout set in");
    expect(existsSync(join(path, "out/b"))).toBe(false);
    writeFileSync(join(path, "in/a"), "changed\n");
    mkdirSync(join(path, "out"));
    writeFileSync(join(path, "out/new"), "new\n");
    await project.term.ok(`incr session fail ${todo}`);
    await project.term.ok(`incr session resume ${id}`);
    expect(readFileSync(join(path, "in/a"), "utf8")).toBe("changed\n");
    expect(readFileSync(join(path, "out/new"), "utf8")).toBe("new\n");
    expect(existsSync(join(path, "out/b"))).toBe(false);
    await project.term.ok(`incr session done ${id}`);
    // The next one gets everything.
    const next = await project.start();
    expect([next.path, existsSync(join(path, "out/b"))]).toEqual([path, true]);
    expect((await project.git(["ls-tree", "-r", "--name-only", branch])).split("\n")).toEqual([
      "in/a",
      "out/b",
      "out/new",
      "top",
    ]);
  });
});
