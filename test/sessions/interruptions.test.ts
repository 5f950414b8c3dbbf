/** Interruptions settle and keep the work: signals, a terminal that goes away, kill -9 of one process or of all. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { spawnIncr } from "../support/incr.ts";
import type { Running } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { isAlive, openProject, untilSettled, type Project } from "../support/project.ts";
import { makeBinDir } from "../support/terminal.ts";
import { openPane } from "../support/tmux.ts";
import { waitFor } from "../support/wait.ts";

const NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

interface Run {
  project: Project;
  todo: string;
  running: Running;
  /** Pid of the command. */
  child: number;
}

/** Starts `session run` of a shell script that writes work, does what `first` says, says that it is ready, and then does what `script` says. */
async function startRun(script: string, first = ":", project?: Project): Promise<Run> {
  const at = project ?? (await openProject());
  const todo = await at.todo();
  const ready = join(at.dir, "ready");
  const line = `echo mine > mine; ${first}; echo $$ > ${ready}.tmp; mv ${ready}.tmp ${ready}; ${script}`;
  const running = spawnIncr(["session", "run", todo, "--", "bash", "-c", line], { cwd: at.root, env: at.env });
  await waitFor("the command to run", () => existsSync(ready));
  // The child is written down right after it began.
  await waitFor("the child to be recorded", () => at.workspace().lease.process.child_pid !== undefined);
  return { project: at, todo, running, child: Number(readFileSync(ready, "utf8")) };
}

/** The attempt was interrupted, and everything is free again. */
async function expectInterrupted(project: Project, todo: string): Promise<any> {
  const session = (await project.sessions()).find(({ todo_id }) => todo_id === todo);
  expect(session).toMatchObject({ status: "failed", reason: "interrupted" });
  expect(await project.todoStatus(todo)).toBe("open");
  expect(project.workspace()).toMatchObject({ status: "available" });
  expect(project.workspace().lease).toBeUndefined();
  expect(await project.git(["show", `${session.rescue}:mine`])).toBe("mine");
  return session;
}

/** The owner before its command, so that it has no chance to settle. Their output may be kept open by others. */
async function killNow(...pids: number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, "SIGKILL");
  for (const pid of pids) await waitFor(`process ${pid} to end`, () => !isAlive(pid));
}

describe("a signal to session run", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s reaches the command, then the attempt is settled",
    async (signal) => {
      const { project, todo, running } = await startRun(
        `while [ ! -e got ]; do sleep 0.02; done; trap - ${signal}; kill -${signal} $$`,
        `trap 'echo got ${signal} > got' ${signal}`,
      );
      running.kill(signal);
      const { code, stderr } = await running.finished;
      expect(code, stderr).toBe(128 + NUMBERS[signal]);
      const session = await expectInterrupted(project, todo);
      expect(session).toMatchObject({ signal, exit_code: 128 + NUMBERS[signal] });
      expect(await project.git(["show", `${session.rescue}:got`])).toBe(`got ${signal}`);
      expect(stderr).toContain(`incr session resume ${session.id}`);
    },
  );

  test("a command that ends well because it was told to has not succeeded", async () => {
    const { project, todo, running } = await startRun("while :; do sleep 0.02; done", "trap 'exit 0' TERM");
    running.kill("SIGTERM");
    expect((await running.finished).code).toBe(143);
    expect(await expectInterrupted(project, todo)).toMatchObject({ exit_code: 0, signal: "SIGTERM" });
  });

  test("a command that takes its time is waited for", async () => {
    const { project, todo, running } = await startRun(
      "while :; do sleep 0.02; done",
      "trap 'sleep 0.5; echo tidy > tidy; exit 3' TERM",
    );
    running.kill("SIGTERM");
    expect((await running.finished).code).toBe(3);
    const session = await expectInterrupted(project, todo);
    expect(await project.git(["show", `${session.rescue}:tidy`])).toBe("tidy");
  });

  test("before the command was started: it never is", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const file = join(project.dir, "go");
    const running = spawnIncr(["session", "run", todo, "--", "touch", join(project.dir, "ran")], {
      cwd: project.root,
      env: { ...project.env, INCR_FAULT_PAUSE: `take:prepared=${file}` },
    });
    await waitFor("the start to be under way", () => existsSync(`${file}.reached`));
    running.kill("SIGTERM");
    writeFileSync(file, "");
    expect((await running.finished).code).toBe(143);
    expect(existsSync(join(project.dir, "ran"))).toBe(false);
    expect((await project.sessions())[0]).toMatchObject({ status: "failed", reason: "interrupted" });
    expect(await project.todoStatus(todo)).toBe("open");
  });

  test("while the workspace is set up: the configured command gets it, and the start is undone", async () => {
    const project = await openProject();
    await project.write("incr.toml", `[workspace]\non-create = ["touch ${project.dir}/began; sleep 1000"]\n`);
    await project.term.ok("incr trust --yes");
    const todo = await project.todo();
    const running = spawnIncr(["session", "run", todo, "--", "true"], { cwd: project.root, env: project.env });
    await waitFor("the hook to run", () => existsSync(join(project.dir, "began")));
    running.kill("SIGTERM");
    expect((await running.finished).stderr).toContain("workspace.on-create failed with 143");
    expect(await project.sessions()).toEqual([]);
    expect(await project.todoStatus(todo)).toBe("open");
    expect(project.workspace()).toMatchObject({ status: "available" });
  });
});

