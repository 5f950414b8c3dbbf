/** Updates that one process carries out for others which come while it is at work. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { INCR, spawnIncr, WORK } from "../support/incr.ts";
import { runProcess, spawnProcess, type Environment, type Finished, type Running } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeTempDir } from "../support/temp.ts";
import { openPane } from "../support/tmux.ts";
import { waitFor } from "../support/wait.ts";
import { openApproved, STREAM, type Desk } from "../stream/desk.ts";

/** Elsewhere everybody does their own. */
const isLinux = process.platform === "linux";
/** Nobody loses patience because this machine is busy. */
const PATIENT = { INCR_TEST_HANDOVER: JSON.stringify({ patience: 60_000, notice: 60_000 }) };

let desk: Desk;
let index: string;
let folder: string;
let cache: Environment;
beforeAll(async () => {
  desk = await openApproved();
  index = desk.read("index.json");
});
beforeEach(() => {
  desk.write("index.json", index);
  cache = { XDG_CACHE_HOME: makeTempDir() };
  folder = join(cache["XDG_CACHE_HOME"] ?? "", "incr", "handover");
  desk.write(`${STREAM}/tasks.json`, JSON.stringify({ version: "1.0.0", tasks: Array.from({ length: 40 }, task) }));
});

const id = (n: number) => `01.01.01.${String(n).padStart(2, "0")}`;
const task = (_: unknown, n: number) => ({ id: id(n + 1), name: `t${n + 1}`, status: "pending" });
const words = (n: number) => ["work", "update", "--task", id(n), "--status", "completed", "--report", `r${n}`];
const start = (args: string[], env: Environment = {}, cwd = desk.repo.root) =>
  spawnIncr(args, { cwd, env: { ...desk.repo.env, ...cache, ...PATIENT, ...env } });
const update = (n: number, env: Environment = {}) => start(words(n), env);
const done = (n: number) => ({ code: 0, stderr: "", stdout: `${id(n)}  completed  t${n}\n` });
/** The numbers of the tasks that say what their update said. */
const reported = (): number[] =>
  desk
    .json(`${STREAM}/tasks.json`)
    .tasks.flatMap(({ report }: { report?: string }, n: number) => (report === `r${n + 1}` ? [n + 1] : []));
const requests = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".request")) : []);

interface Leader extends Running {
  goOn(): void;
}

/** One that has come first and stands still with the lock in its hand. */
async function lead(env: Environment = {}): Promise<Leader> {
  const flag = join(makeTempDir(), "go");
  const running = update(1, { INCR_FAULT_PAUSE: `together:begin=${flag}`, ...env });
  await waitFor("the leader", () => existsSync(`${flag}.reached`));
  return Object.assign(running, { goOn: () => writeFileSync(flag, "") });
}

/** Others that have put down what they want. */
async function follow<T extends Running[]>(...begin: { [N in keyof T]: () => T[N] }): Promise<T> {
  const before = requests().length;
  const running = begin.map((one) => one()) as T;
  const isWhole = (name: string) => readFileSync(join(folder, name), "utf8").endsWith("\n");
  await waitFor("the requests", () => requests().filter(isWhole).length === before + begin.length);
  return running;
}

/** The start of a program that is not there: whoever has to do it themselves cannot. */
function emptyProgram(): string {
  const empty = join(makeTempDir(), "incr.cjs");
  copyFileSync(INCR, empty);
  copyFileSync(WORK, join(dirname(empty), "work.cjs"));
  return empty;
}

