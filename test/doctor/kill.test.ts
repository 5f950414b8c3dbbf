/** `incr doctor --fix` killed at every step, and many of them at once: the next one finishes, and nothing is lost. */
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { askInside } from "../support/inside.ts";
import { makeTempDir } from "../support/temp.ts";
import { doctor, doctorProcess, editState, fingerprint, makeHouse, readState, type House } from "./support.ts";

let house: House;
let saved: string;
/** The state as it was before it was cut off. */
let whole: string;

beforeAll(async () => {
  house = await makeHouse();
  const { terminal, ready, repo, todo } = house;
  // Something for every kind of repair: work in a folder that is not known, one that git forgot, a session without its lease, a workspace without its
  // session, one that was set aside, a merged branch, and a state that is cut off.
  const paths: string[] = [];
  for (const purpose of ["a", "b", "c", "d"])
    paths.push(await terminal.ok(`incr workspace acquire --purpose ${purpose}`));
  const [orphan = "", forgotten = "", ownerless = "", aside = ""] = paths;
  for (const path of [orphan, forgotten, ownerless, aside]) writeFileSync(join(path, "work.txt"), `work in ${path}\n`);
  await terminal.ok(`incr session start ${ready}`);
  await terminal.ok(`incr session done ${ready}`);
  await repo.git(["branch", "incr/merged", "HEAD"]);
  editState(house, (state, slug) => {
    delete state.workspaces[`${slug}/ws-002`];
    const { lease, ...free } = state.workspaces[`${slug}/ws-003`];
    void lease;
    state.workspaces[`${slug}/ws-003`] = { ...free, status: "available" };
    state.workspaces[`${slug}/ws-004`].lease.holder = { type: "job", id: "nosuchid" };
    state.workspaces[`${slug}/ws-005`] = {
      ...free,
      name: "ws-005",
      path: aside,
      status: "available",
      attention: "was odd",
    };
    state.sessions[`${slug}/losthold`] = {
      ...state.sessions[`${slug}/${house.session}`],
      id: "losthold",
      todo_id: ready,
      lease_id: "lost",
    };
  });
  const mark = (name: string) => join(repo.root, ".git/worktrees", name, "incr-lease");
  for (const name of ["ws-002", "ws-003", "ws-005"]) rmSync(mark(name), { force: true });
  rmSync(join(repo.root, ".git/worktrees/ws-003"), { recursive: true });
  expect(todo).not.toBe("");
  // Twice, so that the copy of the last save has all of it too.
  for (const name of ["state.json", "state.json.bak"]) {
    cpSync(join(repo.stateDir, "state.json"), join(repo.stateDir, `${name}.new`));
    renameSync(join(repo.stateDir, `${name}.new`), join(repo.stateDir, name));
  }
  whole = readFileSync(join(repo.stateDir, "state.json"), "utf8");
  saved = join(makeTempDir(), "saved");
  cpSync(repo.dir, saved, { recursive: true, preserveTimestamps: true });
});

beforeEach(() => {
  for (const name of ["state", "data", "app"]) {
    rmSync(join(house.repo.dir, name), { recursive: true, force: true });
    cpSync(join(saved, name), join(house.repo.dir, name), { recursive: true, preserveTimestamps: true });
  }
});

/** Beside everything else. In a state that was rebuilt, a folder that is not known is held. */
function cutState(): void {
  const file = join(house.repo.stateDir, "state.json");
  rmSync(file);
  writeFileSync(file, whole.slice(0, -200), { mode: 0o600 });
}

/** All of the work is in a workspace that is known, or in a rescue. */
async function expectNothingLost(): Promise<void> {
  const { repo, terminal } = house;
  const { rescues } = await askInside(["rescue", "list"], terminal);
  const texts = await Promise.all(
    rescues.map(async ({ ref }: { ref: string }) => await repo.git(["show", `${ref}:work.txt`]).catch(() => "")),
  );
  const workspaces = Object.values(readState(house).workspaces);
  for (const { path } of workspaces) {
    const file = join(path, "work.txt");
    // Whoever takes a free workspace keeps what is in it.
    if (existsSync(file)) texts.push(readFileSync(file, "utf8").trim());
  }
  for (const number of [2, 3, 4, 5]) expect(texts).toContainEqual(expect.stringMatching(`/ws-00${number}$`));
  expect(texts).toContain("work");
  expect(await terminal.ok(`incr session show ${house.session}`)).toMatch(/status\s+active/);
}

test("all of it is repaired in one go", async () => {
  const { repaired, findings } = await doctor(house.terminal, "--fix");
  expect(findings).toEqual([]);
  expect([...new Set(repaired.map(({ code }) => code))].toSorted()).toEqual([
    "branches_merged",
    "folder_orphaned",
    "holder_ended",
    "session_without_lease",
    "workspace_foreign",
    "workspace_set_aside",
  ]);
  await expectNothingLost();
});

/** The repair is killed at `fault`; the next one has to bring the house in order, and leave nothing for a third. */
async function killAt(fault: string): Promise<void> {
  const { code } = await house.terminal.run("incr doctor --fix", { env: { INCR_FAULT: fault } });
  expect(code, `the step ${fault} was not reached`).toBe(137);
  const { findings } = await doctor(house.terminal, "--fix");
  expect(findings.filter(({ severity }) => severity !== "note")).toEqual([]);
  await expectNothingLost();
  const before = fingerprint(house);
  expect((await doctor(house.terminal)).healthy).toBe(true);
  expect(fingerprint(house)).toEqual(before);
}

test.each([
  ...[1, 2, 3, 4, 5, 6].map((number) => `doctor:repaired:${number}`),
  "doctor:rescued",
  "doctor:reserved",
  "release:begun",
  "save:rescued",
  "empty:cleaned",
  "give-back:emptied",
  "end:begun",
  "end:kept",
  "end:confirmed",
])("killed at %s", killAt);

test.each(["house:aside", "store:after-temp", "store:after-rename", "house:rebuilt", "doctor:repaired:1"])(
  "killed at %s, with a state that was cut off",
  async (fault) => {
    cutState();
    await killAt(fault);
    expect(asides()).toHaveLength(1);
  },
);

test.each(["whole", "cut off"])(
  "eight at once, with a state that is %s: each problem is repaired once",
  async (how) => {
    if (how === "cut off") cutState();
    const reports = await Promise.all(Array.from({ length: 8 }, () => doctorProcess(house.terminal, "--fix")));
    expect(reports.map(({ stderr }) => stderr).join("")).not.toContain("internal");
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    await expectNothingLost();
    expect(asides()).toHaveLength(how === "whole" ? 0 : 1);
    const { rescues } = await house.terminal.json("incr rescue list --json");
    expect(rescues.length).toBeLessThanOrEqual(4);
  },
);

test("commands that run meanwhile are not disturbed", async () => {
  cutState();
  const { terminal } = house;
  const [report, ...others] = await Promise.all([
    doctorProcess(terminal, "--fix"),
    terminal.run("incr workspace acquire --purpose meanwhile"),
    terminal.run("incr session list"),
    terminal.run("incr todo create 'meanwhile'"),
  ]);
  expect(report.healthy).toBe(true);
  for (const { code, stderr } of others)
    expect({ code, stderr }).toSatisfy(() => code === 0 || stderr.includes("incr doctor --fix"));
  await expectNothingLost();
});

function asides(): string[] {
  return Object.keys(fingerprint(house)).filter((path) => path.includes("state.json.corrupt-"));
}
