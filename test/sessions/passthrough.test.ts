/** `session run` is the command and nothing in between: arguments, streams, exit codes, environment. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runIncr } from "../support/incr.ts";
import { runProcess } from "../support/process.ts";
import { openProject, type Project } from "../support/project.ts";

/** Runs a command as a session of a new todo. */
async function run(
  project: Project,
  argv: string[],
  options: { input?: string | Buffer; env?: Record<string, string> } = {},
) {
  const todo = await project.todo();
  return await runIncr(["session", "run", todo, "--", ...argv], {
    cwd: project.root,
    env: { ...project.env, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

const PRINT_ARGV = "process.stdout.write(JSON.stringify(process.argv.slice(1)))";

test("arguments arrive untouched", async () => {
  const project = await openProject();
  const argv = [
    "",
    " ",
    "a b",
    "--",
    "-x",
    "--json",
    "--help",
    "*",
    "$(x)",
    "`x`",
    "$HOME",
    "'\"\\",
    "line\nbreak",
    "\ttab",
    "ünïcödé",
    "--topic=x",
    "-C/x",
  ];
  const { stdout, code } = await run(project, ["node", "-e", PRINT_ARGV, "--", ...argv]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(argv);
  const [session] = await project.sessions();
  expect(session.topic).toBe(["node", "-e", PRINT_ARGV, "--", ...argv].join(" "));
});

test("stdin, stdout and stderr are the command's own, byte by byte", async () => {
  const project = await openProject();
  const bytes = Buffer.from([...Array(3_000_000).keys()].map((n) => (n * 7) % 256));
  const todo = await project.todo();
  await project.write("../big", bytes);
  const { dir } = project;
  const { code } = await project.term.run(
    `incr session run ${todo} -- sh -c 'cat; echo problems >&2' < ${dir}/big > ${dir}/out 2> ${dir}/err`,
  );
  expect(code).toBe(0);
  expect(readFileSync(join(project.dir, "out")).equals(bytes)).toBe(true);
  expect(readFileSync(join(project.dir, "err"), "utf8")).toMatch(/^problems\ncompleted /);
});

test("nothing of ours is on stdout, and --json goes to stderr", async () => {
  const project = await openProject();
  const todo = await project.todo();
  const { stdout, stderr } = await project.term.run(`incr session run --json ${todo} -- echo out`);
  expect(stdout).toBe("out\n");
  const lines = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(-1)).toMatchObject({
    level: "notice",
    code: "session_ended",
    data: { session: { todo_id: todo, status: "completed" }, merge: null },
  });
});

test("the command sees pipes as pipes, and a terminal as a terminal", async () => {
  const project = await openProject();
  const look = "console.log([0, 1, 2].map((fd) => require('tty').isatty(fd)).join())";
  expect((await run(project, ["node", "-e", look])).stdout).toBe("false,false,false\n");
  const todo = await project.todo();
  const line = `incr session run ${todo} -- node -e "${look}"`;
  // script(1) gives a pseudo-terminal.
  const { stdout } = await runProcess("script", ["-qec", line, "/dev/null"], {
    cwd: project.root,
    env: project.term.env,
  });
  expect(stdout).toContain("true,true,true");
});

test("exit codes are ours, and are recorded", async () => {
  const project = await openProject();
  for (const exit of [0, 1, 2, 5, 75, 126, 127, 128, 130, 143, 255]) {
    const { code } = await run(project, ["sh", "-c", `exit ${exit}`]);
    expect(code).toBe(exit);
    const [session] = await project.sessions();
    expect(session).toMatchObject({ exit_code: exit, status: exit === 0 ? "completed" : "failed" });
  }
});

test.each([
  ["TERM", 143],
  ["SEGV", 139],
  ["KILL", 137],
  ["USR1", 138],
])("a command that dies of SIG%s gives 128 + n", async (signal, exit) => {
  const project = await openProject();
  const { code } = await run(project, ["sh", "-c", `kill -${signal} $$`]);
  expect(code).toBe(exit);
  expect((await project.sessions())[0]).toMatchObject({ exit_code: exit, reason: "signal", signal: `SIG${signal}` });
});

describe("a command that cannot be started", () => {
  test.each([
    ["there is no such program", 127, ["no-such-program-at-all", "x"]],
    ["it is not executable", 126, ["./README.md"]],
    ["it is not executable", 126, ["./folder"]],
  ])("%s: %i, and everything is undone", async (why, exit, argv) => {
    const project = await openProject({ files: { "README.md": "x\n", "folder/x": "x\n" } });
    const { code, stdout, stderr } = await run(project, argv);
    expect([code, stdout]).toEqual([exit, ""]);
    expect(stderr).toContain(`error: ${argv[0]} could not be started: ${why}\n`);
    expect((await project.sessions())[0]).toMatchObject({ status: "failed", reason: "start_failed", exit_code: exit });
    expect(await project.todoStatus((await project.sessions())[0].todo_id)).toBe("open");
    expect(project.workspace().status).toBe("available");
  });

  test("a program of the workspace is found by its relative path", async () => {
    const project = await openProject({ files: { "bin/hello": "#!/bin/sh\necho hello\n" } });
    await project.git(["update-index", "--chmod=+x", "bin/hello"]);
    await project.git(["commit", "-q", "-m", "x"]);
    expect((await run(project, ["bin/hello"])).stdout).toBe("hello\n");
  });
});

describe("the environment", () => {
  const PRINT =
    "const e = process.env; console.log(JSON.stringify({ ...Object.fromEntries(Object.entries(e).filter(([n]) => /^(INCR_|GIT_|PWD$)/.test(n))), cwd: process.cwd() }))";

  test("says which lease, session, todo, workspace and ports are the command's; nothing else of ours is in it", async () => {
    const project = await openProject();
    const { stdout } = await run(project, ["node", "-e", PRINT], {
      env: { INCR_SHELL_OUT: join(project.dir, "x"), INCR_SHELL: "bash" },
    });
    const [session] = await project.sessions();
    const { path } = project.workspace();
    expect(JSON.parse(stdout)).toEqual({
      INCR_LEASE_ID: session.lease_id,
      INCR_SESSION_ID: session.id,
      INCR_TODO_ID: session.todo_id,
      INCR_WORKSPACE: path,
      INCR_PORT: "20000",
      INCR_STATE_DIR: project.stateDir,
      INCR_DATA_DIR: project.dataDir,
      INCR_TEST_RUN: expect.any(String),
      GIT_CONFIG_NOSYSTEM: "1",
      PWD: path,
      cwd: path,
    });
  });

  test("is free of what git sets inside hooks; the user's own settings for git stay", async () => {
    const project = await openProject();
    const { stdout } = await run(project, ["node", "-e", PRINT], {
      env: {
        GIT_DIR: join(project.root, ".git"),
        GIT_INDEX_FILE: ".git/index",
        GIT_WORK_TREE: project.root,
        GIT_PREFIX: "x/",
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "user.name",
        GIT_CONFIG_VALUE_0: "Somebody Else",
        GIT_AUTHOR_NAME: "Me Myself",
        GIT_SSH_COMMAND: "ssh -i key",
      },
    });
    const git = Object.keys(JSON.parse(stdout)).filter((name) => name.startsWith("GIT_"));
    expect(git.toSorted()).toEqual(["GIT_AUTHOR_NAME", "GIT_CONFIG_NOSYSTEM", "GIT_SSH_COMMAND"]);
  });

  test("of a session inside of a session is the inner one's", async () => {
    const project = await openProject();
    const inner = await project.todo("inner");
    const outer = await project.todo("outer");
    const line = `incr session run ${outer} -- sh -c 'echo $INCR_TODO_ID $INCR_PORT; incr session run ${inner} -- sh -c "echo \\$INCR_TODO_ID \\$INCR_PORT"; echo $INCR_TODO_ID'`;
    expect(await project.term.ok(line)).toBe(`${outer} 20000\n${inner} 20010\n${outer}`);
    expect((await project.sessions()).map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  test("ports of leases at the same time are ten apart, also across repositories of one state", async () => {
    const one = await openProject();
    const two = await openProject();
    const env = { ...two.env, INCR_STATE_DIR: one.stateDir };
    const first = await one.term.json("incr workspace acquire --purpose x --json");
    const second = (await runIncr(["workspace", "acquire", "--purpose", "x", "--json"], { cwd: two.root, env })).json();
    const third = await one.term.json("incr workspace acquire --purpose x --json");
    expect([first, second, third].map((one) => one.env.INCR_PORT)).toEqual(["20000", "20010", "20020"]);
    await one.term.ok("incr workspace release 1");
    expect((await one.term.json("incr workspace acquire --purpose x --json")).env.INCR_PORT).toBe("20000");
  });
});

test("a command may commit by itself, and use the whole of git", async () => {
  const project = await openProject();
  const todo = await project.todo();
  await project.term.ok(
    `incr session run ${todo} -- sh -c 'echo a > a && git add a && git commit -q -m a && echo b > b && git add b && git commit -q -m b && git commit -q --amend -m c'`,
  );
  const [session] = await project.sessions();
  expect(await project.git(["log", "--format=%s", `main..${session.branch}`])).toBe("c\na");
});
