/** `incr todo …` as a person types it. */
import { describe, expect, test } from "vitest";
import { makeRepo } from "../support/repo.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { makeTodoRepo, putIds } from "../todos/support.ts";

async function openRepo(name?: string): Promise<Terminal> {
  return openTerminal(await makeRepo(name === undefined ? {} : { name }));
}

/** Makes a todo and returns its id. */
async function create(term: Terminal, line: string): Promise<string> {
  return await term.ok(`incr todo create ${line} 2>/dev/null`);
}

describe("incr todo create", () => {
  test("prints the id alone on stdout, and tells the story on stderr", async () => {
    const term = await openRepo();
    const { stdout, stderr, code } = await term.run("incr todo create 'Fix the login'");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[a-z2-7]{8}\n$/);
    expect(stderr).toBe(`created ${stdout.trim()}: Fix the login\n`);
  });

  test("takes every field, and the todo is as it was said", async () => {
    const term = await openRepo();
    const first = await create(term, "'First'");
    const { todo } = await term.json(
      `incr todo create ' Second ' --description $'why\\nand how\\n' --priority P1 --type feature --proposed --depends-on ${first.slice(0, 4)} --json`,
    );
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(todo).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{8}$/),
      title: "Second",
      description: "why\nand how",
      status: "proposed",
      priority: 1,
      type: "feature",
      created_at: time,
      updated_at: todo.created_at,
      dependencies: [{ todo_id: todo.id, depends_on_id: first, created_at: todo.created_at }],
    });
    expect((await term.json(`incr todo show ${todo.id} --json`)).todo).toEqual(todo);
  });

  test("reads a description from stdin, five megabytes of it too", async () => {
    const term = await openRepo();
    const text = "all of it, ünïcödé too\n".repeat(230_000);
    const id = await term.ok("incr todo create 'Big' --description -", { input: text });
    expect((await term.json(`incr todo show ${id} --json`)).todo.description).toBe(text.trimEnd());
  });

  test.each([
    ["''", "is empty"],
    ["'  '", "error: the title is empty"],
    ["$'a\\nb'", "error: the title has more than one line"],
    ["$'red \\e[31m'", "error: the title has control characters"],
    ["$(printf 'x%.0s' {1..501})", "error: the title has 501 characters, 500 are allowed"],
    ["x --priority 7", 'error: "7" is not a priority'],
    ["x --type chore", "--type"],
    ["x y", "unexpected word"],
    ["--edti", "unknown flag --edti"],
    ["", "missing <title>"],
  ])("refuses %s and makes nothing", async (line, message) => {
    const term = await openRepo();
    const stderr = await term.fails(2, `incr todo create ${line}`);
    expect(stderr.toLowerCase()).toContain(message.toLowerCase());
    expect(stderr).toContain("hint: ");
    expect(await term.ok("git for-each-ref refs/incr")).toBe("");
  });

  test("refuses a dependency that is not there, and makes nothing", async () => {
    const term = await openRepo();
    const id = await create(term, "x");
    expect(await term.fails(3, `incr todo create y --depends-on ${id} --depends-on zzzz`)).toBe(
      'error: no todo "zzzz"\nhint: incr todo list\n',
    );
    expect((await term.json("incr todo list --json")).todos).toHaveLength(1);
  });

  test("outside of a repository says so", async () => {
    const term = await openRepo();
    expect(await term.fails(1, "cd .. && incr todo create x")).toContain("is not inside a git repository");
  });
});

