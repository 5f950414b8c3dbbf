/** `incr status`: one screen about this repository, the same as JSON, and a calm line where there is nothing. */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { askInside } from "../support/inside.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { waitFor } from "../support/wait.ts";
import { editState, fingerprint, makeHouse } from "../doctor/support.ts";

/** Any value of an answer. */
// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any;

async function fresh(): Promise<{ repo: TestRepo; terminal: Terminal }> {
  const repo = await makeRepo();
  return { repo, terminal: openTerminal(repo) };
}

const createTodo = async (terminal: Terminal, title: string): Promise<string> =>
  (await askInside(["todo", "create", title], terminal)).todo.id;

const commandOf = (status: Loose, code: string): string | undefined =>
  status.attention.find((one: Loose) => one.code === code)?.command;

describe("where nothing goes on", () => {
  test("it says what to do next", async () => {
    const { repo, terminal } = await fresh();
    expect(await terminal.ok("incr status")).toBe(
      `${repo.root}\n\nnobody is at work, and nothing is to be done: incr todo create 'What is wanted'`,
    );
    const first = await createTodo(terminal, "First");
    expect(await terminal.ok("incr status")).toContain(`1 todo is ready: incr session start ${first}`);
    await createTodo(terminal, "Second");
    expect(await terminal.ok("incr status")).toMatch(/2 todos are ready: incr session start [a-z2-7]{8}$/);
  });

  test("it answers with empty lists, and writes nothing", async () => {
    const { repo, terminal } = await fresh();
    const before = fingerprint({ repo });
    expect(await terminal.json("incr status --json")).toEqual({
      scope: "repository",
      repo: null,
      root: repo.root,
      todos: { in_progress: [], ready: [], total: 0 },
      sessions: [],
      jobs: [],
      agent_sessions: [],
      streams: [],
      workspaces: [],
      branches: { base: "HEAD", unmerged: [], more: 0 },
      rescues: [],
      workflows: [],
      journal: null,
      attention: [],
    });
    expect(fingerprint({ repo })).toEqual(before);
  });

  test("also before the first commit, in a bare repository, and in a workspace", async () => {
    const unborn = await makeRepo({ files: null });
    expect((await openTerminal(unborn).json("incr status --json")).branches.base).toBeNull();
    const bare = await fresh();
    const dir = join(bare.repo.dir, "bare.git");
    await bare.repo.git(["clone", "--quiet", "--bare", bare.repo.root, dir]);
    expect((await bare.terminal.in(dir).json("incr status --json")).root).toBe(dir);
    const house = await makeHouse();
    expect((await house.terminal.in(house.path).json("incr status --json")).root).toBe(house.repo.root);
  });
});

test("everything that goes on is on one screen, with what to type", async () => {
  const { repo, terminal, todo, ready, session } = await makeHouse();
  await terminal.ok(`incr session run ${ready} -- sh -c 'echo done > done.txt'`);
  const third = await createTodo(terminal, "Third");
  await terminal.run(`incr session run ${third} -- sh -c 'echo half > half.txt; exit 3'`);
  await terminal.ok(`incr todo start ${third}`);
  const text = await terminal.ok("incr status");
  const [rescue] = (await terminal.json("incr rescue list --json")).rescues;
  const size = String.raw`[\d.]+ [KM]B`;
  expect(text).toMatch(
    new RegExp(
      [
        `^${repo.root}`,
        "",
        "in progress",
        `  ${todo}  Fix it  session ${session}  ws-001  held  *\\w+`,
        `  ${third}  Third   nobody known      -       -     *\\w+`,
        "",
        "workspaces",
        `  ws-001  held  session ${session}  *\\w+  ${size}  Fix it`,
        `  1 free, ${size} on disk`,
        "",
        "not merged into HEAD",
        `  incr/${ready}-do-that  1 commit  \\w+  git merge incr/${ready}-do-that`,
        "",
        "rescues",
        `  ${rescue.name}  left by a session that ended with exit code 3  \\w+  incr rescue show ${rescue.name.slice(-4)}$`,
      ].join("\n"),
    ),
  );
  await repo.git(["merge", "--quiet", `incr/${ready}-do-that`]);
  expect(await terminal.ok("incr status")).not.toContain("not merged");
});