describe("a signal that kills the command alone", () => {
  test("ends the attempt as killed, with 128 + n", async () => {
    const { project, running, child } = await startRun("while :; do sleep 0.02; done");
    process.kill(child, "SIGKILL");
    expect((await running.finished).code).toBe(137);
    expect((await project.sessions())[0]).toMatchObject({ reason: "signal", signal: "SIGKILL", exit_code: 137 });
  });
});

describe.skipIf(lacks("tmux"))("on a terminal (needs tmux)", () => {
  async function openShell(project: Project) {
    const env = { ...project.env, PATH: `${makeBinDir()}:${process.env["PATH"]}`, PS1: "$ ", HISTFILE: "" };
    return await openPane(["bash", "--norc", "--noprofile", "-i"], { cwd: project.root, env, width: 160 });
  }

  test("Ctrl-C is the command's, once; the attempt is interrupted when the command ends of it", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const pane = await openShell(project);
    await pane.enter(
      `incr session run ${todo} -- bash -c 'echo mine > mine; n=0; trap "n=\\$((n+1))" INT; echo started; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 0.1; done; echo "caught=$n"; trap - INT; kill -INT $$'; echo "code=$?"`,
    );
    await pane.see(/^started$/m);
    await pane.press("C-c");
    await pane.see(/caught=1$/m);
    await pane.see(/^code=130$/m);
    await expectInterrupted(project, todo);
  });

  test.runIf(process.platform === "linux")(
    "a signal that was sent to incr alone is no key: it is passed on",
    async () => {
      const project = await openProject();
      const todo = await project.todo();
      const pane = await openShell(project);
      await pane.enter(
        `incr session run ${todo} -- sh -c 'echo mine > mine; echo $PPID > ${project.dir}/pid; exec sleep 600'; echo "code=$?"`,
      );
      await waitFor("the command to run", () => existsSync(join(project.dir, "pid")));
      process.kill(Number(readFileSync(join(project.dir, "pid"), "utf8")), "SIGINT");
      await pane.see(/^code=130$/m);
      await expectInterrupted(project, todo);
    },
  );

  test("a command that handles Ctrl-C and goes on decides itself how it ends", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const pane = await openShell(project);
    await pane.enter(
      `incr session run ${todo} -- bash -c 'trap "echo handled; exit 0" INT; echo started; while :; do sleep 0.05; done'; echo "code=$?"`,
    );
    await pane.see(/^started$/m);
    await pane.press("C-c");
    await pane.see(/^code=0$/m);
    expect((await project.sessions())[0]).toMatchObject({ status: "completed", exit_code: 0 });
    expect(await pane.screen()).not.toContain("␛");
  });

  test("the command has the terminal", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const pane = await openShell(project);
    await pane.enter(
      `incr session run ${todo} -- bash -c 'tty -s && [ -t 1 ] && [ -t 2 ] && echo started && read name && echo "hello $name"'`,
    );
    await pane.see(/^started$/m);
    await pane.enter("world");
    await pane.see(/^hello world$/m);
    await pane.see(/completed \w+: todo/);
  });

  test("a terminal that goes away interrupts: the command hears it, and everything is settled", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const pane = await openShell(project);
    await pane.enter(
      `incr session run ${todo} -- bash -c 'echo mine > mine; trap "echo hup > ${project.dir}/hup; exit 1" HUP; echo started; while :; do sleep 0.05; done'`,
    );
    await pane.see(/^started$/m);
    await pane.close();
    await waitFor("the command to hear it", () => existsSync(join(project.dir, "hup")));
    await waitFor("the workspace to be free", () => project.workspace().status === "available");
    expect(await expectInterrupted(project, todo)).toMatchObject({ signal: "SIGHUP" });
  });

  test("Ctrl-Z stops both, and fg goes on", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const pane = await openShell(project);
    await pane.enter(
      `incr session run ${todo} -- bash -c 'echo started; for i in 1 2 3 4 5; do sleep 0.2; done; echo through'`,
    );
    await pane.see(/^started$/m);
    await pane.press("C-z");
    await pane.see("Stopped");
    expect((await project.sessions())[0]).toMatchObject({ status: "active" });
    await pane.enter("fg");
    await pane.see(/^through$/m);
    await pane.see(/completed \w+: todo/);
  });
});

