/**
 * kill -9 at every step of every operation. The next command finishes or undoes what was begun, says so once, and nothing is lost; after that the same
 * operation can be done again.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runIncr, spawnIncr } from "../support/incr.ts";
import { runInside } from "../support/inside.ts";
import { openProject, untilSettled, type Attempt, type Project } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";

/** `worktree` is the step between making or cleaning a worktree and its files being there. */
const take = (worktree: string) => [
  "take:reserved",
  "take:announced",
  worktree,
  "take:checked-out",
  "take:prepared",
  "take:provisioned",
];
const END = [
  "end:begun",
  "save:committed",
  "save:rescued",
  "end:noted",
  "empty:cleaned",
  "end:kept",
  "end:todo",
  "end:confirmed",
];

/** Runs a command that kills itself at a step. */
async function crash(project: Project, step: string, words: string[]): Promise<void> {
  const { code, stderr } = await runIncr(words, { cwd: project.root, env: { ...project.env, INCR_FAULT: step } });
  expect(code, `${words.join(" ")} was to be killed at ${step}: ${stderr}`).toBe(137);
}

/** Runs the next command until nothing is half done any more, and gives what it told. */
async function next(project: Project): Promise<string> {
  const isHalfDone = () => {
    const leases = Object.values<any>(project.workspaces()).map(({ lease }) => lease);
    return leases.some((lease) => lease?.intent !== undefined || lease?.kind === "process");
  };
  const stderr = isHalfDone() ? (await untilSettled(project)).stderr : "";
  const again = await runInside(["session", "list"], project.term);
  expect(again.stderr).toBe("");
  await expectSound(project);
  return stderr;
}

/** Sessions, leases, todos and worktrees fit each other, and nothing is half done. */
async function expectSound(project: Project): Promise<void> {
  const { sessions, workspaces } = project.state();
  const held = Object.values<any>(workspaces).filter(({ status }) => status === "acquired");
  expect(held.filter(({ lease }) => lease.intent !== undefined)).toEqual([]);
  const leases = held.filter(({ lease }) => lease.holder.type === "session").map(({ lease }) => lease.lease_id);
  expect(Object.values<any>(sessions).map(({ lease_id }) => lease_id)).toEqual(leases);
  const listed = (await project.git(["worktree", "list", "--porcelain"])).match(/^worktree .*$/gm) ?? [];
  const known = Object.values<any>(workspaces).map(({ path }) => `worktree ${path}`);
  expect(listed.filter((line) => line !== `worktree ${project.root}` && !known.includes(line))).toEqual([]);
  for (const { status, path, attention } of Object.values<any>(workspaces)) {
    expect(attention).toBeUndefined();
    if (status === "available" && existsSync(path))
      expect(await project.git(["status", "--porcelain", "-uall"], { cwd: path })).toBe("");
  }
}

/** Whether some branch or rescue has the file `mine`, or it still stands in the workspace. */
async function hasWork(project: Project, path: string): Promise<boolean> {
  if (existsSync(join(path, "mine"))) return true;
  const refs = (
    await project.git(["for-each-ref", "--format=%(refname)", "refs/heads/incr", "refs/incr/rescue"])
  ).split("\n");
  for (const ref of refs.filter((name) => name !== ""))
    if ((await project.git(["show", `${ref}:mine`]).catch(() => "")) === "mine") return true;
  return false;
}

async function startWorking(): Promise<{ project: Project; attempt: Attempt }> {
  const project = await openProject();
  const attempt = await project.start();
  writeFileSync(join(attempt.path, "mine"), "mine\n");
  return { project, attempt };
}

