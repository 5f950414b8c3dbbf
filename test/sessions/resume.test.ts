/** `incr session resume`: what it takes back, where, and when it refuses. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isAlive, openProject, untilSettled, type Attempt, type Project } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";

/** An attempt with a commit and an uncommitted file that failed. */
async function startFailed(flags = "commit"): Promise<{ project: Project; attempt: Attempt; session: any }> {
  const project = await openProject();
  const attempt = await project.start();
  if (flags.includes("commit")) await attempt.term.ok("echo 1 > one && git add one && git commit -q -m one");
  if (flags.includes("file")) writeFileSync(join(attempt.path, "mine"), "mine\n");
  await project.term.ok(`incr session fail ${attempt.todo}`);
  return { project, attempt, session: await project.session(attempt.id) };
}

describe("resume", () => {
  test("makes the same session active again, with a new lease, and counts the time of both", async () => {
    const { project, attempt, session } = await startFailed("commit file");
    const { stdout, stderr } = await project.term.run(`incr session resume ${attempt.todo.slice(0, 5)}`);
    expect(stdout).toBe(`${attempt.path}\n`);
    const name = session.rescue.replace("refs/incr/rescue/", "");
    expect(stderr).toBe(
      `session ${attempt.id}: ${attempt.todo} is back in ws-001 on ${attempt.branch}, with the files of rescue ${name}\n`,
    );
    const active = await project.session(attempt.id);
    expect(active).toEqual({
      ...Object.fromEntries(
        Object.entries(session).filter(([key]) =>
          ["id", "repo", "todo_id", "topic", "started_at", "branch", "base"].includes(key),
        ),
      ),
      workspace_name: "ws-001",
      status: "active",
      updated_at: expect.any(String),
      resumed_at: active.updated_at,
      earlier_seconds: (Date.parse(session.completed_at) - Date.parse(session.started_at)) / 1000,
      lease_id: expect.any(String),
      lease_kind: "held",
    });
    expect(active.lease_id).not.toBe(session.lease_id);
    expect(await project.todoStatus(attempt.todo)).toBe("in_progress");
    expect(await project.sessions()).toHaveLength(1);
    const state = project.state();
    state.sessions[Object.keys(state.sessions)[0] as string].earlier_seconds = 100;
    writeFileSync(join(project.stateDir, "state.json"), JSON.stringify(state));
    await project.term.ok(`incr session done ${attempt.id}`);
    expect((await project.session(attempt.id)).duration_seconds).toBeGreaterThanOrEqual(100);
  });

  test("without an id takes the only candidate; of several it asks, of none it says so", async () => {
    const { project, attempt } = await startFailed();
    expect(await project.term.ok("incr session resume")).toBe(attempt.path);
    expect(await project.term.fails(3, "incr session resume")).toContain(
      "no attempt in this repository can be resumed",
    );
    await project.term.ok(`incr session fail ${attempt.todo}`);
    const other = await project.start();
    await project.term.ok(`incr session fail ${other.todo}`);
    const stderr = await project.term.fails(2, "incr session resume");
    expect(stderr).toContain("2 attempts can be resumed; say which");
    for (const id of [attempt.id, other.id]) expect(stderr).toContain(`incr session resume ${id}`);
    // Of one todo the newest attempt counts.
    await project.term.ok(
      `incr session start ${other.todo} && incr session fail ${other.todo} && incr todo close ${attempt.todo}`,
    );
    await project.term.ok("incr session resume");
    expect((await project.sessions()).find(({ status }) => status === "active")).toMatchObject({ todo_id: other.todo });
  });

  test("of a run that failed is held by whoever resumes it", async () => {
    const project = await openProject();
    const todo = await project.todo();
    await project.term.run(`incr session run ${todo} -- sh -c 'echo mine > mine; exit 1'`);
    const path = await project.term.ok(`incr session resume ${todo}`);
    expect((await project.sessions())[0]).toMatchObject({ status: "active", lease_kind: "held" });
    expect((await project.sessions())[0].exit_code).toBeUndefined();
    expect((await project.term.in(path).run("incr session done")).code).toBe(0);
  });

  test("goes to another workspace when its own is taken, and says so", async () => {
    const { project, attempt } = await startFailed("commit file");
    const other = await project.start(await project.todo("Other"));
    expect(other.workspace).toBe("ws-001");
    const { stdout, stderr } = await project.term.run(`incr session resume ${attempt.id}`);
    expect(stdout).toBe(`${attempt.path.replace("ws-001", "ws-002")}\n`);
    expect(stderr).toContain("is back in ws-002 (ws-001, where it was before, is not free) on");
    expect(readFileSync(join(stdout.trim(), "mine"), "utf8")).toBe("mine\n");
    expect(await project.session(attempt.id)).toMatchObject({ workspace_name: "ws-002" });
    expect(existsSync(join(other.path, "mine"))).toBe(false);
  });

  test("takes its own workspace rather than the first free one", async () => {
    const project = await openProject();
    const one = await project.start();
    const two = await project.start();
    await project.term.ok(`incr session fail ${one.todo} && incr session fail ${two.todo}`);
    expect(await project.term.ok(`incr session resume ${two.id}`)).toBe(two.path);
  });

  test("can be done again and again, also of an attempt that was resumed before", async () => {
    const { project, attempt } = await startFailed("commit file");
    for (const n of [1, 2, 3]) {
      await project.term.ok(`incr session resume ${attempt.id}`);
      expect(await attempt.term.ok("cat mine")).toBe(
        ["mine", ...Array.from({ length: n - 1 }, (_, i) => String(i + 1))].join("\n"),
      );
      await attempt.term.ok(`echo ${n} >> mine && incr session fail`);
    }
    expect(await project.sessions()).toHaveLength(1);
    expect((await project.rescues()).map(({ restored }) => restored)).toEqual([false, true, true, true]);
  });
});