describe("kill -9", () => {
  test("of incr while the command lives: the lease stays, and the attempt is settled after the command's end", async () => {
    const { project, todo, running, child } = await startRun(
      "while [ ! -e end ]; do sleep 0.02; done; echo late > late",
    );
    // The last thing that it writes for now: killed with the lock in its hand, it would leave its name there
    const isFree = () => readFileSync(join(project.stateDir, "state.lock"), "utf8") === "";
    await waitFor(
      "the command to be recorded",
      () => project.workspace().lease.process.child_pid === child && isFree(),
    );
    await killNow(running.pid);
    const path = project.workspace().path;
    const list = await project.term.run("incr session list --json");
    const { id } = list.json().sessions[0];
    const survivors = expect.arrayContaining([{ pid: child, command: expect.stringMatching(/^bash -c echo mine/) }]);
    expect(list.json()).toMatchObject({
      sessions: [{ status: "active" }],
      orphaned: [{ session_id: id, survivors }],
    });
    expect(list.stderr).toBe("");
    const words = `its process is gone, and something that it had started runs on: ${child} bash -c echo mine`;
    const table = await project.term.ok("incr session list");
    expect(table).toContain(`active, orphaned`);
    expect(table).toContain(`session ${id}: ${words}`);
    expect(table).toContain(`incr wait ${id}, or end it with kill ${child}`);
    const shown = await project.term.ok(`incr session show ${todo}`);
    expect(shown).toContain("active, orphaned");
    expect(shown).toMatch(new RegExp(`runs on +${child} bash -c`));
    expect(await project.term.json(`incr session show ${todo} --json`)).toMatchObject({
      liveness: "orphaned",
      survivors,
    });
    const { sessions, attention } = await project.term.json("incr status --json");
    expect(sessions).toMatchObject([{ id, liveness: "orphaned", survivors }]);
    expect(attention).toMatchObject([
      { code: "session_orphaned", message: expect.stringContaining(words), command: `incr wait ${id}` },
    ]);
    const { findings } = (await project.term.run("incr doctor --json")).json();
    expect(findings).toMatchObject([{ code: "session_orphaned", message: expect.stringContaining(words) }]);
    expect(await project.term.fails(4, `incr session start ${todo}`)).toContain("is held by session");
    const done = await project.term.fails(4, `incr session done ${todo}`);
    expect(done).toContain(`belongs to a command that still runs: its command (process ${child}) is alive`);
    expect(done).toContain(`\nhint: incr wait ${id}, or end it with kill ${child}`);
    expect((await project.start(await project.todo("Else"))).workspace).toBe("ws-002");

    writeFileSync(join(path, "end"), "");
    await waitFor("the command to end", () => !isAlive(child));
    const { stdout, stderr } = await untilSettled(project, "incr session list --status failed --json");
    const session = JSON.parse(stdout).sessions[0];
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        level: "notice",
        code: "settled",
        message: `settled session ${session.id} of ${todo}: interrupted, its process is gone (rescue ${session.rescue.replace("refs/incr/rescue/", "")}); \`incr session resume ${session.id}\` brings it back`,
        data: expect.objectContaining({ session_id: session.id, todo_id: todo, status: "failed" }),
      },
    ]);
    await expectInterrupted(project, todo);
    expect(await project.git(["show", `${session.rescue}:late`])).toBe("late");
    // Said once.
    expect((await project.term.run("incr session list")).stderr).toBe("");
  });

  test("of both: the next command settles, in one line", async () => {
    const { project, todo, running, child } = await startRun("while :; do sleep 0.02; done");
    await killNow(running.pid, child);
    const { stderr, code } = await untilSettled(project);
    expect(code).toBe(0);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/^settled session \w+ of \w+: interrupted, its process is gone/);
    const { id } = await expectInterrupted(project, todo);
    await project.term.ok(`incr session resume ${id}`);
    expect(readFileSync(join(project.workspace().path, "mine"), "utf8")).toBe("mine\n");
  });

  test("of both, while a process that left their group and session lives on: the lease is kept for it", async () => {
    const { project, todo, running, child } = await startRun(
      "setsid bash -c 'echo $$ > grandchild.tmp; mv grandchild.tmp grandchild; while [ ! -e end ]; do sleep 0.02; done; echo late > late' & while :; do sleep 0.02; done",
    );
    const { path } = project.workspace();
    await waitFor("the grandchild", () => existsSync(join(path, "grandchild")));
    const grandchild = Number(readFileSync(join(path, "grandchild"), "utf8"));
    await killNow(running.pid, child);
    expect(await project.term.fails(4, `incr session start ${todo}`)).toContain("is held by session");
    expect(await project.term.fails(4, `incr session fail ${todo}`)).toMatch(
      /process(es)? still carr(y|ies) the lease: /,
    );
    writeFileSync(join(path, "end"), "");
    await waitFor("the grandchild to end", () => !isAlive(grandchild));
    await untilSettled(project);
    const { rescue } = await expectInterrupted(project, todo);
    expect(await project.git(["show", `${rescue}:late`])).toBe("late");
  });

  test("a pid that now belongs to somebody else proves nothing", async () => {
    const { project, todo, running, child } = await startRun("while :; do sleep 0.02; done");
    await killNow(running.pid, child);
    // As if the kernel had given the owner's pid to this very test process.
    const state = project.state();
    const [key] = Object.keys(state.workspaces) as [string];
    Object.assign(state.workspaces[key].lease.process, { pid: process.pid });
    writeFileSync(join(project.stateDir, "state.json"), JSON.stringify(state));
    await untilSettled(project);
    await expectInterrupted(project, todo);
  });

  test("another machine's process is not known to be dead", async () => {
    const { project, running, child, todo } = await startRun("while :; do sleep 0.02; done");
    await killNow(running.pid, child);
    const state = project.state();
    const [key] = Object.keys(state.workspaces) as [string];
    Object.assign(state.workspaces[key].lease.process, { host: "elsewhere", boot_id: "another" });
    writeFileSync(join(project.stateDir, "state.json"), JSON.stringify(state));
    const { stdout, stderr } = await project.term.run("incr session list");
    expect([stderr, stdout]).toEqual(["", expect.stringContaining("active")]);
    expect(await project.term.ok(`incr session show ${todo}`)).toContain("active, unknown");
  });

  test("of the shell that holds a session does nothing: held leases are not reclaimed", async () => {
    const project = await openProject();
    const todo = await project.todo();
    await project.term.ok(`bash -c 'incr session start ${todo} >/dev/null; kill -9 $$' || true`);
    const { stdout, stderr } = await project.term.run("incr session list");
    expect([stderr, stdout]).toEqual(["", expect.stringContaining("active")]);
  });
});

