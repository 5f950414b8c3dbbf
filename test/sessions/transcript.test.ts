/** `incr session …` as it is documented: what each verb prints, changes and writes down. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openProject } from "../support/project.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const ID = expect.stringMatching(/^[a-z2-7]{8}$/);
const OID = expect.stringMatching(/^[0-9a-f]{40}$/);

describe("incr session start", () => {
  test("prints the workspace's path as the only line, leases it and starts the todo", async () => {
    const project = await openProject();
    const todo = await project.todo("Fix the login");
    const { code, stdout, stderr } = await project.term.run(`incr session start ${todo.slice(0, 4)}`);
    expect(code).toBe(0);
    const slug = Object.keys(project.state().repos)[0];
    const path = join(project.dataDir, "workspaces", slug as string, "ws-001");
    expect(stdout).toBe(`${path}\n`);
    expect(existsSync(join(path, "README.md"))).toBe(true);
    const head = await project.git(["rev-parse", "HEAD"]);
    const [session] = await project.sessions();
    expect(session).toEqual({
      id: ID,
      repo: slug,
      todo_id: todo,
      workspace_name: "ws-001",
      status: "active",
      topic: "Fix the login",
      started_at: TIME,
      updated_at: TIME,
      branch: `incr/${todo}-fix-the-login`,
      base: head,
      lease_id: expect.stringMatching(/^[a-z2-7]{20}$/),
      lease_kind: "held",
    });
    expect(stderr).toBe(`session ${session.id}: ${todo} in ws-001 on incr/${todo}-fix-the-login\n`);
    expect(project.state().sessions[`${slug}/${session.id}`]).toEqual(session);
    expect(project.workspace()).toEqual({
      name: "ws-001",
      repo: slug,
      path,
      status: "acquired",
      purpose: "Fix the login",
      created_at: TIME,
      updated_at: TIME,
      provisioned: true,
      acquired_by_pid: expect.any(Number),
      acquired_at: TIME,
      lease: {
        lease_id: session.lease_id,
        kind: "held",
        holder: { type: "session", id: session.id },
        acquired_at: TIME,
        port: 20_000,
      },
    });
    expect(await project.todoStatus(todo)).toBe("in_progress");
    expect(await project.git(["branch", "--show-current"], { cwd: path })).toBe(session.branch);
    // The main checkout is as it was.
    expect(await project.git(["status", "--porcelain", "--branch"])).toBe("## main");
  });

  test("--json gives the record, and what the shell is to carry", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const answer = await project.term.json(`incr session start ${todo} --topic 'the 2nd try' --json`);
    expect(answer).toMatchObject({ workspace: "ws-001", branch: `incr/${todo}-fix-the-login`, rescue: null });
    expect(answer.session.topic).toBe("the 2nd try");
    expect(answer.env).toEqual({
      INCR_LEASE_ID: answer.session.lease_id,
      INCR_WORKSPACE: answer.path,
      INCR_SESSION_ID: answer.session.id,
      INCR_TODO_ID: todo,
      INCR_PORT: "20000",
    });
  });

  test.each([
    ["in_progress", "start", "is in progress already", 1],
    ["done", "finish", "is done", 1],
    ["closed", "close", "is closed", 1],
    ["tombstone", "delete", "was deleted", 1],
  ])("refuses a todo that is %s and changes nothing", async (_status, verb, words, code) => {
    const project = await openProject();
    const todo = await project.todo();
    await project.term.ok(`incr todo ${verb} ${todo}`);
    const before = await project.gitFacts();
    expect(await project.term.fails(code, `incr session start ${todo}`)).toContain(`error: todo ${todo} ${words}`);
    expect(await project.gitFacts()).toBe(before);
    expect(await project.sessions()).toEqual([]);
    expect(project.workspaces()).toEqual({});
  });

  test.each(["waiting", "proposed", "open"])("takes a todo that is %s", async (status) => {
    const project = await openProject();
    const todo = await project.todo();
    if (status !== "open") await project.term.ok(`incr todo update ${todo} --status ${status}`);
    await project.start(todo);
    expect(await project.todoStatus(todo)).toBe("in_progress");
  });

  test("refuses a todo with an active session, naming it", async () => {
    const project = await openProject();
    const { id, todo } = await project.start();
    const before = [await project.gitFacts(), project.state()];
    const stderr = await project.term.fails(4, `incr session start ${todo}`);
    expect(stderr).toMatch(new RegExp(`^error: todo ${todo} is held by session ${id} in ws-001 since `));
    expect(stderr).toContain(`hint: incr session show ${id}\n`);
    expect([await project.gitFacts(), project.state()]).toEqual(before);
  });

  test("an unknown todo is not found, an ambiguous one lists its candidates, none at all is a usage error", async () => {
    const project = await openProject();
    expect(await project.term.fails(3, "incr session start zzzz")).toContain('no todo "zzzz"');
    expect(await project.term.fails(2, "incr session start")).toContain("say which todo: give its id, or --title");
    expect(project.workspaces()).toEqual({});
  });

  test("--title makes the todo first", async () => {
    const project = await openProject();
    await project.term.ok("incr session start --title 'Write the docs'");
    const [session] = await project.sessions();
    expect(session).toMatchObject({ topic: "Write the docs", status: "active" });
    expect(session.branch).toBe(`incr/${session.todo_id}-write-the-docs`);
    expect(await project.term.fails(2, `incr session start ${session.todo_id} --title x`)).toContain("not both");
  });

  test("says which dependencies are still to be done, and starts all the same, as a run does", async () => {
    const project = await openProject();
    const [first, second] = [await project.todo("First"), await project.todo("Second")];
    const next = await project.term.ok(
      `incr todo create Next --depends-on ${first} --depends-on ${second} 2>/dev/null`,
    );
    await project.term.ok(`incr todo close ${second}`);
    const message = `todo ${next} depends on ${first}, still to be done`;
    const run = await project.term.run(`incr session run ${next} -- false`);
    expect(run.stderr).toMatch(new RegExp(`^${message}$`, "m"));
    const start = await project.term.run(`incr session start ${next} --json`);
    expect(start.code).toBe(0);
    expect(start.stderr.split("\n").filter((line) => line.includes("blocked"))).toEqual([
      JSON.stringify({ level: "notice", code: "blocked", message, data: { todo_id: next, blocked_by: [first] } }),
    ]);
    await project.term.ok(`incr session fail ${next} && incr todo close ${first}`);
    expect((await project.term.run(`incr session start ${next}`)).stderr).not.toContain("depends on");
  });

  test("a revision that is not there is refused before anything changes", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const before = await project.gitFacts();
    expect(await project.term.fails(3, `incr session start ${todo} --rev nonsense`)).toContain(
      "nonsense is not a commit in this repository",
    );
    await project.term.fails(3, "incr session start --title 'Never made' --rev nonsense");
    expect(await project.gitFacts()).toBe(before);
    expect(project.workspaces()).toEqual({});
  });
});

describe("incr session done", () => {
  test("with an id: commits what is left, frees the workspace, finishes the todo, says how to merge", async () => {
    const project = await openProject();
    const { id, todo, path, branch } = await project.start();
    writeFileSync(join(path, "login.ts"), "export {};\n");
    const { stdout, code } = await project.term.run(`incr session done ${todo}`);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `completed ${id}: todo ${todo} is done\n` +
        `  work     ${branch} (1 commit, the last one made of uncommitted changes)\n` +
        `  merge    git -C ${project.root} merge ${branch}\n`,
    );
    expect(await project.todoStatus(todo)).toBe("done");
    expect(project.workspace().status).toBe("available");
    expect(project.workspace().lease).toBeUndefined();
    const session = await project.session(id);
    expect(session).toMatchObject({
      status: "completed",
      completed_at: TIME,
      duration_seconds: expect.any(Number),
      head: OID,
    });
    expect(session.exit_code).toBeUndefined();
    await project.term.ok(`git -C ${project.root} merge --quiet ${branch}`);
    expect(await project.read("login.ts")).toBe("export {};\n");
    expect(await project.git(["log", "-1", "--format=%B"])).toBe(
      `Fix the login\n\nIncr-Todo: ${todo}\nIncr-Session: ${id}\n`,
    );
  });

  test("without an id it is the session of the workspace that one stands in", async () => {
    const project = await openProject({ files: { "src/a.ts": "1\n" } });
    const first = await project.start();
    const second = await project.start();
    await second.term.in(join(second.path, "src")).ok("incr session done");
    expect(await project.session(second.id)).toMatchObject({ status: "completed" });
    expect(await project.session(first.id)).toMatchObject({ status: "active" });
    expect(await project.branches()).toEqual([first.branch]);
  });

  test("an id wins over the workspace that one stands in", async () => {
    const project = await openProject();
    const first = await project.start();
    const second = await project.start();
    await second.term.ok(`incr session done ${first.todo}`);
    expect(await project.session(first.id)).toMatchObject({ status: "completed" });
    expect(await project.session(second.id)).toMatchObject({ status: "active" });
  });

  test.each(["done", "fail"])("%s with neither is an error that names what is active", async (verb) => {
    const project = await openProject();
    const { todo } = await project.start();
    const stderr = await project.term.fails(2, `incr session ${verb}`);
    expect(stderr).toBe(`error: this folder is not a workspace, so a todo id is needed\nhint: active: ${todo}\n`);
    expect(await project.todoStatus(todo)).toBe("in_progress");
  });

  test("of a todo that has no active session it is not found, and says what became of the last one", async () => {
    const project = await openProject();
    const { id, todo } = await project.start();
    await project.term.ok(`incr session done ${todo}`);
    expect(await project.term.fails(3, `incr session done ${todo}`)).toBe(
      `error: the session for ${todo} is completed already\nhint: incr session show ${id}\n`,
    );
    expect(await project.term.fails(3, "incr session fail abcd")).toContain("no active session for abcd");
  });

  test("removes a branch that holds nothing", async () => {
    const project = await openProject();
    const { todo } = await project.start();
    expect(await project.term.ok(`incr session done ${todo}`)).toContain("work     nothing was changed");
    expect(await project.branches()).toEqual([]);
    expect((await project.sessions())[0]).toMatchObject({ branch_removed: true });
  });

  test("commits on another branch are named, and how to merge them", async () => {
    const project = await openProject();
    const { todo, term, id } = await project.start();
    await term.ok("git switch -q -c my-own && echo x > x && git add x && git commit -q -m x");
    expect(await project.term.ok(`incr session done ${todo}`)).toBe(
      `completed ${id}: todo ${todo} is done\n  work     my-own (1 commit)\n  merge    git -C ${project.root} merge my-own`,
    );
    expect(await project.branches()).toEqual([]);
    expect(await project.git(["show", "my-own:x"])).toBe("x");
  });

  test("a todo that is gone, or that somebody decided about, is left as it is, and said", async () => {
    const project = await openProject();
    const { todo, id } = await project.start();
    await project.term.ok(`incr todo close ${todo} --force`);
    const answer = await project.term.json(`incr session done ${todo} --json`);
    expect(answer.skipped).toEqual([`todo ${todo} is closed, and stays so`]);
    expect(await project.todoStatus(todo)).toBe("closed");
    const other = await project.start();
    await project.git(["update-ref", "-d", "refs/incr/todos"]);
    const { stdout } = await project.term.run(`incr session fail ${other.todo}`);
    expect(stdout).toContain(`skipped  todo ${other.todo} is gone`);
    expect([await project.session(id), await project.session(other.id)].map(({ status }) => status)).toEqual([
      "completed",
      "failed",
    ]);
  });

  test.each(["done", "fail"])("%s of a workspace whose folder was deleted ends, and says so", async (verb) => {
    const project = await openProject();
    const { todo, path, workspace } = await project.start();
    await project.term.ok(`rm -rf ${path}`);
    expect(await project.term.ok(`incr session ${verb} ${todo}`)).toContain(`skipped  ${path}: the folder is gone`);
    expect(project.workspace(workspace)).toMatchObject({ status: "available" });
    expect(project.workspace(workspace).attention).toBeUndefined();
    expect(await project.git(["worktree", "list"])).not.toContain("ws-001");
    const again = await project.start();
    expect([again.workspace, existsSync(join(again.path, "README.md"))]).toEqual([workspace, true]);
  });
});

describe("incr session fail", () => {
  test("frees the workspace, reopens the todo, and names the rescue", async () => {
    const project = await openProject();
    const { id, todo, path, term } = await project.start();
    writeFileSync(join(path, "half.ts"), "not yet\n");
    const stdout = await term.ok("incr session fail");
    const [rescue] = await project.rescues();
    expect(stdout).toBe(
      `failed ${id}: todo ${todo} is open again\n  rescue   ${rescue.name}\n  resume   incr session resume ${id}`,
    );
    expect(rescue).toMatchObject({ session_id: id, todo_id: todo, workspace: "ws-001", restored: false });
    const session = await project.session(id);
    expect(session).toMatchObject({ status: "failed", reason: "failed", completed_at: TIME, rescue: rescue.ref });
    expect(session).toMatchObject({ duration_seconds: expect.any(Number), branch_removed: true });
    expect(await project.todoStatus(todo)).toBe("open");
    expect(project.workspace().status).toBe("available");
    expect(existsSync(join(path, "half.ts"))).toBe(false);
  });

  test("commits stay on the branch", async () => {
    const project = await openProject();
    const { todo, term, branch, id } = await project.start();
    await term.ok("echo x > x && git add x && git commit -q -m x");
    expect(await project.term.ok(`incr session fail ${todo}`)).toContain(`work     ${branch} (1 commit)`);
    expect(await project.rescues()).toEqual([]);
    expect((await project.session(id)).head).toBe(await project.git(["rev-parse", branch]));
  });
});

describe("incr session run", () => {
  test("exit 0: the todo is done, the work is on the branch, exit code and duration are recorded", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const { code, stdout, stderr } = await project.term.run(
      `incr session run ${todo} -- sh -c 'echo out; echo err >&2; echo x > made; sleep 1.1'`,
    );
    expect([code, stdout]).toEqual([0, "out\n"]);
    const [session] = await project.sessions();
    expect(session).toMatchObject({
      status: "completed",
      exit_code: 0,
      completed_at: TIME,
      lease_kind: "process",
      topic: "sh -c echo out; echo err >&2; echo x > made; sleep 1.1",
    });
    expect(session.duration_seconds).toBeGreaterThanOrEqual(1);
    expect(stderr).toContain("err\n");
    expect(stderr).toContain(`completed ${session.id}: todo ${todo} is done`);
    expect(await project.todoStatus(todo)).toBe("done");
    expect(await project.git(["show", `${session.branch}:made`])).toBe("x");
    expect(project.workspace().status).toBe("available");
  });

  test("another exit code: the todo is open, the session failed, the workspace free, and the code is ours", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const { code, stderr } = await project.term.run(
      `incr session run ${todo} --topic mine -- sh -c 'echo x > made; exit 7'`,
    );
    expect(code).toBe(7);
    const [session] = await project.sessions();
    expect(session).toMatchObject({
      status: "failed",
      reason: "exit",
      exit_code: 7,
      topic: "mine",
      completed_at: TIME,
    });
    expect(stderr).toContain(`failed ${session.id}: todo ${todo} is open again`);
    expect(await project.todoStatus(todo)).toBe("open");
    expect(project.workspace().status).toBe("available");
    expect((await project.rescues())[0]).toMatchObject({
      session_id: session.id,
      reason: "left by a session that ended with exit code 7",
    });
  });

  test("--title, --rev, and a todo that is held", async () => {
    const project = await openProject();
    const base = await project.git(["rev-parse", "HEAD"]);
    await project.commit("second", { second: "2\n" });
    const { stdout } = await project.term.run(
      "incr session run --title 'Look' --rev HEAD~1 -- sh -c 'git rev-parse HEAD; ls'",
    );
    expect(stdout).toBe(`${base}\nREADME.md\n`);
    const { todo } = await project.start();
    expect(await project.term.fails(4, `incr session run ${todo} -- touch ${project.dir}/ran`)).toContain(
      "is held by session",
    );
    expect(existsSync(join(project.dir, "ran"))).toBe(false);
  });

  test("needs a command", async () => {
    const project = await openProject();
    const todo = await project.todo();
    expect(await project.term.fails(2, `incr session run ${todo}`)).toContain("incr session run --help");
    expect(await project.todoStatus(todo)).toBe("open");
  });
});

describe("incr session list and show", () => {
  test("a table like the other lists, and --json", async () => {
    const project = await openProject();
    const failed = await project.todo("Write the docs");
    await project.term.run(`incr session run ${failed} -- sh -c 'exit 3'`);
    const active = await project.start(await project.todo("Fix the login"), "--topic 'first look'");
    const [one, two] = await project.sessions();
    const table = (await project.term.ok("incr session list")).split("\n").map((line) => line.trimEnd());
    // A second may have passed since.
    expect(table.map((line) => line.replace(/ \ds {2}|\d\ds {2}/, "now  "))).toEqual([
      "TODO      STATUS  WORKSPACE  AGE  TOPIC         EXIT  SESSION",
      `${active.todo}  active  ws-001     now  first look       -  ${active.id}`,
      `${failed}  failed  ws-001     now  sh -c exit 3     3  ${two.id}`,
    ]);
    expect(one).toMatchObject({ id: active.id, status: "active" });
    expect(
      (await project.term.json("incr session list --status failed --json")).sessions.map((s: any) => s.id),
    ).toEqual([two.id]);
    expect(await project.term.ok("incr session list --status completed")).toContain("no sessions");
    expect(await project.term.fails(2, "incr session list --status nonsense")).toContain("--status");
  });

  test("shows active sessions and those that ended in the last seven days; --all shows the rest", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const day = 86_400_000;
    for (let n = 0; n < 3; n++) await project.term.run(`incr session run ${todo} -- false`);
    const active = await project.start(todo);
    const history = join(project.stateDir, "history", "sessions.jsonl");
    const lines = readFileSync(history, "utf8").trimEnd().split("\n");
    const ages = [8.1, 6.9, 0];
    const aged = lines.map((line, n) => {
      const ended = new Date(Date.now() - (ages[n] as number) * day).toISOString();
      return line.replaceAll(/"(completed_at|updated_at)":"[^"]+"/g, `"$1":"${ended}"`);
    });
    writeFileSync(history, `${aged.join("\n")}\n`);
    const ids = async (flags: string) =>
      (await project.term.json(`incr session list ${flags} --json`)).sessions.map((s: any) => s.id);
    expect(await ids("")).toHaveLength(3);
    expect((await ids(""))[0]).toBe(active.id);
    expect(await ids("--all")).toHaveLength(4);
    expect(await ids("--all --status failed")).toHaveLength(3);
    expect(await ids("--status failed")).toHaveLength(2);
  });

  test("in a repository without sessions, and outside of any", async () => {
    const project = await openProject();
    expect(await project.term.ok("incr session list")).toBe("no sessions; `incr session start <todo-id>` begins one");
    expect(existsSync(project.stateDir)).toBe(false);
    expect(await project.term.in(project.dir).fails(1, "incr session list")).toContain(
      "is not inside a git repository",
    );
  });

  test("show: by session, by todo, by prefix, by the workspace that one stands in", async () => {
    const project = await openProject();
    const { id, todo, path, branch, term } = await project.start();
    await term.ok("echo x > x && git add x && git commit -q -m x");
    const expected = await project.term.json(`incr session show ${id} --json`);
    expect(expected).toMatchObject({
      session: { id },
      path,
      commits: 1,
      merge: `git merge ${branch}`,
      liveness: "held",
    });
    for (const wanted of [id.slice(0, 5), todo, todo.slice(0, 5)]) {
      expect(await project.term.json(`incr session show ${wanted} --json`)).toEqual(expected);
    }
    expect(await term.json("incr session show --json")).toEqual(expected);
    const text = await term.ok("incr session show");
    for (const part of [id, todo, path, `${branch} (1 commit)`, `git merge ${branch}`]) expect(text).toContain(part);
    expect(await project.term.fails(2, "incr session show")).toContain("no session holds this folder");
    expect(await project.term.fails(3, "incr session show zzzz")).toContain("starts with zzzz");
  });
});