describe("the life of a todo", () => {
  test("start, finish, reopen, close, delete", async () => {
    const term = await openRepo();
    const id = await create(term, "'Fix the login'");
    const status = async () => (await term.json(`incr todo show ${id} --json`)).todo;
    expect(await term.ok(`incr todo start ${id}`)).toBe(`${id}  in_progress  Fix the login`);
    expect(await status()).toMatchObject({ status: "in_progress", started_at: expect.any(String) });
    expect(await term.fails(1, `incr todo start ${id}`)).toBe(
      `error: todo ${id} is in progress already\nhint: incr todo reopen ${id}, if nobody works on it\n`,
    );
    expect(await term.ok(`incr todo finish ${id}`)).toBe(`${id}  done  Fix the login`);
    expect(await status()).toMatchObject({
      status: "done",
      started_at: expect.any(String),
      completed_at: expect.any(String),
    });
    expect(await term.fails(1, `incr todo done ${id}`)).toContain(`todo ${id} is done already`);
    expect(await term.ok(`incr todo reopen ${id.toUpperCase()}`)).toBe(`${id}  open  Fix the login`);
    const reopened = await status();
    expect(reopened).not.toHaveProperty("started_at");
    expect(reopened).not.toHaveProperty("completed_at");
    expect(await term.ok(`incr todo close ${id.slice(0, 3)}`)).toBe(`${id}  closed  Fix the login`);
    expect(await term.ok(`incr todo delete ${id} --reason 'made by mistake'`)).toBe(`${id}  tombstone  Fix the login`);
    expect(await status()).toMatchObject({
      status: "tombstone",
      delete_reason: "made by mistake",
      closed_at: expect.any(String),
    });
    expect(await term.fails(1, `incr todo start ${id}`)).toContain(`error: todo ${id} was deleted`);
    expect(await term.ok(`incr todo reopen ${id}`)).toBe(`${id}  open  Fix the login`);
  });

  test("several change together, in one commit", async () => {
    const term = await openRepo();
    const ids = [await create(term, "a"), await create(term, "b"), await create(term, "c")];
    const before = Number(await term.ok("git rev-list --count refs/incr/todos"));
    expect(await term.ok(`incr todo done ${ids.join(" ")} ${ids[0]}`)).toBe(
      [`${ids[0]}  done  a`, `${ids[1]}  done  b`, `${ids[2]}  done  c`].join("\n"),
    );
    expect(Number(await term.ok("git rev-list --count refs/incr/todos"))).toBe(before + 1);
    expect(await term.ok("git log -1 --format=%s refs/incr/todos")).toBe(`finish ${ids.join(" ")}`);
  });

  test("several change together or not at all", async () => {
    const term = await openRepo();
    const ids = [await create(term, "a"), await create(term, "b")];
    await term.ok(`incr todo close ${ids[1]}`);
    const before = await term.ok("git rev-parse refs/incr/todos");
    await term.fails(1, `incr todo finish ${ids.join(" ")}`);
    await term.fails(3, `incr todo finish ${ids[0]} zzzz`);
    expect(await term.ok("git rev-parse refs/incr/todos")).toBe(before);
  });

  test("update sets what is given and nothing else", async () => {
    const term = await openRepo();
    const id = await create(term, "'Old' --description text");
    const before = (await term.json(`incr todo show ${id} --json`)).todo;
    const { todos } = await term.json(`incr todo update ${id} --title New --priority 0 --status waiting --json`);
    expect(todos).toEqual([
      { ...before, title: "New", priority: 0, status: "waiting", updated_at: expect.any(String) },
    ]);
    expect((await term.json(`incr todo update ${id} --description '' --json`)).todos[0]).not.toHaveProperty(
      "description",
    );
    expect(await term.fails(2, `incr todo update ${id}`)).toBe(
      `error: nothing to change was given\nhint: incr todo edit ${id}\n`,
    );
    expect(await term.fails(1, `incr todo update ${id} --status done`)).toBe(
      `error: the status done is not set by hand\nhint: incr todo finish ${id}\n`,
    );
  });
});

test("ids are taken by any unambiguous prefix in any case, and an ambiguous one lists the candidates", async () => {
  const repo = await makeTodoRepo();
  const term = openTerminal(repo);
  await putIds(repo.todos, "abcd2345", "abce2345", "b2345672");
  const stderr = await term.fails(2, "incr todo show ab");
  expect(stderr).toContain('error: "ab" is the start of more than one todo: abcd2345, abce2345');
  const { todos } = await term.json("incr todo list --json");
  expect(todos.map((todo: { short_id: string }) => todo.short_id)).toEqual(["abcd", "abce", "b"]);
  for (const { id, short_id } of todos) {
    expect((await term.json(`incr todo show ${short_id.toUpperCase()} --json`)).todo.id).toBe(id);
  }
});