/** What nobody waits for. Whoever leads finds it at its next look. @returns its path */
function putDown(nth: number | string, content: string): string {
  const link = readdirSync(folder).find((name) => !name.includes(".")) ?? "";
  const file = join(folder, `${link}.${readlinkSync(join(folder, link))}.${nth}.request`);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

const request = (argv: string[]) =>
  `${JSON.stringify({ argv, program: INCR, cwd: desk.repo.root, env: { ...desk.repo.env, ...cache }, terminals: [false, false] })}\n`;

const ends = (all: Running[]): Promise<Finished[]> => Promise.all(all.map(({ finished }) => finished));

describe.runIf(isLinux)("those who come while one is at work", () => {
  test("are served by it, and need not even load the program", async () => {
    const program = emptyProgram();
    const at =
      (file: string, args: string[], cwd = desk.repo.root) =>
      () =>
        spawnProcess(process.execPath, [join(dirname(program), file), ...args], {
          cwd,
          env: { ...desk.repo.env, ...cache, ...PATIENT },
        });
    const inside = join(desk.repo.root, "a", "b");
    mkdirSync(inside, { recursive: true });
    const leader = await lead();
    const others = await follow(
      at("incr.cjs", words(2)),
      at("work.cjs", words(3).slice(1)),
      at("incr.cjs", [...words(4), "--json"]),
      at("incr.cjs", words(5), inside),
    );
    leader.goOn();
    const [two, three, four, five] = await ends(others);
    expect([two, three, five]).toMatchObject([2, 3, 5].map(done));
    expect(four).toMatchObject({ code: 0, stderr: "" });
    expect(four?.json()).toMatchObject({ stream: STREAM, tasks: [{ id: id(4), status: "completed", report: "r4" }] });
    expect(await leader.finished).toMatchObject(done(1));
    expect(reported()).toEqual([1, 2, 3, 4, 5]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.skipIf(lacks("tmux"))("on a terminal, too, in its colours", async () => {
    const leader = await lead();
    const pane = await openPane(["bash", "--norc"], {
      cwd: desk.repo.root,
      env: { ...desk.repo.env, ...cache, ...PATIENT, PS1: "> " },
    });
    await pane.enter([process.execPath, emptyProgram(), ...words(2)].join(" "));
    await waitFor("the request", () => requests().length === 1);
    leader.goOn();
    await pane.see(`${id(2)}  completed  t2`);
    const { stdout } = await runProcess("tmux", ["-S", pane.socket, "capture-pane", "-p", "-e"]);
    expect(stdout).toContain(`\u001B[36m${id(2)}\u001B[39m  completed`);
    await leader.finished;
    expect(reported()).toEqual([1, 2]);
  });

  test("in another worktree of the repository, too", async () => {
    const worktree = join(makeTempDir(), "linked");
    await desk.repo.git(["worktree", "add", "-q", "--detach", worktree]);
    const leader = await lead();
    const [other] = await follow(() =>
      spawnProcess(process.execPath, [emptyProgram(), ...words(2)], {
        cwd: worktree,
        env: { ...desk.repo.env, ...cache, ...PATIENT },
      }),
    );
    leader.goOn();
    expect(await other.finished).toMatchObject(done(2));
    await leader.finished;
    expect(reported()).toEqual([1, 2]);
  });

  test("in another repository do it themselves", async () => {
    const leader = await lead();
    const elsewhere = await openApproved();
    const { code } = await spawnIncr(["work", "update", "--task", id(1), "--status", "completed"], {
      cwd: elsewhere.repo.root,
      env: { ...elsewhere.repo.env, ...cache, ...PATIENT },
    }).finished;
    expect(code).toBe(0);
    leader.goOn();
    await leader.finished;
  });

  test("say themselves what is wrong with what they want", async () => {
    const leader = await lead();
    const others = await follow(
      () => update(99),
      () => start([...words(98), "--json"]),
      () => start([...words(2), "--nonsense"]),
      () => update(3),
    );
    leader.goOn();
    const [unknown, json, wrong, good] = await ends(others);
    expect(unknown).toMatchObject({
      code: 3,
      stdout: "",
      stderr: `error: there is no task ${id(99)}\nhint: work list\n`,
    });
    expect(JSON.parse(json?.stderr ?? "")).toMatchObject({ error: { code: "not_found", data: { id: id(98) } } });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown flag --nonsense") });
    expect(good).toMatchObject(done(3));
    expect(readdirSync(folder)).toEqual([]);
  });

  test("and mean another directory go there themselves", async () => {
    const { repo, json } = await openApproved();
    const leader = await lead();
    const [other] = await follow(() =>
      start(["work", "update", "--task", "1.1.1.1", "--status", "blocked", "-C", repo.root]),
    );
    leader.goOn();
    expect(await other.finished).toMatchObject({ code: 0 });
    await leader.finished;
    expect(json(`${STREAM}/tasks.json`).tasks[0]).toMatchObject({ status: "blocked" });
    expect(reported()).toEqual([1]);
  });

  test("do it themselves when it takes too long until somebody begins", async () => {
    const leader = await lead();
    const other = update(2, { INCR_TEST_HANDOVER: JSON.stringify({ patience: 50 }) });
    // Nobody else waits for that one, either
    await waitFor("the leader to be left", () => readdirSync(folder).length === 0);
    leader.goOn();
    expect(await other.finished).toMatchObject(done(2));
    expect(await leader.finished).toMatchObject(done(1));
    expect(reported()).toEqual([1, 2]);
  });

  test("have the locks of other workstreams to wait for themselves", async () => {
    const other = "002-other";
    const { streams, ...rest } = JSON.parse(index);
    desk.write("index.json", JSON.stringify({ ...rest, streams: [...streams, { id: other }] }));
    desk.write(`${other}/tasks.json`, desk.read(`${STREAM}/tasks.json`));
    const leader = await lead();
    const holder = await lead({ INCR_STREAM: other });
    const [waiting] = await follow(() => update(2, { INCR_STREAM: other }));
    leader.goOn();
    // The other one still has its lock
    expect(await leader.finished).toMatchObject(done(1));
    expect(holder.stdout()).toBe("");
    holder.goOn();
    // Which they say when it takes long
    expect(await ends([holder, waiting])).toMatchObject([1, 2].map((n) => ({ ...done(n), stderr: expect.anything() })));
  });

  test("end at once when they are told to", async () => {
    const leader = await lead();
    const [interrupted, stopped] = await follow(
      () => update(2),
      () => update(3),
    );
    interrupted.kill("SIGINT");
    stopped.kill("SIGTERM");
    expect(await ends([interrupted, stopped])).toMatchObject([{ signal: "SIGINT" }, { signal: "SIGTERM" }]);
    leader.goOn();
    expect(await leader.finished).toMatchObject(done(1));
    expect(readdirSync(folder)).toEqual([]);
  });

  test("say themselves that the answer cannot be written", async () => {
    const unwritable = (n: number) => () =>
      spawnProcess("sh", ["-c", 'exec "$@" 1<"$0"', INCR, process.execPath, INCR, ...words(n)], {
        cwd: desk.repo.root,
        env: { ...desk.repo.env, ...cache, ...PATIENT },
      });
    const alone = await unwritable(1)().finished;
    expect(alone.code).not.toBe(0);
    const leader = await lead();
    const [other] = await follow(unwritable(2));
    leader.goOn();
    expect((await other.finished).code).toBe(alone.code);
    await leader.finished;
    expect(reported()).toEqual([1, 2]);
  });

  test("hear that it may have been done, if whoever has begun with it lives and never says so", async () => {
    await leadAsThisProcess();
    const other = start([...words(2), "--json"], {
      INCR_TEST_HANDOVER: JSON.stringify({ patience: 60_000, notice: 100, longest: 1_200 }),
    });
    await waitFor("the request to be taken", () => takeAll() === 1);
    const { code, stderr } = await other.finished;
    expect(code).toBe(75);
    const data = { pid: process.pid };
    expect(
      stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { level: "notice", code: "waiting_for_leader", data },
      { level: "error", error: { code: "busy", data } },
    ]);
    expect(reported()).toEqual([]);
  });
});

/** As a leader that never does anything. */
async function leadAsThisProcess(): Promise<void> {
  const leader = await lead();
  const [name = ""] = readdirSync(folder);
  await leader.killGroup();
  rmSync(join(folder, name));
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
  symlinkSync(`${process.pid}-${fields[19]}`, join(folder, name));
}

/** Removing its name is how a request is taken. @returns how many there were */
function takeAll(): number {
  const all = requests();
  for (const name of all) rmSync(join(folder, name));
  return all.length;
}

describe.runIf(isLinux)("when the leader is killed", () => {
  test.each(["handover:taken", "handover:done", "together:saved", "store:before-temp", "store:after-rename"])(
    "at %s, all others are done all the same",
    async (point) => {
      const leader = await lead({ INCR_FAULT: point });
      const others = await follow(
        () => update(2),
        () => update(3),
        () => update(4),
      );
      leader.goOn();
      expect(await leader.finished).toMatchObject({ signal: "SIGKILL" });
      expect(await ends(others)).toMatchObject([2, 3, 4].map(done));
      expect(reported().filter((n) => n !== 1)).toEqual([2, 3, 4]);
      expect(desk.files().filter((name) => name.endsWith(".tmp"))).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test("before it has begun, all others are done all the same", async () => {
    const leader = await lead();
    const others = await follow(
      () => update(2),
      () => update(3),
    );
    await leader.killGroup();
    expect(await ends(others)).toMatchObject([2, 3].map(done));
    expect(reported()).toEqual([2, 3]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("and nobody follows, the next one leads", async () => {
    const leader = await lead();
    await leader.killGroup();
    expect(readdirSync(folder)).toHaveLength(1);
    expect(await update(2).finished).toMatchObject(done(2));
    expect(readdirSync(folder)).toEqual([]);
  });

  test("and its number is given to another process, the next one leads", async () => {
    const leader = await lead();
    await leader.killGroup();
    const [name = ""] = readdirSync(folder);
    rmSync(join(folder, name));
    symlinkSync(`${process.pid}-1`, join(folder, name));
    expect(await update(2).finished).toMatchObject(done(2));
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.runIf(isLinux)("a leader keeps what it needs for its own work when very many come at once", async () => {
  const flag = join(makeTempDir(), "go");
  const leader = spawnProcess("sh", ["-c", 'ulimit -n 120; exec "$@"', "sh", process.execPath, INCR, ...words(1)], {
    cwd: desk.repo.root,
    env: { ...desk.repo.env, ...cache, INCR_FAULT_PAUSE: `together:begin=${flag}` },
  });
  await waitFor("the leader", () => existsSync(`${flag}.reached`));
  for (let nth = 0; nth < 200; nth += 1) putDown(nth, request(words(2 + (nth % 30))));
  writeFileSync(flag, "");
  expect(await leader.finished).toMatchObject(done(1));
  expect(requests()).toEqual([]);
  expect(reported()).toEqual(Array.from({ length: 31 }, (_, n) => n + 1));
});

test("of many of which some are killed, all that end have done what they say", async () => {
  const all = Array.from({ length: 40 }, (_, n) => ({ n: n + 1, running: update(n + 1) }));
  const doomed = all.filter(({ n }) => n % 5 === 1);
  for (const { running } of doomed) {
    setTimeout(() => running.kill("SIGKILL"), Math.random() * 400);
  }
  const finished = await ends(all.map(({ running }) => running));
  const ended = all.filter((_, at) => finished[at]?.code === 0).map(({ n }) => n);
  expect(ended.length).toBeGreaterThanOrEqual(all.length - doomed.length);
  expect(finished.filter(({ code, signal }) => code !== 0 && signal !== "SIGKILL")).toEqual([]);
  expect(reported()).toEqual(expect.arrayContaining(ended));
});

describe.runIf(isLinux)("the folder in which requests are put down", () => {
  test("is not used if others may write to it", async () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
    expect(await update(1).finished).toMatchObject(done(1));
    expect(readdirSync(folder)).toEqual([]);
  });

  test("may be missing for good", async () => {
    mkdirSync(dirname(folder), { recursive: true });
    writeFileSync(folder, "");
    expect(await update(1).finished).toMatchObject(done(1));
    expect(await update(2, { HOME: undefined, XDG_CACHE_HOME: undefined }).finished).toMatchObject({ code: 0 });
  });

  test("may hold anything", async () => {
    const leader = await lead();
    const contents = ["", "{", "{\n", "null\n", "{}\n", '{"argv":5}\n', '{"argv":["work","update"],"program":"x"}\n'];
    for (const [nth, content] of contents.entries()) putDown(nth, content);
    mkdirSync(putDown("folder", "").replace("folder", "a-folder"));
    // Nothing but updates, and only of ourselves
    putDown("other", request(["work", "assign", "--thread", "1.1.1", "--agent", "evil"]));
    chmodSync(putDown("anybody", request(words(2))), 0o622);
    leader.goOn();
    expect(await leader.finished).toMatchObject(done(1));
    expect(reported()).toEqual([1]);
    expect(desk.read(`${STREAM}/tasks.json`)).not.toContain("evil");
  });

  test("is rid of what was left in it after some hours", async () => {
    const leader = await lead();
    const old = putDown("old", request(words(2))).replaceAll(/\w+(?=\.\d+-)/g, "gone");
    writeFileSync(old, "");
    symlinkSync("1-1", join(folder, "gone"));
    for (const path of [old, join(folder, "gone")]) lutimesSync(path, 1_000_000, 1_000_000);
    symlinkSync("1-1", join(folder, "new"));
    leader.goOn();
    expect(await leader.finished).toMatchObject(done(1));
    expect(readdirSync(folder)).toEqual(["new"]);
  });
});

test.runIf(isLinux)("what is put down is for nobody else to read, and holds no secrets", async () => {
  const leader = await lead();
  const [other] = await follow(() => update(2, { SOME_API_KEY: "secret" }));
  const [name = ""] = requests();
  expect(readFileSync(join(folder, name), "utf8")).not.toContain("secret");
  const { stdout } = await runProcess("stat", ["-c", "%a", folder, join(folder, name)]);
  expect(stdout).toBe("700\n600\n");
  leader.goOn();
  await ends([leader, other]);
});