describe("resume refuses", () => {
  const expectUnchanged = async (project: Project, line: string, code: number, words: string): Promise<void> => {
    const before = [await project.gitFacts(), project.state(), await project.sessions()];
    expect(await project.term.fails(code, line)).toContain(words);
    expect([await project.gitFacts(), project.state(), await project.sessions()]).toEqual(before);
  };

  test("what is active or completed, what it does not know, and a todo that somebody works on or closed", async () => {
    const { project, attempt } = await startFailed();
    await project.term.ok(`incr session resume ${attempt.id}`);
    await expectUnchanged(
      project,
      `incr session resume ${attempt.id}`,
      4,
      `session ${attempt.id} is active in ws-001; there is nothing to resume`,
    );
    await project.term.ok(`incr session done ${attempt.id}`);
    await expectUnchanged(project, `incr session resume ${attempt.id}`, 1, `session ${attempt.id} is completed`);
    await expectUnchanged(project, "incr session resume zzzz", 3, "starts with zzzz");
    const one = await project.start();
    await project.term.ok(`incr session fail ${one.todo}`);
    const two = await project.start(one.todo);
    await expectUnchanged(project, `incr session resume ${one.id}`, 4, `todo ${one.todo} is held by session ${two.id}`);
    await project.term.ok(`incr session fail ${two.id} && incr todo close ${one.todo}`);
    await expectUnchanged(project, `incr session resume ${one.id}`, 1, `todo ${one.todo} is closed`);
  });

  test("when the branch is gone, and says how to get it back", async () => {
    const { project, attempt, session } = await startFailed();
    await project.git(["branch", "-D", attempt.branch]);
    await expectUnchanged(
      project,
      `incr session resume ${attempt.id}`,
      3,
      `the branch ${attempt.branch} of session ${attempt.id} is gone`,
    );
    const stderr = await project.term.fails(3, `incr session resume ${attempt.id}`);
    await project.term.ok(/hint: (git branch \S+ \S+),/.exec(stderr)?.[1] as string);
    await project.term.ok(`incr session resume ${attempt.id}`);
    expect(await project.git(["rev-parse", attempt.branch])).toBe(session.head);
  });

  test("when the commit is gone from the repository", async () => {
    const { project, attempt } = await startFailed();
    await project.git(["branch", "-D", attempt.branch]);
    await project.term.ok("incr workspace destroy --all");
    await project.git(["reflog", "expire", "--expire=now", "--all"]);
    await project.git(["gc", "--quiet", "--prune=now"]);
    await expectUnchanged(
      project,
      `incr session resume ${attempt.id}`,
      3,
      `of session ${attempt.id} is gone from the repository`,
    );
  });

  test("when the rescue was dropped", async () => {
    const { project, attempt, session } = await startFailed("file");
    const name = session.rescue.replace("refs/incr/rescue/", "");
    await project.term.ok(`incr rescue drop ${name}`);
    await expectUnchanged(
      project,
      `incr session resume ${attempt.id}`,
      3,
      `the rescue ${name} with the work of session ${attempt.id} is gone`,
    );
  });

  test("when the branch was rewritten", async () => {
    const { project, attempt } = await startFailed();
    await project.git([
      "branch",
      "-f",
      attempt.branch,
      await project.git(["commit-tree", "HEAD^{tree}", "-m", "other"]),
    ]);
    await expectUnchanged(
      project,
      `incr session resume ${attempt.id}`,
      4,
      `${attempt.branch} was rewritten since session ${attempt.id} ended`,
    );
  });

  test("when the branch is checked out elsewhere", async () => {
    const { project, attempt } = await startFailed("commit file");
    await project.git(["switch", "--quiet", attempt.branch]);
    await expectUnchanged(
      project,
      `incr session resume ${attempt.id}`,
      4,
      `${attempt.branch} is checked out in ${project.root}`,
    );
    await project.git(["switch", "--quiet", "--detach"]);
    await project.term.ok(`incr session resume ${attempt.id}`);
  });

  test("when the branch has moved on under files that were not committed; without such it goes along", async () => {
    const clean = await startFailed("commit");
    await clean.project.git(["switch", "--quiet", clean.attempt.branch]);
    const tip = await clean.project.commit("more", { more: "more\n" });
    await clean.project.git(["switch", "--quiet", "main"]);
    const { stderr } = await clean.project.term.run(`incr session resume ${clean.attempt.id}`);
    expect(stderr).toContain(
      `${clean.attempt.branch} has moved on since the attempt ended, and is taken where it is now\n`,
    );
    expect(await clean.project.git(["rev-parse", "HEAD"], { cwd: clean.attempt.path })).toBe(tip);

    const dirty = await startFailed("commit file");
    await dirty.project.git(["switch", "--quiet", dirty.attempt.branch]);
    await dirty.project.commit("more");
    await dirty.project.git(["switch", "--quiet", "main"]);
    await expectUnchanged(
      dirty.project,
      `incr session resume ${dirty.attempt.id}`,
      4,
      `${dirty.attempt.branch} has moved on since session ${dirty.attempt.id} ended, so its files do not fit any more`,
    );
  });

  test("when its todo is gone", async () => {
    const { project, attempt } = await startFailed();
    await project.git(["update-ref", "-d", "refs/incr/todos"]);
    await expectUnchanged(
      project,
      `incr session resume ${attempt.id}`,
      3,
      `the todo ${attempt.todo} of session ${attempt.id} is gone`,
    );
  });
});

