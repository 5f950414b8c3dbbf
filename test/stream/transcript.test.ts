/** Every command, as it is typed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nameStream } from "../../src/cli/commands/work/name-stream.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal } from "../support/terminal.ts";
import { openApproved, openDesk, openPlanned, STREAM } from "./desk.ts";
import { GOOD_PLAN } from "./plans.ts";

const REAL = new URL("../fixtures/session-tracking.plan.md", import.meta.url).pathname;

describe("work create", () => {
  test("makes a folder under the next number, with a template to fill in; the first stream becomes the current one", async () => {
    const { term, files, json, read, repo } = await openDesk();
    expect(await term.fails(1, "work current")).toContain("error: there is no workstream yet");
    expect(await term.ok('work create --name "Häuser & Gärten" --stages 2')).toBe(
      "001-hauser-garten (current)  work/001-hauser-garten/PLAN.md",
    );
    expect(await term.ok("incr work create --name 'Second one'")).toBe("002-second-one  work/002-second-one/PLAN.md");
    expect(files()).toEqual(["001-hauser-garten/PLAN.md", "002-second-one/PLAN.md", "index.json"]);
    expect(json("index.json")).toMatchObject({
      current_stream: "001-hauser-garten",
      streams: [
        { id: "001-hauser-garten", name: "Häuser & Gärten", order: 1, path: "work/001-hauser-garten" },
        { id: "002-second-one", order: 2 },
      ],
    });
    expect(read("001-hauser-garten/PLAN.md").match(/^### Stage/gm)).toHaveLength(2);
    expect(await repo.git(["status", "--porcelain", "--untracked-files=all"])).not.toMatch(/\.lock|\.tmp/);
  });

  test("takes a plan that is there, byte for byte, and its title for a name", async () => {
    const { term, read } = await openDesk();
    expect(await term.ok(`work create --plan ${REAL}`)).toMatch(/^001-session-tracking \(current\)/);
    expect(read("001-session-tracking/PLAN.md")).toBe(readFileSync(REAL, "utf8"));
    expect(await term.fails(2, `work create --plan ${REAL} --stages 3`)).toMatch(
      /--stages is for the template, and --plan brings stages of its own\nhint: work create --plan /,
    );
    expect(await term.fails(3, "work create --plan nowhere.md")).toMatch(
      /^error: there is no file nowhere\.md\nhint: /,
    );
    expect(await term.fails(2, "work create")).toBe(
      'error: a workstream needs a name\nhint: work create --name "Session tracking"\n',
    );
    await term.ok("echo x > untitled.md");
    expect(await term.fails(2, "work create --plan untitled.md")).toMatch(
      /untitled\.md has no title .*\nhint: work create --plan untitled\.md --name/,
    );
    expect(await term.fails(2, "work create --name ''")).toMatch(/one line of text/);
  });

  test("skips numbers whose folder is there, and keeps what it does not know in the index", async () => {
    const { term, write, json } = await openDesk();
    write("004-old/PLAN.md", "x");
    write("index.json", '{"version":"1.0.0","x":{"y":1},"streams":[{"id":"002-foo","name":"foo","z":[1]}]}');
    expect(await term.ok("work create --name new")).toMatch(/^005-new/);
    expect(json("index.json")).toMatchObject({ x: { y: 1 }, streams: [{ id: "002-foo", z: [1] }, { id: "005-new" }] });
  });
});

test("work current, and --stream by id, name and the start of an id", async () => {
  const { term, write } = await openDesk();
  expect(await term.fails(1, "work tree")).toMatch(/^error: there is no workstream yet\nhint: work create/);
  await term.ok("work create --name Alpha");
  await term.ok("work create --name Beta");
  expect(await term.ok("work current --set beta")).toBe("002-beta");
  expect(await term.json("work current --json")).toEqual({ id: "002-beta", name: "Beta" });
  for (const name of ["1", "001-alpha", "ALPHA", "Alpha", "001", "al"])
    expect(await term.ok(`work tree --stream ${name}`)).toMatch(/^001-alpha/);
  for (const name of ["3", "000", "lpha", "''"])
    expect(await term.fails(3, `work tree --stream ${name}`)).toMatch(/no workstream "/);
  expect(await term.fails(2, "work tree --stream 00")).toMatch(/more than one workstream: 001-alpha, 002-beta/);
  expect(await term.ok("work list --streams")).toBe(
    "STREAM     NAME   TASKS  CURRENT\n001-alpha  Alpha      -  -\n002-beta   Beta       -  yes",
  );
  write(
    "001-alpha/tasks.json",
    '{"tasks":[{"id":"1.1.1.1","status":"completed"},{"id":"1.1.1.2","status":"cancelled"}]}',
  );
  write("002-beta/tasks.json", "{");
  const { stdout, stderr } = await term.run("work list --streams");
  expect(stdout).toMatch(/^001-alpha +Alpha +1\/1 +-\n002-beta +Beta +\? +yes$/m);
  expect(stderr).toMatch(/^warning: .*002-beta\/tasks\.json is not JSON/);
});

test("work validate, check plan, preview and tree", async () => {
  const { term, write, repo } = await openPlanned();
  expect(await term.ok("work validate")).toBe("001-login: plan without a fault");
  expect(await term.ok("work validate tasks")).toBe("001-login has no tasks yet");
  expect(await term.ok("work check plan")).toBe("001-login: no open question, and nothing is missing");
  expect(await term.ok("work tree")).toBe(`001-login  Login
01  Build
  01.01  Base
    01.01.01  Form
    01.01.02  Page
  01.02  Polish
    01.02.01  Colours
02  Ship
  02.01  Out
    02.01.01  Release`);
  expect(await term.ok("work preview")).toContain("01.01.01  Form\n              The form.\n");
  expect((await term.json("work preview --plan draft.md --json")).stages[0].questions).toEqual({
    open: 0,
    resolved: 1,
  });
  expect((await term.json("work tree --json")).stages[0].batches[1]).toEqual({
    id: "01.02",
    name: "Polish",
    threads: [{ id: "01.02.01", name: "Colours", summary: "Colours.", tasks: [] }],
  });

  await repo.write("src/here.ts", "");
  const broken = GOOD_PLAN.replace("### Stage 02: Ship", "### Stage 02 Ship")
    .replace("- [x] Which? This one", "- [ ] Which?")
    .replace("- a page", "- `src/here.ts` and `src/gone.ts`")
    .replace("**Inputs:**\n- stage 1", "**Outputs:** it");
  write(`${STREAM}/PLAN.md`, broken);
  const result = await term.run("work validate plan");
  expect([result.code, result.stdout]).toEqual([
    1,
    "PLAN.md:26:3: warning: the question is open: Which?; answer it, and write `- [x]`\nPLAN.md:58:1: error: the heading of stage 02 has no colon after its number; write `### Stage 02: Ship`\n001-login: not valid\n",
  ]);
  const check = await term.run("work check plan --json");
  expect(check.code).toBe(1);
  expect(check.json().findings.map(({ code, line }: any) => [code, line])).toEqual([
    ["missing_file", 9],
    ["open_question", 26],
    ["missing_inputs", 64],
  ]);
});

test("work add-stage, add-batch and add-thread", async () => {
  const { term, read, repo } = await openPlanned();
  expect(await term.ok("work add-stage --name ' Fixes '")).toBe("03  work/001-login/PLAN.md:85");
  expect(await term.ok("work add-batch --stage 3 --name One")).toMatch(/^03\.01 /);
  expect(
    await term.json("work add-thread --stage 03 --batch 1 --name First --summary It. --details - --json", {
      input: "- a\n  - b\n",
    }),
  ).toEqual({
    stream: STREAM,
    id: "03.01.01",
    plan: join(repo.root, "work", STREAM, "PLAN.md"),
    line: expect.any(Number),
    renumbered: [],
  });
  expect(read(`${STREAM}/PLAN.md`).startsWith(GOOD_PLAN.trimEnd())).toBe(true);
  expect(read(`${STREAM}/PLAN.md`)).toMatch(
    /###### Thread 01: First\n\n\*\*Summary:\*\*\nIt\.\n\n\*\*Details:\*\*\n- a\n {2}- b\n$/,
  );
  expect(await term.fails(1, "work add-stage --name Mid --after 1")).toMatch(
    /stage 02, 03 must get another number\nhint: allow it with --renumber/,
  );
  const { stderr } = await term.run("work add-stage --name Mid --after 1 --renumber");
  expect(stderr).toBe('stage 02, "Ship", is stage 03 now\nstage 03, "Fixes", is stage 04 now\n');
  expect(await term.fails(3, "work add-thread --stage 9 --batch 1 --name x")).toMatch(/no stage 09/);
});

test("a stage whose tasks are known keeps its number", async () => {
  const { term, read } = await openApproved();
  const before = read(`${STREAM}/PLAN.md`);
  expect(await term.fails(5, "work add-stage --name Mid --after 1 --renumber")).toMatch(/stage 02 has tasks already/);
  expect(read(`${STREAM}/PLAN.md`)).toBe(before);
});

test("work list, read and update", async () => {
  const { term } = await openApproved();
  expect(await term.ok("work list 1.1")).toBe(`TASK         STATUS   NAME    AGENT  REPORT
01.01.01.01  pending  Do it   -      -
01.01.01.02  pending  Try it  -      -
01.01.02.01  pending  Do it   -      -`);
  expect(await term.ok('work update --task 1.1.1.1 --status completed --report "Made the form"')).toBe(
    "01.01.01.01  completed  Do it",
  );
  expect(await term.ok("work list --status completed")).toContain(
    "01.01.01.01  completed  Do it  -      Made the form",
  );
  expect(await term.ok("work read 1.1.1.1")).toMatch(
    /^task    01\.01\.01\.01 {2}Do it\nthread  01\.01\.01 {2}Form\nstage   Build\nbatch   Base\nstatus  completed\nreport  Made the form$/,
  );
  const thread = await term.json("work read 01.1.01 --json");
  expect(thread).toMatchObject({
    id: "01.01.01",
    status: "in_progress",
    thread: { details: "- do it", summary: "The form." },
  });
  expect(thread.tasks.map(({ id, status }: any) => [id, status])).toEqual([
    ["01.01.01.01", "completed"],
    ["01.01.01.02", "pending"],
  ]);
  await term.ok("work update --thread 1.1.1 --status completed");
  expect((await term.json("work status --json")).threads[0]).toMatchObject({
    id: "01.01.01",
    status: "completed",
    tasks: { total: 2, completed: 2 },
  });

  expect(await term.fails(3, "work update --task 1.1.1.9 --status completed")).toMatch(
    /there is no task 01\.01\.01\.09/,
  );
  expect(await term.fails(2, "work update --task 1.1.1 --status completed")).toMatch(
    /not the id of a task such as 01\.02\.03\.04/,
  );
  expect(await term.fails(2, "work update --task 1.1.1.1 --thread 1.1.1 --status completed")).toMatch(
    /do not go together/,
  );
  expect(await term.ok("work update 1.1.2.1 --status in_progress")).toBe("01.01.02.01  in_progress  Do it");
  expect(await term.ok("work update 1.1.2 --status pending")).toBe("01.01.02.01  pending  Do it");
  expect(await term.fails(2, "work update 1.1.2 --task 1.1.2.1 --status pending")).toMatch(/do not go together/);
  expect(await term.fails(2, "work update 1.1 --status pending")).toMatch(/not the id of a task .* or a thread/);
  expect(await term.fails(2, "work update --task 1.1.1.1")).toMatch(/nothing to change/);
  expect(await term.fails(3, "work read 9.9.9")).toMatch(/no thread 09\.09\.09/);
  expect(await term.fails(3, "work list 7")).toMatch(/there is no task in 07/);
});

test("work agents and assign", async () => {
  const { term, write, read, json } = await openApproved();
  expect(await term.ok("work agents")).toMatch(/^no agents/);
  write(
    "agents.yaml",
    "# ours\nagents:\n  # the careful one\n  - name: careful\n    description: Slow\n    best_for: proofs\n    models: [a/b, {model: c/d, variant: high}] # two\n",
  );
  expect(await term.json("work agents --json")).toEqual({
    agents: [{ name: "careful", description: "Slow", best_for: "proofs", models: ["a/b", "c/d:high"] }],
  });
  await term.ok("work agents add quick --model x/y --best-for typos");
  await term.ok("work agents add careful --model a/new --description Slower");
  expect(read("agents.yaml")).toMatch(
    /^# ours\nagents:\n {2}# the careful one\n {2}- name: careful\n {4}description: Slower\n {4}best_for: proofs\n/,
  );
  expect(read("agents.yaml")).toContain("- name: quick\n    best_for: typos\n    models:\n      - x/y\n");

  expect(await term.ok("work assign --thread 1.1.1 --agent quick")).toBe("01.01.01  quick");
  expect(json(`${STREAM}/tasks.json`).tasks.map((task: any) => task.assigned_agent)).toEqual([
    "quick",
    "quick",
    undefined,
    undefined,
    undefined,
  ]);
  expect(await term.fails(3, "work assign --thread 1.1.1 --agent nobody")).toMatch(/no agent "nobody"/);
  await term.ok("work assign --thread 1.1.1 --clear");
  expect(json(`${STREAM}/tasks.json`).tasks[0].assigned_agent).toBeUndefined();
  await term.ok("work agents remove careful");
  expect(await term.fails(3, "work agents remove careful")).toMatch(/no agent "careful"/);
  expect(await term.fails(2, "work agents add 'a b' --model x/y")).toMatch(/no name for an agent/);
  expect(await term.fails(2, "work agents add ab --model gpt")).toMatch(/not a model/);
  write("agents.yaml", "agents:\n  - name: [\n");
  expect(await term.fails(1, "work agents")).toMatch(/agents\.yaml is not YAML: .* at line 3, column 1/);
});

test("work status says what comes next", async () => {
  const { term, write, read } = await openPlanned();
  const next = async () => (await term.json("work status --json")).next;
  expect(await next()).toBe("work approve plan");
  const plan = read(`${STREAM}/PLAN.md`);
  write(`${STREAM}/PLAN.md`, plan.replace("### Stage 02: Ship", "### Stage 02 Ship"));
  expect(await next()).toBe("work validate plan");
  write(`${STREAM}/PLAN.md`, plan);
  await term.ok("work approve plan");
  expect(await term.ok("work status")).toMatch(/^next {4}work approve tasks$/m);
  await term.ok("work create --name Other && work current --set other");
  expect((await term.json(`work status --stream ${STREAM} --json`)).next).toBe(`work approve tasks --stream ${STREAM}`);
});

test("an approval says whose threads TASKS.md gives to somebody else than they were assigned to", async () => {
  const { term, write, read } = await openApproved();
  write(`${STREAM}/TASKS.md`, read(`${STREAM}/TASKS.md`).replace("Thread 01: Form", "Thread 01: Form @agent:one"));
  expect((await term.run("work approve tasks")).stderr).toBe("");
  await term.ok("work assign --thread 1.1.1 --agent two");
  expect((await term.run("work approve tasks")).stderr).toBe(
    "thread 01.01.01 was given to two; TASKS.md gives it to one\n",
  );
});

describe("where work/ is", () => {
  test("in a linked worktree it is that of the main checkout", async () => {
    const { term, repo, files } = await openDesk();
    await repo.git(["worktree", "add", "-q", "../linked"]);
    const linked = term.in(join(repo.dir, "linked"));
    await linked.ok("work create --name X");
    expect(files()).toContain("001-x/PLAN.md");
    expect(await repo.git(["status", "--porcelain"], { cwd: linked.cwd })).toBe("");
    expect(await term.ok("work current")).toBe("001-x");
  });

  test("without git it is the nearest folder upward that has one, else the current one", async () => {
    const folder = makeTempDir();
    const term = openTerminal({ root: folder, env: {} });
    await term.ok("work create --name X");
    await term.ok("mkdir -p a/b");
    expect(await term.in(join(folder, "a", "b")).ok("work current")).toBe("001-x");
  });
});

describe("what is to be typed next", () => {
  test("names the stream that was named, unless it is meant anyway", async () => {
    const { term, json, write } = await openApproved();
    await term.ok("work create --name Other");
    await term.ok("work current --set 2");
    const flag = `--stream ${STREAM}`;
    expect(await term.fails(1, "work multi --batch 1.2 --stream login")).toContain(
      `hint: work multi ${flag} --batch 01.01, or --force\n`,
    );
    expect(await term.fails(1, "work continue --stream 2")).toContain(
      "hint: work approve plan, fill TASKS.md, then work approve tasks\n",
    );
    // An agent means its own stream.
    const { stderr } = await term.run("work continue --stream 2", { env: { INCR_STREAM: STREAM } });
    expect(stderr).toContain(
      "hint: work approve plan --stream 002-other, fill TASKS.md, then work approve tasks --stream 002-other\n",
    );
    await term.ok(`work update --thread 1.1.1 --status completed ${flag}`);
    const index = json("index.json");
    const conflict = { status: "conflict", at: "2026-01-22T10:00:00.000Z", thread: "01.01.01", with: [], files: [] };
    index.streams[0].merges = { "01.01": { ...conflict, onto: "0", theirs: "1" } };
    write("index.json", JSON.stringify(index));
    expect(JSON.parse(await term.fails(2, `work fix --json ${flag}`)).error.hint).toBe(`work fix ${flag} --merge`);
    expect(await term.ok(`work status ${flag}`)).toMatch(/^next +work fix --merge --stream 001-login$/m);
    expect(await term.ok(`work approve plan ${flag}`)).toContain(`\`work status ${flag}\` says what comes next`);
    // What an agent reports stays in its own words.
    await term.ok(`work update --task 1.1.1.1 --report 'done: work fix it' ${flag}`);
    expect(await term.ok(`work read 1.1.1.1 ${flag}`)).toMatch(/done: work fix it$/m);
    // It can be typed as it is told.
    expect(await term.fails(1, `work approve stage ${flag} 1`)).toContain("stage 01 cannot be approved yet");
  });

  test.each([
    ["work fix", "work fix -s"],
    ["a, b: work fix --merge opens it in a workspace", "a, b: work fix -s --merge opens it in a workspace"],
    ["`work fix`, or end it with `work fix --x`", "`work fix -s`, or end it with `work fix -s --x`"],
    ["work approve stage 1, then work list", "work approve stage -s 1, then work list -s"],
    ["work list --streams", "work list --streams"],
    ["work fix --stream 2", "work fix --stream 2"],
    ["work fixed, and their work fix too", "work fixed, and their work fix too"],
    ["work on it", "work on it"],
  ])("%s", (text, named) => {
    const told = nameStream(text, "002-x", ["work fix", "work approve stage", "work list"]);
    expect(told.replaceAll("--stream 002-x", "-s")).toBe(named);
  });
});