describe("incr session start killed", () => {
  test.each(["repository:marked", ...take("prepare:added")])("at %s is undone", async (step) => {
    const project = await openProject();
    const todo = await project.todo();
    await crash(project, step, ["session", "start", todo]);
    const reserved = step !== "repository:marked";
    if (reserved) {
      expect(await next(project)).toMatch(
        new RegExp(`^starting ${todo} was cut off and is undone; the todo is open, ws-001 free\\n$`),
      );
      expect(project.workspace().status).toBe("available");
    }
    expect(await project.sessions()).toEqual([]);
    expect(await project.todoStatus(todo)).toBe("open");
    expect(await project.branches()).toEqual([]);
    expect(await project.rescues()).toEqual([]);
    const { path, workspace, branch } = await project.start(todo);
    expect([workspace, branch]).toEqual(["ws-001", `incr/${todo}-fix-the-login`]);
    expect(existsSync(join(path, "README.md"))).toBe(true);
    expect(Object.keys(project.state().repos)).toHaveLength(1);
  });

  test("after it was confirmed stands", async () => {
    const project = await openProject();
    const todo = await project.todo();
    await crash(project, "take:confirmed", ["session", "start", todo]);
    expect(await next(project)).toBe("");
    expect((await project.sessions())[0]).toMatchObject({ status: "active", todo_id: todo });
    await project.term.ok(`incr session done ${todo}`);
  });

  test("by the next start itself, of the same todo", async () => {
    const project = await openProject();
    const todo = await project.todo();
    await crash(project, "take:checked-out", ["session", "start", todo]);
    const { stderr } = await waitFor("the start to be undone", async () => {
      const next = await project.term.run(`incr session start ${todo}`);
      return next.code === 0 ? next : undefined;
    });
    expect(stderr).toContain("was cut off and is undone");
  });

  test("in the middle of its hook: what the hook left is cleared away, and it runs again", async () => {
    const project = await openProject({ files: { ".gitignore": "deps/\n" } });
    await project.write(
      "incr.toml",
      `[workspace]\non-create = ["echo ran >> ${project.dir}/ran; mkdir -p deps; echo x > deps/x; echo junk > junk"]\n`,
    );
    await project.term.ok("incr trust --yes");
    const todo = await project.todo();
    await crash(project, "take:provisioned", ["session", "start", todo]);
    expect(await next(project)).toContain("kept as rescue");
    await project.start(todo);
    expect(readFileSync(join(project.dir, "ran"), "utf8")).toBe("ran\nran\n");
  });
});

describe("incr session done killed", () => {
  test.each(END)("at %s is finished as it was meant", async (step) => {
    const { project, attempt } = await startWorking();
    await crash(project, step, ["session", "done", attempt.todo]);
    expect(await hasWork(project, attempt.path)).toBe(true);
    const story = await next(project);
    if (step !== "end:confirmed")
      expect(story).toBe(
        `settled session ${attempt.id} of ${attempt.todo}: completed, its process is gone (work on ${attempt.branch})\n`,
      );
    expect((await project.sessions())[0]).toMatchObject({ status: "completed" });
    expect(await project.todoStatus(attempt.todo)).toBe("done");
    expect(await project.git(["show", `${attempt.branch}:mine`])).toBe("mine");
    expect(await project.git(["log", "--format=%s", `main..${attempt.branch}`])).toBe("Fix the login");
    expect(await project.rescues()).toEqual([]);
    expect((await project.start()).workspace).toBe("ws-001");
  });

  test("before it had refused: it is taken back, and the session goes on", async () => {
    const { project, attempt } = await startWorking();
    await attempt.term.ok("git init -q nested");
    await crash(project, "end:begun", ["session", "done", attempt.todo]);
    const { stderr } = await untilSettled(project);
    expect(stderr).toMatch(
      new RegExp(`^ending session ${attempt.id} was cut off, and the session goes on: the work in .* cannot be kept`),
    );
    expect((await project.sessions())[0]).toMatchObject({ status: "active" });
    expect(project.workspace().lease.intent).toBeUndefined();
    await attempt.term.ok("rm -r nested && incr session done");
  });
});

