/** A workspace that is ready to run: files that are copied, commands that are configured, and who may say so. */
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isAlive, openProject, type Project } from "../support/project.ts";

async function configured(lines: string, files: Record<string, string> = {}): Promise<Project> {
  const project = await openProject({ files: { "README.md": "# app\n", ...files } });
  await project.write("incr.toml", `[workspace]\n${lines}\n`);
  await project.term.ok("incr trust --yes");
  return project;
}

describe("workspace.copy", () => {
  test("brings files and folders, anew at every lease; what is tracked or missing is said", async () => {
    const project = await configured('copy = [".env", "local", "README.md", "gone"]');
    await project.write(".env", "A=1\n");
    await project.write("local/deep/config.json", "{}\n");
    const todo = await project.todo();
    const { stdout, stderr } = await project.term.run(`incr session start ${todo}`);
    const path = stdout.trim();
    expect(readFileSync(join(path, ".env"), "utf8")).toBe("A=1\n");
    expect(readFileSync(join(path, "local/deep/config.json"), "utf8")).toBe("{}\n");
    expect(stderr).toContain("README.md was not copied into ws-001: it is tracked\n");
    expect(stderr).toContain("gone was not copied into ws-001: the main checkout has no such file\n");
    await project.term.ok(`incr session done ${todo}`);
    await project.write(".env", "A=2\n");
    expect(readFileSync(join((await project.start()).path, ".env"), "utf8")).toBe("A=2\n");
  });

  test("does not make them the session's work, even where nothing ignores them", async () => {
    const project = await configured('copy = [".env", "local/"]');
    await project.write(".env", "SECRET=1\n");
    await project.write("local/config.json", "{}\n");
    const one = await project.start();
    expect(await project.term.ok(`incr session done ${one.todo}`)).toContain("nothing was changed");
    const two = await project.start();
    writeFileSync(join(two.path, "mine"), "mine\n");
    await project.term.ok(`incr session fail ${two.todo}`);
    expect(await project.git(["ls-tree", "-r", "--name-only", (await project.session(two.id)).rescue])).toBe(
      "README.md\nmine",
    );
    await project.term.ok(`incr session resume ${two.id}`);
    await project.term.ok(`incr session done ${two.id}`);
    expect(await project.git(["diff", "--name-only", "main", two.branch])).toBe("mine");
    expect(await project.git(["log", "--all", "--format=%H", "--", ".env", "local"])).toBe("");
  });

  test("but one that was changed in the workspace is work, and comes back over the copy", async () => {
    const project = await configured('copy = [".env"]');
    await project.write(".env", "A=1\n");
    const { id, todo, path } = await project.start();
    writeFileSync(join(path, ".env"), "A=changed\n");
    await project.term.ok(`incr session fail ${todo}`);
    await project.term.ok(`incr session resume ${id}`);
    expect(readFileSync(join(path, ".env"), "utf8")).toBe("A=changed\n");
  });

  test("copies links inside of a folder as links, and never leads out of the repository", async () => {
    const project = await configured('copy = ["deps"]');
    await project.write("deps/pkg/cli.js", "x\n");
    mkdirSync(join(project.root, "deps/.bin"));
    symlinkSync("../pkg/cli.js", join(project.root, "deps/.bin/cli"));
    symlinkSync(".", join(project.root, "deps/loop"));
    symlinkSync("/etc/passwd", join(project.root, "deps/out"));
    const todo = await project.todo();
    const { stdout, stderr } = await project.term.run(`incr session start ${todo}`);
    const path = stdout.trim();
    expect(lstatSync(join(path, "deps/.bin/cli")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(path, "deps/.bin/cli"), "utf8")).toBe("x\n");
    expect(lstatSync(join(path, "deps/loop")).isSymbolicLink()).toBe(true);
    expect(existsSync(join(path, "deps/out"))).toBe(false);
    expect(stderr).toContain("deps/out was not copied into ws-001: it is a link that leads out of the repository");
  });

  test.each([
    ["a link that leads out", '".env"', (project: Project) => symlinkSync("/etc/passwd", join(project.root, ".env"))],
    ["the git directory", '".git/config"', () => undefined],
  ])("refuses %s, and undoes the start", async (_what, names, make) => {
    const project = await configured(`copy = [${names}]`);
    make(project);
    const todo = await project.todo();
    expect(await project.term.fails(2, `incr session start ${todo}`)).toContain("which leads out of the repository");
    expect([await project.todoStatus(todo), await project.branches(), project.workspace().status]).toEqual([
      "open",
      [],
      "available",
    ]);
  });

  test("is not led astray by what stands in the workspace", async () => {
    const project = await configured('copy = [".env", "dir/file"]', { dir: "a file\n", ".gitignore": ".env\n" });
    await project.write(".env", "A=1\n");
    const one = await project.start();
    rmSync(join(one.path, ".env"));
    symlinkSync(join(project.dir, "victim"), join(one.path, ".env"));
    writeFileSync(join(project.dir, "victim"), "untouched\n");
    await project.term.ok(`incr session done ${one.todo}`);
    const two = await project.start();
    expect([readFileSync(join(two.path, ".env"), "utf8"), readFileSync(join(project.dir, "victim"), "utf8")]).toEqual([
      "A=1\n",
      "untouched\n",
    ]);
  });
});