describe("incr todo list", () => {
  test("shows what is not at its end, most urgent first", async () => {
    const term = await openRepo();
    expect(await term.ok("incr todo list")).toBe("no todos; `incr todo create '<title>'` makes one");
    const slow = await create(term, "'Some day' --priority 4");
    const bug = await create(term, "'Broken' --type bug --priority 1");
    const task = await create(term, `'Task' --priority 1 --depends-on ${bug}`);
    const done = await create(term, "'Done before'");
    await term.ok(`incr todo done ${done}`);
    const table = await term.ok("incr todo list");
    expect(table.split("\n").map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "ID PRI TYPE STATUS AGE WAITS FOR TITLE",
      expect.stringMatching(new RegExp(`^${bug} 1 bug open (now|\\d+s) - Broken$`)),
      expect.stringMatching(new RegExp(`^${task} 1 task open (now|\\d+s) ${bug} Task$`)),
      expect.stringMatching(new RegExp(`^${slow} 4 task open (now|\\d+s) - Some day$`)),
    ]);
    const listed = async (flags: string) =>
      (await term.json(`incr todo list ${flags} --json`)).todos.map((todo: { id: string }) => todo.id);
    expect(await listed("")).toEqual([bug, task, slow]);
    expect(await listed("--all")).toEqual([bug, task, done, slow]);
    expect(await listed("--status done")).toEqual([done]);
    expect(await listed("--status done --status open --type task")).toEqual([task, done, slow]);
    expect(await listed("--priority p1")).toEqual([bug, task]);
  });

  test("ready leaves out what waits, and takes a limit", async () => {
    const term = await openRepo();
    const base = await create(term, "'Base' --priority 3");
    const top = await create(term, `'Top' --priority 0 --depends-on ${base}`);
    const idea = await create(term, "'Idea' --proposed");
    const other = await create(term, "'Other'");
    const ready = async (flags = "") =>
      (await term.json(`incr todo ready ${flags} --json`)).todos.map((todo: { id: string }) => todo.id);
    expect(await ready()).toEqual([other, base]);
    expect(await ready("--limit 1")).toEqual([other]);
    await term.ok(`incr todo close ${base}`);
    await term.ok(`incr todo update ${idea} --status open`);
    expect(await ready()).toEqual(
      [top, idea, other].toSorted((a, b) => [top, idea, other].indexOf(a) - [top, idea, other].indexOf(b)),
    );
    await term.ok(`incr todo done ${top} ${other} ${idea}`);
    expect(await term.ok("incr todo ready")).toBe("nothing is ready; `incr todo list` shows what waits, and for what");
  });

  test("makes titles of other programs harmless", async () => {
    const term = await openRepo();
    const id = await create(term, "'Plain'");
    const path = `${id[0]}/${id}.json`;
    const text = (await term.ok(`git show refs/incr/todos:${path}`)).replace(
      '"Plain"',
      String.raw`"evil \u001b]0;x\u0007\u001b[31m title"`,
    );
    const tip = await term.ok("git rev-parse refs/incr/todos");
    const input = `commit refs/incr/todos\ncommitter x <x@y> 0 +0000\ndata 1\nx\nfrom ${tip}\nM 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\ndone\n`;
    await term.ok("git fast-import --quiet --done", { input });
    for (const line of [
      "incr todo list",
      `incr todo show ${id}`,
      `incr todo dep tree ${id}`,
      `incr todo start ${id}`,
    ]) {
      const { stdout, stderr } = await term.run(line);
      expect(stdout).toContain("evil");
      expect(stdout + stderr).not.toContain("\u001B");
      expect(stdout + stderr).not.toContain("\u0007");
    }
  });
});