describe("incr session fail killed", () => {
  test.each([...END, "clean:compared", "clean:moved", "clean:removed"])(
    "at %s is finished as it was meant",
    async (step) => {
      const { project, attempt } = await startWorking();
      writeFileSync(join(attempt.path, "README.md"), "changed\n");
      await crash(project, step, ["session", "fail", attempt.todo]);
      expect(await hasWork(project, attempt.path)).toBe(true);
      await next(project);
      const [session] = await project.sessions();
      expect(session).toMatchObject({ status: "failed", reason: "failed" });
      expect(await project.todoStatus(attempt.todo)).toBe("open");
      expect(await project.rescues()).toEqual([expect.objectContaining({ ref: session.rescue })]);
      await project.term.ok(`incr session resume ${attempt.id}`);
      expect(readFileSync(join(attempt.path, "mine"), "utf8")).toBe("mine\n");
      expect(readFileSync(join(attempt.path, "README.md"), "utf8")).toBe("changed\n");
      await project.term.ok(`incr session fail ${attempt.id}`);
    },
  );
});

describe("incr session run killed", () => {
  const run = (todo: string) => ["session", "run", todo, "--", "sh", "-c", "echo mine > mine"];

  test.each(["take:reserved", "take:prepared"])("at %s is undone", async (step) => {
    const project = await openProject();
    const todo = await project.todo();
    await crash(project, step, run(todo));
    expect(await next(project)).toContain(`starting ${todo} was cut off and is undone`);
    expect(await project.todoStatus(todo)).toBe("open");
    expect((await runIncr(run(todo), { cwd: project.root, env: project.env })).code).toBe(0);
  });

  test.each(["take:confirmed", "run:started"])("at %s was an attempt that was interrupted", async (step) => {
    const project = await openProject();
    const todo = await project.todo();
    await crash(project, step, run(todo));
    expect(await next(project)).toContain("interrupted, its process is gone");
    expect((await project.sessions())[0]).toMatchObject({
      status: "failed",
      reason: "interrupted",
      branch_removed: true,
    });
    expect(await project.todoStatus(todo)).toBe("open");
    expect((await runIncr(run(todo), { cwd: project.root, env: project.env })).code).toBe(0);
  });

  test("before its end was written down was interrupted: a result that nobody knows is no success", async () => {
    const project = await openProject();
    const todo = await project.todo();
    await crash(project, "run:ended", run(todo));
    const path = project.workspace().path;
    expect(await hasWork(project, path)).toBe(true);
    await next(project);
    const [session] = await project.sessions();
    expect(session).toMatchObject({ status: "failed", reason: "interrupted" });
    expect(await hasWork(project, path)).toBe(true);
    await project.term.ok(`incr session resume ${session.id}`);
    expect(readFileSync(join(path, "mine"), "utf8")).toBe("mine\n");
  });

  test.each(["end:begun", "save:committed", "empty:cleaned", "end:todo"])(
    "at %s is finished as the command had ended",
    async (step) => {
      const project = await openProject();
      const todo = await project.todo();
      await crash(project, step, run(todo));
      await next(project);
      const [session] = await project.sessions();
      expect(session).toMatchObject({ status: "completed", exit_code: 0 });
      expect(await project.git(["show", `${session.branch}:mine`])).toBe("mine");
      expect(await project.todoStatus(todo)).toBe("done");
    },
  );
});