test("squashed branches count as merged, and one of a failed attempt is resumed rather than merged", async () => {
  const { repo, terminal } = await fresh();
  const [first, second] = [await createTodo(terminal, "One"), await createTodo(terminal, "Two")];
  await terminal.ok(`incr session run ${first} -- sh -c 'echo 1 > one.txt'`);
  await repo.git(["merge", "--quiet", "--squash", `incr/${first}-one`]);
  await repo.git(["commit", "--quiet", "--message", "squashed"]);
  await terminal.run(
    `incr session run ${second} -- sh -c 'echo 2 > two.txt; git add .; git commit --quiet -m two; exit 1'`,
  );
  const { branches } = await terminal.json("incr status --json");
  const [failed] = (await terminal.json("incr session list --status failed --json")).sessions;
  expect(branches).toMatchObject({
    base: "HEAD",
    more: 0,
    unmerged: [
      {
        name: `incr/${second}-two`,
        commits: 1,
        session: { id: failed.id, status: "failed" },
        command: `incr session resume ${failed.id}`,
      },
    ],
  });
});

test("of many branches the newest are looked at, and the others counted", async () => {
  const { repo, terminal } = await fresh();
  for (let number = 0; number < 15; number += 1) {
    const commit = await repo.git(["commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", `work ${number}`]);
    const blob = await repo.git(["hash-object", "-w", "--stdin"], { input: String(number) });
    const tree = await repo.git(["mktree"], { input: `100644 blob ${blob}\tfile-${number}\n` });
    await repo.git(["branch", `incr/todo${number}`, await repo.git(["commit-tree", tree, "-p", commit, "-m", "x"])]);
  }
  const { branches } = await terminal.json("incr status --json");
  expect([branches.unmerged.length, branches.more]).toEqual([12, 3]);
  expect(await terminal.ok("incr status")).toContain("… and 4 more: git branch --list 'incr/*' --no-merged");
});

test("what died is settled first, and that is said", async () => {
  const { repo, terminal, ready } = await makeHouse();
  const run = terminal.start(`incr session run ${ready} -- sh -c 'echo up; exec sleep 1000'`);
  await waitFor("the command", () => run.stdout().includes("up"));
  const running = await terminal.json("incr status --json");
  expect(running.sessions.map(({ liveness }: Loose) => liveness).toSorted()).toEqual(["held", "running"]);
  await run.killGroup();
  const { stdout, stderr } = await terminal.run("incr status --json");
  expect(stderr).toMatch(/settled session .*interrupted/);
  expect(JSON.parse(stdout).sessions).toHaveLength(1);
  expect(repo.root).toBe(JSON.parse(stdout).root);
});

