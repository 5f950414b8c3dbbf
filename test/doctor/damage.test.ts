/**
 * Every file of ours, cut off and overwritten at many places: each command works or says in one line what is wrong, none overwrites the file, and
 * `incr doctor --fix` brings the house back with nothing lost.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { askInside, runInside } from "../support/inside.ts";
import { makeTempDir } from "../support/temp.ts";
import { doctor, makeHouse, readState, type House } from "./support.ts";

let house: House;
let saved: string;

beforeAll(async () => {
  house = await makeHouse();
  // A second session that ended, so that there is history; and consent to something.
  const { terminal, ready, repo } = house;
  await terminal.ok(`incr session start ${ready}`);
  await terminal.ok(`incr session done ${ready}`);
  await repo.write("incr.toml", '[workspace]\non-acquire = ["true"]\n');
  await terminal.ok("incr trust --yes");
  await terminal.ok("incr workspace acquire --purpose 'for later'");
  await terminal.ok("incr workspace release ws-002");
  house.ready = (await terminal.json("incr todo create 'Another' --json")).todo.id;
  saved = join(makeTempDir(), "saved");
  cpSync(repo.dir, saved, { recursive: true, preserveTimestamps: true });
});

beforeEach(() => {
  for (const name of ["state", "data", "app"]) {
    rmSync(join(house.repo.dir, name), { recursive: true, force: true });
    cpSync(join(saved, name), join(house.repo.dir, name), { recursive: true, preserveTimestamps: true });
  }
});

/** Commands of every kind. They may fail; they must not break down. */
const COMMANDS = (todo: string, ready: string) => [
  "incr status",
  "incr session list --all",
  `incr session show ${todo}`,
  "incr workspace list",
  "incr workspace show ws-001",
  "incr todo list",
  "incr todo create 'One more'",
  `incr session start ${ready}`,
  `incr session done ${todo}`,
  "incr workspace acquire --purpose x",
  "incr rescue list",
  "incr trust",
  "incr doctor",
];

interface Damage {
  name: string;
  apply(content: Buffer): Buffer;
}

const at = (share: number, content: Buffer) => Math.floor(content.length * share);
const CUTS: Damage[] = [0, 0.1, 0.3, 0.5, 0.7, 0.9].map((share) => ({
  name: `cut off after ${share * 100} %`,
  apply: (content) => content.subarray(0, at(share, content)),
}));
const OTHERS: Damage[] = [
  { name: "without its last byte", apply: (content) => content.subarray(0, -1) },
  { name: "all zeros", apply: (content) => Buffer.alloc(content.length) },
  { name: "text of something else", apply: () => Buffer.from("<html>\u0000 not ours\n") },
  { name: "another type of JSON", apply: () => Buffer.from("[1, 2]") },
  { name: "no UTF-8", apply: () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) },
  ...[0.2, 0.4, 0.6, 0.8].map((share) => ({
    name: `with zeros at ${share * 100} %`,
    apply: (content: Buffer) =>
      Buffer.from(content).fill(0, at(share, content), Math.min(at(share, content) + 16, content.length)),
  })),
];

/** Nothing breaks down, and what is damaged stays as it is until somebody asks for the repair. */
async function expectClearFailures(file: string, commands: string[]): Promise<void> {
  const damaged = readFileSync(file);
  const results = await Promise.all(commands.map(async (line) => ({ line, ...(await house.terminal.run(line)) })));
  for (const { line, code, stderr } of results) {
    expect({ line, code, stderr }).toSatisfy(() => code !== 70 && !/\n\s+at |internal error/.test(stderr));
    if (code !== 0 && line !== "incr doctor") expect(stderr).toMatch(/^error: .+\n(hint: .+\n)?$/m);
  }
  expect(readFileSync(file).equals(damaged), `${file} was overwritten`).toBe(true);
}

/** The session goes on where it was, with its work; the todos are there; and one can start and end as ever. */
async function expectNothingLost(): Promise<void> {
  const { terminal, todo, ready, path, session } = house;
  expect(readFileSync(join(path, "work.txt"), "utf8")).toBe("work\n");
  const listed = (await askInside(["todo", "list"], terminal)).todos.map(({ id }: { id: string }) => id);
  expect(listed).toEqual(expect.arrayContaining([todo, ready]));
  const workspace = Object.values(readState(house).workspaces).find(({ name }) => name === "ws-001");
  expect(workspace).toMatchObject({ status: "acquired" });
  const other = await askInside(["session", "start", ready], terminal);
  expect(other.path).not.toBe(path);
  await askInside(["session", "fail", ready], terminal);
  const ended = await runInside(["session", "done", todo, "--json"], terminal);
  if (ended.code === 0) {
    expect(ended.json()).toMatchObject({ session: { id: session }, commits: 1 });
    return;
  }
  // Where all records of it were lost, somebody unknown holds the workspace: what is in it is kept when it is given back.
  expect(workspace).toMatchObject({ lease: { holder: { type: "person", id: "unknown" } } });
  expect(await terminal.ok("incr workspace release ws-001")).toContain("kept as rescue");
}

/** With these every command is tried; they all fail in the same way. */
const THOROUGH = new Set([CUTS[0]?.name, CUTS[3]?.name, OTHERS[1]?.name]);