describe("a command that leaves processes behind", () => {
  test("drains: the session ends at once, the workspace is freed when they have ended, and what they wrote is kept", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const { code, stderr } = await project.term.run(
      `incr session run ${todo} -- bash -c 'echo mine > mine; setsid bash -c "echo \\$\\$ > ${project.dir}/pid; while [ ! -e ${project.dir}/end ]; do sleep 0.02; done; echo late > late" > /dev/null 2>&1 & while [ ! -s ${project.dir}/pid ]; do sleep 0.02; done'`,
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/note {5}still running, ws-001 is freed when they end: \d+ /);
    const [session] = await project.sessions();
    expect(session).toMatchObject({ status: "completed" });
    expect(await project.git(["show", `${session.branch}:mine`])).toBe("mine");
    expect(await project.todoStatus(todo)).toBe("done");
    expect(await project.term.ok("incr workspace list")).toContain("draining");
    expect(await project.term.fails(4, "incr workspace release 1")).toContain("waits for processes of session");
    expect(await project.term.in(project.workspace().path).fails(3, "incr session done")).toContain(
      "it waits for the last processes",
    );
    expect((await project.start(await project.todo("Else"))).workspace).toBe("ws-002");
    writeFileSync(join(project.dir, "end"), "");
    const pid = Number(readFileSync(join(project.dir, "pid"), "utf8"));
    await waitFor("it to end", () => !isAlive(pid));
    const { stderr: story } = await untilSettled(project);
    const [rescue] = await project.rescues();
    expect(story).toBe(`ws-001 is free again; what was in it is kept as rescue ${rescue.name}\n`);
    expect(rescue).toMatchObject({ session_id: session.id });
    expect(await project.git(["show", `${rescue.ref}:late`])).toBe("late");
    expect(project.workspace("ws-001").status).toBe("available");
  });

  test("that end within a moment are not worth a word", async () => {
    const project = await openProject();
    const todo = await project.todo();
    const { stderr } = await project.term.run(`incr session run ${todo} -- bash -c 'sleep 0.15 & true'`);
    expect(stderr).not.toContain("still running");
    expect(project.workspace().status).toBe("available");
  });
});