describe("incr rescue", () => {
  async function rescued(): Promise<{ project: Project; name: string; path: string }> {
    const project = await openProject({ files: { "README.md": "# app\n", "a.txt": "a\n" } });
    const path = await project.term.ok("incr workspace acquire --purpose try");
    await project.term
      .in(path)
      .ok("echo changed > a.txt && git add a.txt && echo unstaged >> a.txt && echo new > new.txt");
    await project.term.ok("incr workspace release 1");
    return { project, path, name: (await project.rescues())[0].name };
  }

  test("list, show, restore and drop", async () => {
    const { project, name } = await rescued();
    expect(await project.term.ok("incr rescue list")).toMatch(
      new RegExp(`^RESCUE .*\\n${name} .* left in a workspace that was released$`),
    );
    const shown = await project.term.ok(`incr rescue show ${name.slice(-4)} --patch`);
    expect(shown).toContain("+unstaged");
    expect(shown).toContain(`incr rescue restore ${name}`);
    const { path, branch } = await project.term.json(`incr rescue restore ${name.split("/")[1]} --json`);
    expect([path, branch]).toEqual([project.root, expect.stringMatching(/^incr\/rescue-ws-001-/)]);
    expect(await project.term.ok("git status --porcelain --branch")).toBe(`## ${branch}\nMM a.txt\n?? new.txt`);
    expect(await project.term.ok("incr rescue list")).toContain("no rescues");
    expect((await project.rescues())[0]).toMatchObject({ name, restored: true });
    const dropped = await project.term.ok(`incr rescue drop ${name}`);
    expect(await project.rescues()).toEqual([]);
    // A slip can be undone.
    const commit = /[0-9a-f]{40}/.exec(dropped)?.[0] as string;
    expect(await project.git(["show", `${commit}:new.txt`])).toBe("new");
  });

  test("restore refuses a worktree that is not clean, one of others, and one that nobody holds", async () => {
    const { project, name, path } = await rescued();
    await project.write("dirty", "x\n");
    expect(await project.term.fails(5, `incr rescue restore ${name}`)).toContain(
      "has 1 change; a rescue is only restored into a clean worktree",
    );
    expect(await project.term.fails(1, `incr rescue restore ${name} --into ws-001`)).toContain("nobody holds ws-001");
    expect(await project.term.fails(3, `incr rescue restore ${name} --into ws-009`)).toContain("no workspace ws-009");
    const held = await project.term.json("incr workspace acquire --purpose x --json");
    expect(held.path).toBe(path);
    expect(
      await project.term.fails(4, `incr rescue restore ${name} --into ws-001`, { env: { INCR_LEASE_ID: "other" } }),
    ).toContain("ws-001 is held by");
    const term = project.term.in(path);
    await term.ok(`incr rescue restore ${name}`, { env: held.env });
    expect(await term.ok("git status --porcelain")).toBe("MM a.txt\n?? new.txt");
  });

  test("of one that does not exist says so, and of several that fit lists them", async () => {
    const { project, name } = await rescued();
    expect(await project.term.fails(3, "incr rescue show zzzz")).toContain('no rescue "zzzz"');
    await project.term.ok("incr workspace acquire --purpose x");
    writeFileSync(join(project.workspace().path, "x"), "x\n");
    await project.term.ok("incr workspace release 1");
    expect(await project.term.fails(2, "incr rescue drop ws-001/")).toContain(name);
    expect(await project.rescues()).toHaveLength(2);
  });
});