describe("dependencies", () => {
  test("are added, shown from both sides, refused in a circle, and removed", async () => {
    const term = await openRepo();
    const [a, b, c] = [await create(term, "Alpha"), await create(term, "Beta"), await create(term, "Gamma")];
    expect(await term.ok(`incr todo dep add ${a} ${b}`)).toBe(`${a}  depends on ${b}`);
    expect(await term.ok(`incr todo dep add ${b} ${c} ${c}`)).toBe(`${b}  depends on ${c}`);
    expect(await term.ok(`incr todo dep add ${a} ${b}`)).toBe(`${a}  depends on ${b}`);
    expect(await term.fails(1, `incr todo dep add ${c} ${a}`)).toBe(
      `error: todo ${c} cannot depend on ${a}, which waits for it: ${c} → ${a} → ${b} → ${c}\nhint: incr todo dep tree ${a}\n`,
    );
    expect(await term.fails(1, `incr todo dep add ${a} ${a}`)).toContain(`todo ${a} cannot depend on itself`);
    expect(await term.fails(3, `incr todo dep add ${a} zzzz`)).toContain('no todo "zzzz"');
    expect(await term.json(`incr todo show ${b} --json`)).toMatchObject({
      dependencies: [{ id: c, title: "Gamma", status: "open" }],
      dependents: [{ id: a, title: "Alpha", status: "open" }],
      blocked_by: [c],
      ready: false,
      holder: null,
    });
    expect(await term.ok(`incr todo dep tree ${a}`)).toBe(
      `${a}  open  Alpha\n└─ ${b}  open  Beta\n   └─ ${c}  open  Gamma`,
    );
    const { stderr } = await term.run(`incr todo start ${a}`);
    expect(stderr).toBe(`todo ${a} depends on ${b}, still to be done\n`);
    expect(await term.ok(`incr todo dep remove ${a} ${b.slice(0, 5)}`)).toBe(`${a}  depends on nothing`);
    expect(await term.fails(3, `incr todo dep remove ${a} ${b}`)).toContain(
      `no dependency "${b}"\nhint: incr todo show ${a}\n`,
    );
  });

  test("a tree draws what is shared and what is missing", async () => {
    const term = await openRepo();
    const base = await create(term, "Base");
    const left = await create(term, `Left --priority 0 --depends-on ${base}`);
    const right = await create(term, `Right --depends-on ${base}`);
    const deep = await create(term, `Deep --depends-on ${right} --priority 4`);
    await term.ok(`incr todo dep add ${base} ${await create(term, "Ground")}`);
    const top = await create(term, `Top --depends-on ${left} --depends-on ${right} --depends-on ${deep}`);
    const ground = (await term.json(`incr todo show ${base} --json`)).dependencies[0].id;
    expect(await term.ok(`incr todo dep tree ${top}`)).toBe(
      [
        `${top}  open  Top`,
        `├─ ${left}  open  Left`,
        `│  └─ ${base}  open  Base`,
        `│     └─ ${ground}  open  Ground`,
        `├─ ${right}  open  Right`,
        `│  └─ ${base}  open  Base  (see above)`,
        `└─ ${deep}  open  Deep`,
        `   └─ ${right}  open  Right  (see above)`,
      ].join("\n"),
    );
    const tree = await term.json(`incr todo dep tree ${top} --json`);
    expect(tree).toMatchObject({ root: top });
    expect(tree.nodes[5]).toEqual({ id: base, depth: 2, title: "Base", status: "open", mark: "repeated" });
  });

  test("a circle that a merge brought in is reported with the way out", async () => {
    const term = await openRepo();
    const [a, b] = [await create(term, "Alpha"), await create(term, "Beta")];
    // Two people's changes, each fine by itself, come together by a merge of the files.
    const before = await term.ok("git rev-parse refs/incr/todos");
    await term.ok(`incr todo dep add ${a} ${b}`);
    const ours = await term.ok("git rev-parse refs/incr/todos");
    await term.ok(`git update-ref refs/incr/todos ${before} && incr todo dep add ${b} ${a}`);
    await term.ok(
      `git worktree add -q --detach ../scratch refs/incr/todos && git -C ../scratch merge -q -m merge ${ours}`,
    );
    await term.ok("git update-ref refs/incr/todos $(git -C ../scratch rev-parse HEAD)");
    const [first, second] = [a, b].toSorted() as [string, string];
    const { stdout, stderr } = await term.run("incr todo ready");
    expect(stdout).toBe("nothing is ready; `incr todo list` shows what waits, and for what\n");
    expect(stderr).toBe(
      `${first} → ${second} → ${first} wait for each other; end that with: incr todo dep remove ${first} ${second}\n`,
    );
    expect(await term.ok(`incr todo dep tree ${a}`)).toContain(`${a}  open  Alpha  (waits for itself)`);
    await term.ok(`incr todo dep remove ${first} ${second}`);
    expect((await term.json("incr todo ready --json")).todos).toMatchObject([{ id: first }]);
  });
});