describe("workspace.on-create and on-acquire", () => {
  test("run once for each worktree, and at each lease, in order, with the lease's environment", async () => {
    const log = "hooks.log";
    const project = await configured(
      `on-create = ["echo create \\$PWD >> $OUT/${log}", "echo second >> $OUT/${log}"]\non-acquire = ["echo acquire $INCR_TODO_ID $INCR_SESSION_ID $INCR_PORT >> $OUT/${log}"]`.replaceAll(
        "\\$",
        "$",
      ),
    );
    project.term.env["OUT"] = project.dir;
    const one = await project.start();
    await project.term.ok(`incr session done ${one.todo}`);
    const two = await project.start();
    const { env } = await project.term.json("incr workspace acquire --purpose x --json");
    const lines = readFileSync(join(project.dir, log), "utf8").trimEnd().split("\n");
    expect(lines).toEqual([
      `create ${one.path}`,
      "second",
      `acquire ${one.todo} ${one.id} 20000`,
      `acquire ${two.todo} ${two.id} 20000`,
      `create ${env.INCR_WORKSPACE}`,
      "second",
      "acquire 20010",
    ]);
  });

  test("their output goes to stderr, or as notices under --json", async () => {
    const project = await configured('on-create = ["echo out; echo err >&2"]');
    const { stdout, stderr } = await project.term.run("incr session start --title x");
    expect(stdout).toMatch(/^\/.*ws-001\n$/);
    expect(stderr).toContain("ws-001: on-create: echo out; echo err >&2\nout\nerr\n");
    const json = await project.term.run("incr workspace acquire --purpose x --json");
    const notices = json.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(
      notices
        .filter(({ code }) => code === "hook_output")
        .map(({ message }) => String(message))
        .toSorted(),
    ).toEqual(["err", "out"]);
    expect(json.json().path).toContain("ws-002");
  });

  test("one that fails undoes everything; the next start runs it again", async () => {
    const project = await configured('on-create = ["echo tried >> $OUT/tried; echo left > left; exit 3"]');
    project.term.env["OUT"] = project.dir;
    for (const status of ["open", "waiting"]) {
      const todo = await project.todo(`is ${status}`);
      if (status !== "open") await project.term.ok(`incr todo update ${todo} --status ${status}`);
      const stderr = await project.term.fails(1, `incr session start ${todo}`);
      expect(stderr).toContain("error: workspace.on-create failed with 3: echo tried");
      expect(await project.todoStatus(todo)).toBe(status);
    }
    expect([await project.sessions(), await project.branches()]).toEqual([[], []]);
    expect(project.workspace()).toMatchObject({ status: "available", provisioned: false });
    expect(readFileSync(join(project.dir, "tried"), "utf8")).toBe("tried\ntried\n");
    await project.write("incr.toml", '[workspace]\non-create = ["echo ok > ok"]\n');
    await project.term.ok("incr trust --yes");
    const { path } = await project.start();
    expect([existsSync(join(path, "ok")), existsSync(join(path, "left"))]).toEqual([true, false]);
  });

  test("what a failed one left running is ended before the workspace goes back", async () => {
    const project = await configured(
      "on-create = [\"(setsid sh -c 'echo $$ > $OUT/pid; exec sleep 1000' &) ; while [ ! -s $OUT/pid ]; do sleep 0.02; done; exit 1\"]",
    );
    project.term.env["OUT"] = project.dir;
    await project.term.fails(1, "incr session start --title x");
    expect(isAlive(Number(readFileSync(join(project.dir, "pid"), "utf8")))).toBe(false);
    expect(project.workspace().status).toBe("available");
  });

  test("of a run that fails, the run does not begin", async () => {
    const project = await configured('on-acquire = ["false"]');
    expect(await project.term.fails(1, `incr session run --title x -- touch ${project.dir}/ran`)).toContain(
      "on-acquire failed with 1",
    );
    expect(existsSync(join(project.dir, "ran"))).toBe(false);
  });
});

