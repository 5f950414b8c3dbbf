/** What git cannot hold in a commit: other repositories inside the workspace. Nothing is thrown away; the person is asked, or the workspace set aside. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { spawnIncr } from "../support/incr.ts";
import { describeWorktree, openProject, type Attempt, type Project } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";

const NESTED = "git init -q nested && echo n > nested/n && git -C nested add n && git -C nested commit -q -m n";

describe("a repository inside the workspace", () => {
  const KINDS: [string, string][] = [
    ["that is untracked", NESTED],
    ["without a commit", "git init -q nested && echo n > nested/n"],
    ["that was added", `${NESTED} && git add nested 2>/dev/null`],
    ["deep in a folder", "mkdir -p a/b && git init -q a/b/c && echo n > a/b/c/n"],
  ];
  test.each(KINDS)("%s: done, fail and release refuse with 5, and change nothing", async (_what, make) => {
    const project = await openProject();
    const { todo, path, term } = await project.start();
    const held = await project.term.json("incr workspace acquire --purpose x --json");
    const other = project.term.in(held.path);
    for (const place of [term, other]) await place.ok(`echo mine > mine && ${make}`);
    const facts = async () => [
      await describeWorktree(project, path),
      await describeWorktree(project, held.path),
      await project.gitFacts(),
      { ...project.workspace("ws-001"), updated_at: null },
      { ...project.workspace("ws-002"), updated_at: null },
      await project.sessions(),
    ];
    const before = await facts();
    for (const line of [`incr session done ${todo}`, `incr session fail ${todo}`, "incr workspace release ws-002"]) {
      const stderr = await project.term.fails(5, line);
      expect(stderr).toMatch(/^error: the work in .* cannot be kept by a commit: \S+ is a git repository of its own\n/);
      expect(stderr).toContain("hint: move it out of the workspace");
    }
    expect(await facts()).toEqual(before);
    expect(await project.todoStatus(todo)).toBe("in_progress");
  });

  test("that is ignored is left alone like everything ignored", async () => {
    const project = await openProject({ files: { ".gitignore": "vendor/\n" } });
    const { todo, path, term } = await project.start();
    await term.ok("git init -q vendor && echo n > vendor/n && git -C vendor add n && git -C vendor commit -q -m n");
    await project.term.ok(`incr session done ${todo}`);
    expect(existsSync(join(path, "vendor/.git"))).toBe(true);
  });

  test("in a free workspace: it is set aside, and another one taken", async () => {
    const project = await openProject();
    const { path } = await project.term.json("incr workspace acquire --purpose x --json");
    await project.term.ok("incr workspace release ws-001");
    await project.term.in(path).ok(NESTED);
    const todo = await project.todo();
    const { stdout, stderr } = await project.term.run(`incr session start ${todo}`);
    expect(stdout.trim()).toBe(path.replace("ws-001", "ws-002"));
    expect(stderr).toContain("ws-001 is set aside: the work in");
    expect(project.workspace("ws-001")).toMatchObject({
      status: "available",
      attention: expect.stringContaining("nested"),
    });
    expect(readFileSync(join(path, "nested/n"), "utf8")).toBe("n\n");
    expect(await project.term.fails(5, "incr workspace destroy ws-001")).toContain(
      "nested is a git repository of its own",
    );
    const other = await project.term.json("incr workspace acquire --purpose x --json");
    await project.term.ok("incr workspace release 3");
    writeFileSync(join(other.path, "late.txt"), "late\n");
    const { code, stderr: story } = await project.term.run("incr workspace destroy 3 1");
    expect({ code, story }).toEqual({
      code: 5,
      story: expect.stringMatching(/^ws-003 is removed; what was in it is kept as rescue \S*ws-003\/\S+\nerror: /),
    });
    const all = await project.term.run("incr workspace destroy --all --json");
    expect(all).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("ws-001 could not be removed, though nobody"),
    });
    expect(JSON.parse(all.stdout)).toMatchObject({ destroyed: [], kept: [{ code: "unsafe" }, { code: "held" }] });
    expect(existsSync(join(path, "nested/n"))).toBe(true);
    expect(await project.todoStatus(todo)).toBe("in_progress");
  });
});

describe("session run whose command leaves a repository behind", () => {
  const run = async (
    exit: number,
  ): Promise<{ project: Project; code: number; stderr: string; session: any; path: string }> => {
    const project = await openProject();
    const todo = await project.todo();
    const { code, stderr } = await project.term.run(
      `incr session run ${todo} -- sh -c 'echo mine > mine; ${NESTED}; exit ${exit}'`,
    );
    const [session] = await project.sessions();
    return { project, code, stderr, session, path: project.workspace().path };
  };

  test("settles: the session failed as unsaved, the todo is open, the workspace set aside with everything in it, exit 5", async () => {
    const { project, code, stderr, session, path } = await run(0);
    expect(code).toBe(5);
    expect(session).toMatchObject({ status: "failed", reason: "unsaved", exit_code: 0 });
    expect(await project.todoStatus(session.todo_id)).toBe("open");
    expect(project.workspace()).toMatchObject({ status: "available", attention: expect.stringContaining("nested") });
    expect(stderr).toContain(`ws-001 is set aside: the work in ${path} cannot be kept by a commit`);
    expect(readFileSync(join(path, "mine"), "utf8")).toBe("mine\n");
    expect(existsSync(join(path, "nested/.git"))).toBe(true);
    // Nobody gets it in the meantime.
    expect((await project.start(await project.todo("Else"))).workspace).toBe("ws-002");
  });

  test("keeps the command's own exit code when it failed", async () => {
    const { code, session } = await run(9);
    expect([code, session.status, session.reason]).toEqual([9, "failed", "exit"]);
  });

  test("and resume takes that very workspace back as it is, to be finished", async () => {
    const { project, session, path } = await run(0);
    const before = await describeWorktree(project, path);
    const { stdout, stderr } = await project.term.run(`incr session resume ${session.id}`);
    expect(stdout).toBe(`${path}\n`);
    expect(stderr).toContain(`session ${session.id}: ${session.todo_id} is back in ws-001`);
    expect(await describeWorktree(project, path)).toBe(before);
    const term = project.term.in(path);
    expect(await term.fails(5, "incr session done")).toContain("nested");
    await term.ok(`mv nested ${project.dir}/elsewhere`);
    await term.ok("incr session done");
    expect(await project.git(["show", `${session.branch}:mine`])).toBe("mine");
    expect(project.workspace().attention).toBeUndefined();
  });
});

describe("a submodule", () => {
  /** A repository with a submodule `lib`, and a session in which it is populated. */
  async function withSubmodule(): Promise<{ project: Project; attempt: Attempt }> {
    const library = await openProject({ name: "lib" });
    await library.git(["config", "receive.denyCurrentBranch", "ignore"]);
    const project = await openProject();
    const local = ["-c", "protocol.file.allow=always"];
    await project.git([...local, "submodule", "--quiet", "add", library.root, "lib"]);
    await project.commit("add lib");
    const attempt = await project.start();
    await attempt.term.ok("git -c protocol.file.allow=always submodule --quiet update --init");
    return { project, attempt };
  }

  test.each([
    ["uncommitted changes", "echo x > lib/README.md", "lib has uncommitted changes"],
    ["new files", "echo x > lib/new", "lib has uncommitted changes"],
    ["commits that were not pushed", "git -C lib commit -q --allow-empty -m x", "lib has commits that were not pushed"],
    [
      "commits on a branch that was left",
      "cd lib && git switch -q -c b && git commit -q --allow-empty -m x && git switch -q --detach HEAD~1",
      "lib has commits that were not pushed",
    ],
    ["a stash", "cd lib && echo x > README.md && git stash -q", "lib has commits that were not pushed"],
  ])("with %s refuses with 5, and changes nothing", async (_what, work, why) => {
    const { project, attempt } = await withSubmodule();
    await attempt.term.ok(work);
    const before = [await describeWorktree(project, attempt.path), await project.gitFacts(), await project.sessions()];
    for (const verb of ["done", "fail"])
      expect(await project.term.fails(5, `incr session ${verb} ${attempt.todo}`)).toContain(why);
    expect([await describeWorktree(project, attempt.path), await project.gitFacts(), await project.sessions()]).toEqual(
      before,
    );
  });

  test("that is clean and pushed is in nobody's way, nor does the main checkout lose its own", async () => {
    const { project, attempt } = await withSubmodule();
    writeFileSync(join(attempt.path, "mine"), "mine\n");
    await project.term.ok(`incr session done ${attempt.todo}`);
    expect(await project.git(["diff", "--name-only", "main", attempt.branch])).toBe("mine");
    expect(await project.git(["submodule", "status"])).toMatch(/^ [0-9a-f]{40} lib/);
    const next = await project.start();
    expect(next.workspace).toBe("ws-001");
    expect(await project.git(["status", "--porcelain"], { cwd: next.path })).toBe("");
    await next.term.ok("git -c protocol.file.allow=always submodule --quiet update --init");
    expect(existsSync(join(next.path, "lib/README.md"))).toBe(true);
    await project.term.ok(`incr session fail ${next.todo}`);
    await project.term.ok("incr workspace destroy ws-001");
    expect(existsSync(next.path)).toBe(false);
  });

  test("that is written to while its workspace is emptied keeps what was written, where it was", async () => {
    const { project, attempt } = await withSubmodule();
    const gate = join(project.dir, "gate");
    const running = spawnIncr(["session", "fail", attempt.todo], {
      cwd: project.root,
      env: { ...project.env, INCR_FAULT_PAUSE: `clean:removed=${gate}` },
    });
    await waitFor("it to be emptied", () => existsSync(`${gate}.reached`));
    writeFileSync(join(attempt.path, "lib/late"), "late\n");
    writeFileSync(gate, "");
    const { code, stdout } = await running.finished;
    expect([code, stdout]).toEqual([0, expect.stringContaining("ws-001 is set aside: ")]);
    expect(readFileSync(join(attempt.path, "lib/late"), "utf8")).toBe("late\n");
    expect(await project.git(["status", "--porcelain"], { cwd: join(attempt.path, "lib") })).toBe("?? late");
    await attempt.term.ok("rm lib/late && incr doctor --fix");
    expect(project.workspace().attention).toBeUndefined();
  });

  test("moved to another pushed commit is part of the work", async () => {
    const { project, attempt } = await withSubmodule();
    await attempt.term.ok("cd lib && git commit -q --allow-empty -m x && git push -q origin HEAD:main");
    await project.term.ok(`incr session done ${attempt.todo}`);
    expect(await project.git(["diff", "--name-only", "main", attempt.branch])).toBe("lib");
  });
});