describe("incr todo show", () => {
  test("tells all there is to tell", async () => {
    const term = await openRepo();
    const base = await create(term, "Base");
    const id = await create(
      term,
      `'Fix the login' --description $'It fails.\\n\\nAlways.' --type bug --depends-on ${base}`,
    );
    const shown = await term.ok(`incr todo show ${id}`);
    expect(shown.replaceAll(/20\d\d-[\d-]+T[\d:.]+Z/g, "<time>").replaceAll(/(just now|\d+s ago)/g, "<ago>")).toBe(
      [
        `todo      ${id}`,
        "title     Fix the login",
        `status    open, waits for ${base}`,
        "priority  2",
        "type      bug",
        "created   <ago>, <time>",
        "",
        "depends on",
        `  ${base}  open  Base`,
        "",
        "It fails.",
        "",
        "Always.",
      ].join("\n"),
    );
    await term.ok(`incr todo done ${base}`);
    expect(await term.ok(`incr todo show ${id}`)).toContain("status    open, ready");
    expect(await term.fails(3, "incr todo show zzzz")).toBe('error: no todo "zzzz"\nhint: incr todo list\n');
  });
});

test("a damaged todo is named by every list, and the others work", async () => {
  const term = await openRepo();
  const [bad, good] = [await create(term, "Bad"), await create(term, "Good")];
  const tip = await term.ok("git rev-parse refs/incr/todos");
  const path = `${bad[0]}/${bad}.json`;
  const input = `commit refs/incr/todos\ncommitter x <x@y> 0 +0000\ndata 1\nx\nfrom ${tip}\nM 100644 inline ${path}\ndata 4\nnope\ndone\n`;
  await term.ok("git fast-import --quiet --done", { input });
  for (const line of ["incr todo list", "incr todo ready"]) {
    const { code, stdout, stderr } = await term.run(line);
    expect(code).toBe(0);
    expect(stdout).toContain("Good");
    expect(stderr).toMatch(new RegExp(`^the file of todo ${bad} cannot be read and was left out: not JSON: `));
  }
  expect(await term.ok(`incr todo done ${good}`)).toContain("done");
  for (const line of [
    `incr todo show ${bad}`,
    `incr todo start ${bad}`,
    `incr todo edit ${bad}`,
    `incr todo dep add ${good} ${bad}`,
  ]) {
    const stderr = await term.fails(1, line);
    expect(stderr).toContain(`error: the file of todo ${bad} cannot be read: not JSON: `);
    expect(stderr).toMatch(/hint: incr doctor --fix, which puts back the version of [0-9a-f]{12}\n$/);
  }
  expect(await term.ok(`git show refs/incr/todos:${path}`)).toBe("nope");
});

test("in a linked worktree, a bare repository and one with a strange name the todos are found", async () => {
  const term = await openRepo(`it's "$(x)" ü`);
  const id = await create(term, "Here");
  await term.ok(
    "git worktree add -q ../linked && git clone -q --bare . ../bare.git && git push -q ../bare.git refs/incr/todos:refs/incr/todos",
  );
  for (const folder of ["../linked", "../bare.git", ".git"]) {
    const { todos } = await term.json(`cd ${folder} && incr todo list --json`);
    expect(todos).toMatchObject([{ id, title: "Here" }]);
  }
  await term.ok(`cd ../linked && incr todo start ${id}`);
  expect((await term.json(`incr todo show ${id} --json`)).todo.status).toBe("in_progress");
  expect(await term.ok("git status --porcelain && git -C ../linked status --porcelain")).toBe("");
});

test("32 real commands write at once, and nothing is lost", { timeout: 180_000 }, async () => {
  const term = await openRepo();
  const shared = await create(term, "Shared");
  const results = await Promise.all(
    Array.from({ length: 32 }, (_, n) =>
      term.run(n % 2 === 0 ? `incr todo create 'Todo ${n}'` : `incr todo create 'Todo ${n}' --depends-on ${shared}`, {
        timeout: 170_000,
      }),
    ),
  );
  for (const result of results) expect(result).toMatchObject({ code: 0 });
  const { todos } = await term.json("incr todo list --json");
  expect(todos.map((todo: { title: string }) => todo.title).toSorted()).toEqual(
    ["Shared", ...Array.from({ length: 32 }, (_, n) => `Todo ${n}`)].toSorted(),
  );
  // Of 8 who start one todo, one wins.
  const starts = await Promise.all(Array.from({ length: 8 }, () => term.run(`incr todo start ${shared}`)));
  expect(starts.filter(({ code }) => code === 0)).toHaveLength(1);
  expect(await term.ok("git status --porcelain")).toBe("");
});