describe("needs attention", () => {
  test("a lease that was forgotten, unless somebody stands in its workspace", async () => {
    const house = await makeHouse();
    const { terminal, todo } = house;
    await terminal.ok("incr workspace acquire --purpose 'try something'");
    const old = new Date(Date.now() - 3 * 24 * 3_600_000).toISOString();
    editState(house, ({ workspaces }, slug) => {
      for (const name of ["ws-001", "ws-002"]) {
        workspaces[`${slug}/${name}`].acquired_at = old;
        workspaces[`${slug}/${name}`].lease.acquired_at = old;
      }
    });
    const { attention } = await terminal.json("incr status --json");
    expect(attention).toEqual([
      {
        code: "lease_forgotten",
        message: expect.stringMatching(/^session \w+ has held ws-001 for 3d, and nobody stands in it$/),
        command: `incr session done ${todo}`,
      },
      {
        code: "lease_forgotten",
        message: expect.stringMatching(/ has held ws-002 for 3d/),
        command: "incr workspace release ws-002",
      },
    ]);
    expect(await terminal.ok("incr status")).toMatch(
      /needs attention\n {2}! session .*\n {6}incr session done \w+\n {2}! .*\n {6}incr workspace release ws-002/,
    );
    terminal.in(house.path).start("sleep 1000");
    await waitFor("the guest", async () => (await terminal.json("incr status --json")).attention.length === 1);
  });

  test("a workspace that is set aside, one whose folder is gone, and a session that lost its own", async () => {
    const house = await makeHouse();
    const { terminal, todo, ready } = house;
    await terminal.run(`incr session run ${ready} -- git init --quiet nested`);
    let status = await terminal.json("incr status --json");
    expect(commandOf(status, "workspace_set_aside")).toBe("incr doctor --fix");
    expect(status.workspaces[1]).toMatchObject({ state: "set_aside", attention: expect.stringContaining("nested") });
    rmSync(house.path, { recursive: true });
    status = await terminal.json("incr status --json");
    expect(commandOf(status, "workspace_missing")).toBe(`incr session fail ${todo}`);
    expect(status.workspaces[0]).toMatchObject({ state: "missing", bytes: null });
    editState(house, ({ workspaces }, slug) => delete workspaces[`${slug}/ws-001`]);
    status = await terminal.json("incr status --json");
    expect(status.sessions[0].liveness).toBe("lost");
    expect(commandOf(status, "session_lost")).toBe("incr doctor --fix");
  });

  test("commands that wait for consent, and a configuration with an error", async () => {
    const { repo, terminal } = await fresh();
    await repo.write("incr.toml", '[workspace]\non-create = ["npm ci"]\n');
    expect(commandOf(await terminal.json("incr status --json"), "untrusted")).toBe("incr trust");
    await repo.write("incr.toml", "[workspace]\nbase = 3\n");
    const status = await terminal.json("incr status --json");
    expect(status.attention).toMatchObject([
      { code: "configuration", message: expect.stringContaining("incr.toml:2") },
    ]);
  });

  test("a todo that somebody started long ago, and todos that wait for each other", async () => {
    const { repo, terminal } = await fresh();
    const [first, second] = [await createTodo(terminal, "One"), await createTodo(terminal, "Two")];
    await terminal.ok(`incr todo start ${first} && incr todo dep add ${first} ${second}`);
    await changeTodo(repo, terminal, first, (text) =>
      text.replace(/"started_at": "[^"]+"/, '"started_at": "2020-01-01T00:00:00.000Z"'),
    );
    await changeTodo(repo, terminal, second, (text) =>
      text.replace(
        '"dependencies": []',
        `"dependencies": [\n    {"todo_id":"${second}","depends_on_id":"${first}","created_at":"2026-01-01T00:00:00.000Z"}\n  ]`,
      ),
    );
    const status = await terminal.json("incr status --json");
    expect(commandOf(status, "todo_unheld")).toBe(`incr todo reopen ${first}`);
    expect(commandOf(status, "dependency_cycle")).toMatch(/^incr todo dep remove /);
    await changeTodo(repo, terminal, second, () => "{");
    expect(commandOf(await terminal.json("incr status --json"), "todo_damaged")).toBe("incr doctor --fix");
  });
});

test("disk use that takes too long is left out, and nobody waits for it", async () => {
  const { terminal } = await makeHouse();
  const bin = makeTempDir();
  writeFileSync(join(bin, "du"), "#!/bin/sh\ntrap '' TERM\nsleep 60\n");
  chmodSync(join(bin, "du"), 0o755);
  terminal.env = { ...terminal.env, PATH: `${bin}:${terminal.env["PATH"]}` };
  const start = performance.now();
  const text = await terminal.ok("incr status");
  expect(performance.now() - start).toBeLessThan(20_000);
  expect(text).toMatch(/ws-001 .* … {2}Fix it\n {2}1 free, … on disk/);
});