describe("consent", () => {
  test("a file that nobody approved is refused before anything changes, and says how", async () => {
    const project = await openProject();
    await project.write("incr.toml", `[workspace]\non-create = ["touch ${project.dir}/ran"]\n`);
    const todo = await project.todo();
    for (const line of [
      `incr session start ${todo}`,
      `incr session run ${todo} -- true`,
      "incr workspace acquire --purpose x",
    ]) {
      const stderr = await project.term.fails(1, line);
      expect(stderr).toContain("error: incr.toml runs commands that you have not approved: touch");
      expect(stderr).toContain("hint: incr trust");
    }
    expect([await project.todoStatus(todo), project.workspaces(), await project.branches()]).toEqual(["open", {}, []]);
    expect(existsSync(join(project.dir, "ran"))).toBe(false);
    await project.term.ok("incr trust --yes");
    await project.start(todo);
    expect(existsSync(join(project.dir, "ran"))).toBe(true);
    await project.write("incr.toml", `[workspace]\non-create = ["touch ${project.dir}/other"]\n`);
    expect(await project.term.fails(1, "incr session start --title x")).toContain("was changed since you approved it");
  });

  test("the workspace's own file is never read, so that work cannot change its own gates", async () => {
    const project = await openProject();
    const { path, term, todo } = await project.start();
    writeFileSync(
      join(path, "incr.toml"),
      `[workspace]\nbase = "gone"\ncopy = ["x"]\non-acquire = ["touch ${project.dir}/ran"]\n`,
    );
    await term.ok("incr session start --title inner");
    await term.ok("incr workspace acquire --purpose x");
    await project.term.ok(`incr session fail ${todo}`);
    await project.term.ok(`incr session resume ${todo}`);
    expect(existsSync(join(project.dir, "ran"))).toBe(false);
  });

  test("the user's own file needs none, and the repository's overrides it", async () => {
    const project = await openProject();
    project.term.env["XDG_CONFIG_HOME"] = join(project.dir, "config");
    await project.write(
      "../config/incr/config.toml",
      `[workspace]\non-acquire = ["echo user > hook"]\ncopy = ["none"]\n`,
    );
    const one = await project.start();
    expect(readFileSync(join(one.path, "hook"), "utf8")).toBe("user\n");
    await project.write("incr.toml", "[workspace]\non-acquire = []\n");
    const two = await project.start();
    expect(existsSync(join(two.path, "hook"))).toBe(false);
  });
});