describe("incr workspace", () => {
  test("acquire, show, list and release, with and without a name", async () => {
    const project = await openProject();
    const first = await project.git(["rev-parse", "HEAD"]);
    await project.commit("second");
    const { stdout, stderr } = await project.term.run(`incr workspace acquire --purpose "look around" --rev ${first}`);
    const path = stdout.trimEnd();
    expect(stderr).toBe("ws-001 is yours; `incr workspace release ws-001` gives it back\n");
    expect(await project.git(["rev-parse", "HEAD"], { cwd: path })).toBe(first);
    expect(await project.git(["branch", "--show-current"], { cwd: path })).toBe("");
    expect(project.workspace()).toMatchObject({
      purpose: "look around",
      rev: first,
      lease: { kind: "held", holder: { type: "person" } },
    });
    expect(await project.term.ok("incr workspace list")).toMatch(
      /^WORKSPACE .*\nws-001 +acquired .* look around +\/.*ws-001$/,
    );
    const term = project.term.in(path);
    await term.ok("echo x > x");
    expect(await term.ok("incr workspace show")).toMatch(/changes +1: x/);
    expect(await project.term.json("incr workspace show 1 --json")).toMatchObject({
      folder: "worktree",
      changed: ["x"],
      branch: null,
      head: first,
    });
    expect(await term.ok("incr workspace release")).toMatch(
      /^ws-001 is free; what was in it is kept as rescue ws-001\//,
    );
    expect(await project.term.fails(1, "incr workspace release 1")).toContain("nobody holds ws-001");
    expect(await project.term.fails(3, "incr workspace release 7")).toContain('no workspace "ws-007"');
    expect(await project.term.fails(2, "incr workspace acquire")).toContain("--purpose");
  });

  test("of a session is not released or destroyed, only ended", async () => {
    const project = await openProject();
    const { id } = await project.start();
    expect(await project.term.fails(4, "incr workspace release 1")).toContain(`ws-001 is held by session ${id}`);
    expect(await project.term.fails(4, "incr workspace destroy ws-001")).toContain(`ws-001 is held by session ${id}`);
    // From its own folder too: what keeps it is that it is held, not that somebody stands in it.
    for (const term of [project.term, project.term.in(project.workspace().path)]) {
      expect(await term.run("incr workspace destroy --all")).toMatchObject({
        code: 4,
        stdout: expect.stringContaining("ws-001 stays: ws-001 is held by session"),
        stderr: "error: nothing was removed: ws-001 is held\nhint: incr workspace list\n",
      });
    }
  });

  test("destroy: named ones all or none, never one that somebody stands in", async () => {
    const project = await openProject();
    for (const n of [1, 2, 3]) await project.term.ok(`incr workspace acquire --purpose ${n}`);
    await project.term.ok("incr workspace release 1 && incr workspace release 3");
    expect(await project.term.fails(4, "incr workspace destroy ws-001 ws-002")).toContain("ws-002 is held by");
    expect(Object.keys(project.workspaces())).toHaveLength(3);
    const { path } = project.workspace("ws-003");
    expect(await project.term.in(path).fails(5, "incr workspace destroy ws-003")).toContain("you stand in ws-003");
    expect(await project.term.fails(2, "incr workspace destroy")).toContain("say which workspaces, or --all");
    expect(await project.term.ok("incr workspace destroy --all")).toBe(
      `ws-001 is removed\nws-003 is removed\nws-002 stays: ${project.workspace("ws-002").name} is held by ${project.workspace("ws-002").lease.holder.id} since ${project.workspace("ws-002").lease.acquired_at}`,
    );
    expect(existsSync(path)).toBe(false);
    await waitFor("it to be forgotten", async () => !(await project.git(["worktree", "list"])).includes("ws-003"));
    // The number is free again.
    expect(await project.term.ok("incr workspace acquire --purpose again")).toContain("ws-001");
  });
});