test("a damaged state is said in one line, with the way to its repair", async () => {
  const { repo, terminal } = await makeHouse();
  writeFileSync(join(repo.stateDir, "state.json"), "{");
  expect(await terminal.fails(1, "incr status")).toMatch(
    /^error: .*state\.json is not JSON.*\nhint: .*incr doctor --fix\n$/,
  );
});

describe("outside of a repository", () => {
  test("the machine's repositories, the busiest first", async () => {
    const { repo, terminal } = await makeHouse();
    const other = await makeRepo({ name: "other" });
    const elsewhere = openTerminal({ root: other.root, env: repo.env });
    await elsewhere.ok("incr workspace acquire --purpose x");
    await elsewhere.ok("incr workspace release ws-001");
    const outside = terminal.in(makeTempDir());
    const { scope, repositories } = await outside.json("incr status --json");
    expect(scope).toBe("machine");
    expect(repositories).toMatchObject([
      { source_path: repo.root, there: true, sessions: 1, held: 1, workspaces: 2 },
      { source_path: other.root, sessions: 0, held: 0, workspaces: 1 },
    ]);
    rmSync(other.root, { recursive: true });
    expect(await outside.ok("incr status")).toMatch(/other .*gone: incr doctor/);
  });

  test("nothing anywhere", async () => {
    const { terminal } = await fresh();
    expect(await terminal.in(makeTempDir()).ok("incr status")).toMatch(/^this is no repository, and nothing is active/);
  });
});

test("workflows that are in progress, and the journal", async () => {
  const { repo, terminal } = await fresh();
  await terminal.ok("incr workflow set deploy build");
  await terminal.ok("incr hello");
  await terminal.ok("incr log 'a note'");
  const { workflows, journal } = await terminal.json("incr status --json");
  expect(workflows).toMatchObject([{ workflow: "deploy", step: "build" }]);
  expect(journal).toMatchObject({ notes: 1, branch: "main" });
  const text = await terminal.ok("incr status");
  expect(text).toMatch(/\nworkflows\n {2}deploy {2}build .*incr workflow get deploy\n/);
  expect(text).toMatch(/\njournal\n {2}\S+ {2}for \w+, 1 note, with .* {2}incr bye\n/);
  await repo.write(".work-shell/state.json", "{");
  await repo.write("ia/state/sessions/deploy.json", "{");
  const { attention } = await terminal.json("incr status --json");
  expect(attention.map(({ code }: Loose) => code)).toEqual(["workflow_damaged", "journal_damaged"]);
  const { code, stdout } = await terminal.run("incr doctor --json");
  expect({ code, found: JSON.parse(stdout).findings.map((one: Loose) => one.code) }).toEqual({
    code: 1,
    found: ["journal_damaged", "workflow_damaged"],
  });
});

/** Changes the text of a todo's file behind everybody's back. */
async function changeTodo(
  repo: TestRepo,
  terminal: Terminal,
  id: string,
  change: (text: string) => string,
): Promise<void> {
  const path = `${id[0]}/${id}.json`;
  const input = change(await repo.git(["show", `refs/incr/todos:${path}`]));
  const blob = await repo.git(["hash-object", "-w", "--stdin"], { input });
  const env = { GIT_INDEX_FILE: join(repo.dir, "todo-index") };
  await terminal.ok("git read-tree refs/incr/todos", { env });
  await terminal.ok(`git update-index --add --cacheinfo 100644,${blob},${path}`, { env });
  const tree = await terminal.ok("git write-tree", { env });
  const commit = await terminal.ok(`git commit-tree ${tree} -p refs/incr/todos -m change`);
  await terminal.ok(`git update-ref refs/incr/todos ${commit}`);
}