describe("incr session resume killed", () => {
  test.each(take("prepare:clean"))("at %s is undone, and can be done again", async (step) => {
    const { project, attempt } = await startWorking();
    await attempt.term.ok("echo staged > staged && git add staged");
    await project.term.ok(`incr session fail ${attempt.todo}`);
    const before = await project.session(attempt.id);
    await crash(project, step, ["session", "resume", attempt.id]);
    expect(await next(project)).toBe(`resuming session ${attempt.id} was cut off; it can be resumed as before\n`);
    expect(await project.session(attempt.id)).toEqual(before);
    expect(await project.todoStatus(attempt.todo)).toBe("open");
    await project.term.ok(`incr session resume ${attempt.id}`);
    expect(await attempt.term.ok("git status --porcelain")).toBe("A  staged\n?? mine");
    await project.term.ok(`incr session done ${attempt.id}`);
  });

  test("after it was confirmed stands, and its rescue stays until it is marked", async () => {
    const { project, attempt } = await startWorking();
    await project.term.ok(`incr session fail ${attempt.todo}`);
    await crash(project, "take:confirmed", ["session", "resume", attempt.id]);
    expect(await next(project)).toBe("");
    expect((await project.sessions())[0]).toMatchObject({ status: "active" });
    await attempt.term.ok("incr session done");
  });

  test.each(["take:reserved", "take:provisioned"])(
    "at %s of an attempt that could not be kept leaves it where it is",
    async (step) => {
      const project = await openProject();
      const todo = await project.todo();
      await project.term.run(`incr session run ${todo} -- sh -c 'echo mine > mine; git init -q nested'`);
      const [{ id }] = await project.sessions();
      const { path } = project.workspace();
      await crash(project, step, ["session", "resume", id]);
      const { stderr } = await untilSettled(project);
      expect(stderr).toBe(`resuming session ${id} was cut off; it can be resumed as before\n`);
      expect(project.workspace()).toMatchObject({
        status: "available",
        attention: expect.stringContaining("it still holds the work"),
      });
      expect([existsSync(join(path, "mine")), existsSync(join(path, "nested/.git"))]).toEqual([true, true]);
      expect(await project.term.ok(`incr session resume ${id}`)).toBe(path);
    },
  );
});

describe("incr workspace release killed", () => {
  test.each(["release:begun", "save:committed", "save:rescued", "empty:cleaned", "give-back:emptied"])(
    "at %s is finished",
    async (step) => {
      const project = await openProject();
      const path = await project.term.ok("incr workspace acquire --purpose x");
      writeFileSync(join(path, "mine"), "mine\n");
      await crash(project, step, ["workspace", "release", "1"]);
      expect(await hasWork(project, path)).toBe(true);
      expect(await next(project)).toMatch(/^ws-001 is free again/);
      expect(await hasWork(project, path)).toBe(true);
      expect(project.workspace().status).toBe("available");
      await project.term.ok("incr workspace acquire --purpose again");
    },
  );

  test("before it had refused: it stays held", async () => {
    const project = await openProject();
    const path = await project.term.ok("incr workspace acquire --purpose x");
    await project.term.in(path).ok("git init -q nested");
    await crash(project, "release:begun", ["workspace", "release", "1"]);
    expect((await untilSettled(project)).stderr).toContain("releasing ws-001 was cut off, and it stays held");
    expect(project.workspace()).toMatchObject({ status: "acquired" });
    expect(project.workspace().lease.intent).toBeUndefined();
  });
});

describe("incr workspace destroy killed", () => {
  test.each(["destroy:reserved", "destroy:rescued", "destroy:removed"])("at %s is finished or undone", async (step) => {
    const project = await openProject();
    const path = await project.term.ok("incr workspace acquire --purpose x");
    await project.term.ok("incr workspace release 1");
    writeFileSync(join(path, "mine"), "mine\n");
    await crash(project, step, ["workspace", "destroy", "ws-001"]);
    expect(await hasWork(project, path)).toBe(true);
    await next(project);
    expect(await hasWork(project, path)).toBe(true);
    if (step === "destroy:removed") expect(project.workspaces()).toEqual({});
    else await project.term.ok("incr workspace destroy ws-001");
    expect([existsSync(path), existsSync(`${path}.removed`)]).toEqual([false, false]);
    expect(await project.git(["worktree", "list"])).not.toContain("ws-001");
  });
});