describe("what was kept of an attempt after its end", () => {
  test("by its last processes comes back with it", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const late = `while [ ! -e ${project.dir}/end ]; do sleep 0.02; done; echo late > late`;
    await project.term.run(
      `incr session run ${todo} -- bash -c 'echo mine > mine; setsid bash -c "echo \\$\\$ > ${project.dir}/pid; ${late}" > /dev/null 2>&1 & while [ ! -s ${project.dir}/pid ]; do sleep 0.02; done; exit 1'`,
    );
    const pid = Number(readFileSync(join(project.dir, "pid"), "utf8"));
    writeFileSync(join(project.dir, "end"), "");
    await waitFor("it to end", () => !isAlive(pid));
    await untilSettled(project);
    const [session] = await project.sessions();
    expect(await project.rescues()).toMatchObject([{ ref: session.rescue, todo_id: todo, session_id: session.id }]);
    const path = await project.term.ok(`incr session resume ${todo}`);
    expect([readFileSync(join(path, "mine"), "utf8"), readFileSync(join(path, "late"), "utf8")]).toEqual([
      "mine\n",
      "late\n",
    ]);
  });

  test("leaves no branch behind that holds nothing", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const wait = `while [ ! -e ${project.dir}/end ]; do sleep 0.02; done`;
    const line = `setsid bash -c "echo \\$\\$ > ${project.dir}/pid; ${wait}" > /dev/null 2>&1 & while [ ! -s ${project.dir}/pid ]; do sleep 0.02; done; exit 1`;
    await project.term.run(`incr session run ${todo} -- bash -c '${line}'`);
    expect(await project.branches()).toHaveLength(1);
    const pid = Number(readFileSync(join(project.dir, "pid"), "utf8"));
    writeFileSync(join(project.dir, "end"), "");
    await waitFor("it to end", () => !isAlive(pid));
    await untilSettled(project);
    expect([await project.branches(), (await project.sessions())[0].branch_removed]).toEqual([[], true]);
    await project.term.ok(`incr session resume ${todo}`);
    expect(await project.branches()).toHaveLength(1);
  });

  test("when its workspace, which was set aside, was put back by doctor comes back with it", async () => {
    const project = await openProject();
    const todo = await project.todo();
    await project.term.run(`incr session run ${todo} -- sh -c 'echo mine > mine; git init -q nested'`);
    const { path } = project.workspace();
    await project.term.ok(`mv ${path}/nested ${project.dir}/nested`);
    await project.term.run("incr doctor --fix --yes || incr doctor --fix");
    expect(project.workspace().attention).toBeUndefined();
    expect(existsSync(join(path, "mine"))).toBe(false);
    await project.term.ok(`incr session resume ${todo}`);
    expect(readFileSync(join(path, "mine"), "utf8")).toBe("mine\n");
  });
});