describe.each([...CUTS, ...OTHERS])("state.json, $name", ({ name, apply }) => {
  const file = () => join(house.repo.stateDir, "state.json");

  test("is not overwritten, and put back from its copy", async () => {
    writeFileSync(file(), apply(readFileSync(file())));
    const commands = COMMANDS(house.todo, house.ready);
    await expectClearFailures(file(), THOROUGH.has(name) ? commands : commands.slice(-4));
    const damaged = readFileSync(file());
    const { repaired, healthy } = await doctor(house.terminal, "--fix");
    expect(repaired[0]).toMatchObject({ code: "state_damaged" });
    expect(healthy).toBe(true);
    const aside = /what was there is ([^;]+)/.exec(repaired[0]?.done ?? "")?.[1] ?? "";
    expect(readFileSync(aside).equals(damaged)).toBe(true);
    await expectNothingLost();
  });

  test("is put together without a copy, or with a damaged one", async () => {
    const backup = `${file()}.bak`;
    if (apply.length % 2 === 0) rmSync(backup);
    else writeFileSync(backup, apply(readFileSync(backup)));
    writeFileSync(file(), apply(readFileSync(file())));
    const { repaired, findings } = await doctor(house.terminal, "--fix");
    expect(repaired[0]).toMatchObject({ code: "state_damaged" });
    expect(findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    await expectNothingLost();
  });
});

test("a state.json that was deleted is put back from its copy", async () => {
  rmSync(join(house.repo.stateDir, "state.json"));
  expect((await doctor(house.terminal, "--fix")).repaired[0]).toMatchObject({ code: "state_missing" });
  await expectNothingLost();
});

test("a state folder that was deleted leaves workspaces that are held, and nothing is lost", async () => {
  rmSync(house.repo.stateDir, { recursive: true });
  const { repaired, healthy } = await doctor(house.terminal, "--fix");
  expect(repaired.map(({ code }) => code).toSorted()).toEqual(["folder_in_use", "folder_orphaned"]);
  expect(healthy).toBe(true);
  await house.terminal.ok("incr trust --yes");
  await expectNothingLost();
});

describe.each([CUTS[0]!, CUTS[3]!, ...OTHERS.slice(1, 4)])("other files, $name", ({ apply }) => {
  test.each(["trust.json", "history/sessions.jsonl"])("%s", async (name) => {
    const file = join(house.repo.stateDir, name);
    const before = readFileSync(file);
    writeFileSync(file, apply(before));
    await expectClearFailures(file, [
      "incr status",
      "incr session list --all",
      "incr trust",
      "incr workspace acquire --purpose x",
      "incr workspace list",
      "incr doctor",
    ]);
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    await house.terminal.ok("incr trust --yes");
    await expectNothingLost();
  });

  test("locks: what stands in them is only a name", async () => {
    const common = join(house.repo.root, ".git/incr");
    const locks = [
      join(house.repo.stateDir, "state.lock"),
      join(house.repo.stateDir, "trust.lock"),
      join(common, "lock"),
      join(common, "todos.lock"),
    ];
    const name = Buffer.from('{"pid":1,"command":"incr session start","since":"2026-01-07T14:30:00.000Z"}\n');
    for (const lock of locks) {
      expect(existsSync(lock)).toBe(true);
      writeFileSync(lock, apply(name));
    }
    await expectNothingLost();
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings.filter(({ severity }) => severity !== "note")).toEqual([]);
  });

  test("the mark of the repository", async () => {
    const file = join(house.repo.root, ".git/incr/id");
    const before = readFileSync(file);
    writeFileSync(file, apply(before));
    await expectClearFailures(file, [
      "incr status",
      "incr session list",
      `incr session resume ${house.ready}`,
      "incr doctor",
    ]);
    await doctor(house.terminal, "--fix");
    expect(readFileSync(file, "utf8").trim()).toBe(before.toString("utf8").trim());
    await expectNothingLost();
  });

  test("the copy of the state: nobody needs it", async () => {
    const file = join(house.repo.stateDir, "state.json.bak");
    writeFileSync(file, apply(readFileSync(file)));
    expect((await doctor(house.terminal)).findings).toEqual([]);
    await expectNothingLost();
  });

  test("the mark of the lease, and the link of the workspace", async () => {
    for (const file of [join(house.repo.root, ".git/worktrees/ws-001/incr-lease"), join(house.path, ".git")]) {
      writeFileSync(file, apply(readFileSync(file)));
    }
    await doctor(house.terminal, "--fix");
    expect((await doctor(house.terminal)).findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    await expectNothingLost();
  });
});

test("folders in the place of our files are no reason to break down", async () => {
  for (const name of ["state.json", "trust.json", "state.lock"]) {
    const file = join(house.repo.stateDir, name);
    copyFileSync(file, `${file}.kept`);
    rmSync(file);
    mkdirSync(file);
    for (const line of COMMANDS(house.todo, house.ready)) {
      const { code, stderr } = await house.terminal.run(line);
      expect({ name, line, code, stderr }).toSatisfy(() => code !== 70 && !/\n\s+at |internal error/.test(stderr));
    }
    rmSync(file, { recursive: true });
    copyFileSync(`${file}.kept`, file);
    rmSync(`${file}.kept`);
  }
});