test("two settlers at once: one settles, and both go on", async () => {
  const { project, attempt } = await startWorking();
  await crash(project, "end:begun", ["session", "fail", attempt.todo]);
  const file = join(project.dir, "go");
  const first = spawnIncr(["session", "list"], {
    cwd: project.root,
    env: { ...project.env, INCR_FAULT_PAUSE: `end:begun=${file}` },
  });
  await waitFor("the first to settle", () => existsSync(`${file}.reached`));
  const second = await project.term.run("incr session list --json");
  expect([second.code, second.stderr]).toEqual([0, ""]);
  writeFileSync(file, "");
  expect((await first.finished).stderr).toContain(`settled session ${attempt.id}`);
  expect(await project.rescues()).toHaveLength(1);

  const many = await openProject();
  const other = await many.start();
  writeFileSync(join(other.path, "mine"), "mine\n");
  await crash(many, "end:begun", ["session", "fail", other.todo]);
  const stories = await Promise.all(
    [...Array(8).keys()].map(async () => await runIncr(["session", "list"], { cwd: many.root, env: many.env })),
  );
  for (const { code, stderr } of stories) expect(code, stderr).toBe(0);
  expect(stories.filter(({ stderr }) => stderr.includes("settled"))).toHaveLength(1);
  expect(await many.rescues()).toHaveLength(1);
  await expectSound(many);
});

test("a settler that is killed itself leaves it to the next", async () => {
  const { project, attempt } = await startWorking();
  await crash(project, "end:begun", ["session", "fail", attempt.todo]);
  for (const step of ["end:begun", "save:rescued", "empty:cleaned", "end:todo"])
    await crash(project, step, ["session", "list"]);
  await next(project);
  expect((await project.sessions())[0]).toMatchObject({ status: "failed", reason: "failed" });
  await project.term.ok(`incr session resume ${attempt.id}`);
  expect(readFileSync(join(attempt.path, "mine"), "utf8")).toBe("mine\n");
  const other = await openProject();
  const todo = await other.todo();
  await crash(other, "take:prepared", ["session", "start", todo]);
  for (const step of ["save:rescued", "give-back:emptied"]) await crash(other, step, ["session", "list"]);
  await next(other);
  expect([await other.todoStatus(todo), await other.branches(), await other.sessions()]).toEqual(["open", [], []]);
});

test("a git that was killed in the workspace leaves its lock, and does not keep it from being settled", async () => {
  const project = await openProject();
  const todo = await project.todo();
  const line = 'echo mine > mine; touch "$(git rev-parse --git-path index.lock)"; exit 1';
  const { code, stderr } = await runIncr(["session", "run", todo, "--", "sh", "-c", line], {
    cwd: project.root,
    env: project.env,
  });
  expect([code, project.workspace().attention], stderr).toEqual([1, undefined]);
  const { path } = await project.start(todo);
  expect(existsSync(join(path, "mine"))).toBe(false);
  // While a person may be at work there, it is respected.
  const lock = await project.git(["rev-parse", "--path-format=absolute", "--git-path", "index.lock"], { cwd: path });
  writeFileSync(lock, "");
  expect(await project.term.fails(5, `incr session done ${todo}`)).toContain("a git command is at work in");
  await project.term.ok(`rm ${lock} && incr session done ${todo}`);
});

test("a worktree that git was killed over while it made it is made anew", async () => {
  const project = await openProject();
  const { todo, path } = await project.start();
  const gitDir = await project.git(["rev-parse", "--absolute-git-dir"], { cwd: path });
  await project.term.ok(`incr session done ${todo}`);
  // What git leaves: a lock that says so, part of the files, and no index.
  writeFileSync(join(gitDir, "locked"), "initializing");
  await project.term.ok(`rm ${gitDir}/index && rm -f ${path}/README.md`);
  const again = await project.start();
  expect([again.path, existsSync(join(path, "README.md"))]).toEqual([path, true]);
  expect(await project.rescues()).toEqual([]);
});
