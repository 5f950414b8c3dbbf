/** Many real processes at once: one worker per todo, one holder per workspace, and nobody who lost has changed anything. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runIncr, spawnIncr } from "../support/incr.ts";
import { openProject, shown } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";

const CROWD = 32;
const times = <T>(work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all([...Array(CROWD).keys()].map(async (n) => await work(n)));

describe("32 at once", () => {
  test("starts of one todo: one wins, and the losers change nothing", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const results = await times(
      async () => await runIncr(["session", "start", todo], { cwd: project.root, env: project.env }),
    );
    const winners = results.filter(({ code }) => code === 0);
    expect(winners.map(({ stdout }) => stdout)).toEqual([`${project.workspace().path}\n`]);
    const [session, ...others] = await project.sessions();
    expect(others).toEqual([]);
    for (const loser of results.filter(({ code }) => code !== 0)) {
      expect([loser.code, loser.stdout], shown(loser)).toEqual([4, ""]);
      expect(loser.stderr).toContain(`todo ${todo} is held by session ${session.id} in ws-001`);
    }
    // One change of the todo, one workspace, one branch: the others left no trace, not even one that was taken back.
    expect((await project.git(["log", "--format=%s", "refs/incr/todos"])).split("\n")).toEqual([
      `start ${todo}`,
      `create ${todo}`,
      "Begin the list of todos",
    ]);
    expect(Object.keys(project.workspaces())).toEqual(["ws-001"]);
    expect(await project.branches()).toEqual([session.branch]);
    expect((await project.git(["worktree", "list"])).split("\n")).toHaveLength(2);
    expect(existsSync(join(project.stateDir, "history"))).toBe(false);
  });

  test("starts of different todos, the first commands of this repository: all win, each in a workspace of its own", async () => {
    const project = await openProject();
    const results = await times(
      async (n) => await runIncr(["session", "start", "--title", `Todo ${n}`], { cwd: project.root, env: project.env }),
    );
    for (const result of results) expect(result.code, shown(result)).toBe(0);
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(CROWD);
    expect(Object.keys(project.state().repos)).toHaveLength(1);
    const sessions = await project.sessions();
    expect(new Set(sessions.map(({ todo_id }) => todo_id)).size).toBe(CROWD);
    const leases = Object.values(project.workspaces()).map(({ lease }) => lease);
    expect(new Set(leases.map(({ holder }) => holder.id))).toEqual(new Set(sessions.map(({ id }) => id)));
    expect(new Set(leases.map(({ port }) => port)).size).toBe(CROWD);
    for (const path of results.map(({ stdout }) => stdout.trim()))
      expect(existsSync(join(path, "README.md"))).toBe(true);

    // And all of them end at once.
    const ends = await times(
      async (n) =>
        await runIncr(["session", n % 2 === 0 ? "done" : "fail", sessions[n].todo_id], {
          cwd: project.root,
          env: project.env,
        }),
    );
    for (const end of ends) expect(end.code, shown(end)).toBe(0);
    expect((await project.sessions()).map(({ status }) => String(status)).toSorted()).toEqual([
      ...Array<string>(CROWD / 2).fill("completed"),
      ...Array<string>(CROWD / 2).fill("failed"),
    ]);
    expect(Object.values(project.workspaces()).map(({ status }) => status)).toEqual(Array(CROWD).fill("available"));
    expect(await project.branches()).toEqual([]);
  });

  test("acquires: each gets a workspace of its own, free ones first", async () => {
    const project = await openProject();
    for (let n = 1; n <= 4; n++) await project.term.ok(`incr workspace acquire --purpose ${n}`);
    for (let n = 1; n <= 4; n++) await project.term.ok(`incr workspace release ${n}`);
    const results = await times(
      async (n) =>
        await runIncr(["workspace", "acquire", "--purpose", `p${n}`], { cwd: project.root, env: project.env }),
    );
    for (const result of results) expect(result.code, shown(result)).toBe(0);
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(CROWD);
    expect(Object.keys(project.workspaces())).toHaveLength(CROWD);
  });

  test("ends of one session: one ends it, the others are told", async () => {
    const project = await openProject();
    const { todo, path, branch } = await project.start();
    writeFileSync(join(path, "x"), "x\n");
    const results = await times(
      async (n) =>
        await runIncr(["session", n % 2 === 0 ? "done" : "fail", todo], { cwd: project.root, env: project.env }),
    );
    expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
    for (const { code, stderr } of results.filter(({ code }) => code !== 0)) {
      expect([3, 4], stderr).toContain(code);
      expect(stderr).toMatch(/already|meanwhile|in the middle of a step/);
    }
    const [session] = await project.sessions();
    const kept = session.status === "completed" ? `${branch}:x` : `${session.rescue}:x`;
    expect(await project.git(["show", kept])).toBe("x");
    expect(await project.rescues()).toHaveLength(session.status === "completed" ? 0 : 1);
  });
});

test("starts and runs of few todos by many: never two workers on one, and every attempt is settled", async () => {
  const project = await openProject();
  const todos = await Promise.all(["a", "b", "c"].map(async (title) => await project.todo(title)));
  // Each worker holds a file that may only exist once per todo.
  const work = (todo: string) =>
    `set -C; echo > ${project.dir}/lock-${todo} || touch ${project.dir}/twice; rm ${project.dir}/lock-${todo}; exit 1`;
  const results = await times(async (n) => {
    const todo = todos[n % 3] as string;
    return await runIncr(["session", "run", todo, "--", "sh", "-c", work(todo)], {
      cwd: project.root,
      env: project.env,
    });
  });
  for (const result of results) expect([1, 4], shown(result)).toContain(result.code);
  expect(existsSync(join(project.dir, "twice"))).toBe(false);
  const sessions = await project.sessions();
  expect(sessions.length).toBe(results.filter(({ code }) => code === 1).length);
  expect(new Set(sessions.map(({ status }) => status))).toEqual(new Set(["failed"]));
  for (const todo of todos) expect(await project.todoStatus(todo)).toBe("open");
  expect(Object.values(project.workspaces()).map(({ status }) => status)).not.toContain("acquired");
});

describe("a holder that was superseded", () => {
  test("cannot end anything with the token of a lease that has ended", async () => {
    const project = await openProject();
    const { todo, leaseId, id } = await project.start();
    await project.term.ok(`incr session fail ${todo}`);
    const second = await project.start(todo);
    const before = [project.state(), await project.gitFacts()];
    for (const line of [`incr session done ${todo}`, `incr session fail ${todo}`, "incr session done"]) {
      const stderr = await second.term.fails(4, line, { env: { INCR_LEASE_ID: leaseId } });
      expect(stderr).toContain("error: the lease of this shell (INCR_LEASE_ID) has ended");
      expect(stderr).toContain("unset INCR_LEASE_ID");
    }
    expect([project.state(), await project.gitFacts()]).toEqual(before);
    void id;
    await second.term.ok("incr session done", { env: { INCR_LEASE_ID: second.leaseId } });
  });

  test("cannot end by directory the session that holds that workspace now", async () => {
    const project = await openProject();
    const one = await project.start();
    const two = await project.start();
    // The shell still has the token of one, and stands where two is.
    const stderr = await two.term.fails(4, "incr session done", { env: { INCR_LEASE_ID: one.leaseId } });
    expect(stderr).toContain(`ws-002 was leased anew since this shell got it: session ${two.id} holds it`);
    expect((await project.sessions()).map(({ status }) => status)).toEqual(["active", "active"]);
  });

  test("by directory, a workspace that was freed has no session to end", async () => {
    const project = await openProject();
    const { todo, term } = await project.start();
    await project.term.ok(`incr session done ${todo}`);
    expect(await term.fails(3, "incr session done")).toContain("nobody holds ws-001; its session has ended");
  });

  test("an end that is overtaken while it works does not end the attempt that came after it", async () => {
    const project = await openProject();
    const { todo, path } = await project.start();
    writeFileSync(join(path, "x"), "x\n");
    const file = join(project.dir, "go");
    const slow = spawnIncr(["session", "fail", todo], {
      cwd: project.root,
      env: { ...project.env, INCR_FAULT_PAUSE: `end:kept=${file}` },
    });
    await waitFor("the end to have kept the work", () => existsSync(`${file}.reached`));
    expect(await project.term.fails(4, `incr session done ${todo}`)).toContain(
      "in the middle of a step (release) by process",
    );
    expect(await project.term.fails(4, `incr session start ${todo}`)).toContain("is held by session");
    writeFileSync(file, "");
    expect((await slow.finished).code).toBe(0);
    expect((await project.sessions())[0]).toMatchObject({ status: "failed" });
  });
});

test("a workspace that somebody stands in is not handed to others", async () => {
  const project = await openProject();
  const { todo, path } = await project.start();
  await project.term.ok(`incr session done ${todo}`);
  const stander = project.term.in(path).start("sleep 1000");
  await waitFor("it to stand there", async () =>
    (await project.term.ok("incr workspace show 1")).includes("sleep 1000"),
  );
  expect((await project.start()).workspace).toBe("ws-002");
  expect(await project.term.fails(5, "incr workspace destroy ws-001")).toContain("ws-001 is in use by other processes");
  stander.kill("SIGKILL");
  await stander.finished;
  expect((await project.start()).workspace).toBe("ws-001");
});
