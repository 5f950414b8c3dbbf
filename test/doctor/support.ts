/** A house to damage: a repository with a todo list, a held session with uncommitted work, and a free workspace. */
import { createHash } from "node:crypto";
import { cpSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { State } from "../../src/domain/records.ts";
import { runInside } from "../support/inside.ts";
import { killLeftovers } from "../support/leftovers.ts";
import type { Finished } from "../support/process.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir, removeFolder } from "../support/temp.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";

export interface House {
  repo: TestRepo;
  terminal: Terminal;
  /** The todo that is worked on, and one that is ready. */
  todo: string;
  ready: string;
  session: string;
  /** Path of the session's workspace, `ws-001`, where `work.txt` is not committed. */
  path: string;
  /** Path of the free workspace, `ws-002`. */
  free: string;
}

let first: House | undefined;
let saved: string;

/** The house of this test file as it was when it was first made, whatever tests have done to it; what they started in it ends. */
export async function makeHouse(): Promise<House> {
  if (first === undefined) {
    first = await buildHouse();
    saved = join(makeTempDir(), "saved");
    cpSync(first.repo.dir, saved, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    return first;
  }
  killLeftovers();
  const { dir } = first.repo;
  for (const name of readdirSync(dir)) await removeFolder(join(dir, name));
  cpSync(saved, dir, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  return { ...first, terminal: openTerminal(first.repo) };
}

async function buildHouse(): Promise<House> {
  const repo = await makeRepo();
  const terminal = openTerminal(repo);
  const todo = (await terminal.json("incr todo create 'Fix it' --json")).todo.id as string;
  const ready = (await terminal.json("incr todo create 'Do that' --json")).todo.id as string;
  const started = await terminal.json(`incr session start ${todo} --json`);
  const path = started.path as string;
  writeFileSync(join(path, "work.txt"), "work\n");
  const free = await terminal.ok("incr workspace acquire --purpose spare");
  await terminal.ok("incr workspace release ws-002");
  return { repo, terminal, todo, ready, session: started.session.id, path, free };
}

/** Any value that JSON has, to be picked apart by a test. */
// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any;

export interface Report {
  code: number;
  healthy: boolean;
  findings: {
    code: string;
    severity: string;
    about: string;
    message: string;
    repair: string | null;
    hint: string | null;
    failed: string | null;
  }[];
  repaired: { code: string; about: string; done: string }[];
  checked: string[];
  skipped: { area: string; why: string }[];
  stderr: string;
}

/** `incr doctor --json` with these flags, and its exit code, which has to agree with the answer; inside the test. */
export async function doctor(terminal: Terminal, flags = ""): Promise<Report> {
  const words = flags.split(" ").filter((word) => word !== "");
  return readReport(await runInside(["doctor", "--json", ...words], terminal));
}

/** The same in a process of its own, for those that are several at once. */
export async function doctorProcess(terminal: Terminal, flags = ""): Promise<Report> {
  return readReport(await terminal.run(`incr doctor --json ${flags}`));
}

function readReport({ code, stdout, stderr }: Finished): Report {
  if (code > 1) throw new Error(`incr doctor ended with ${code}\n${stderr}`);
  const answer: Loose = JSON.parse(stdout);
  const serious = answer.findings.filter((one: Loose) => one.severity !== "note");
  expect(code).toBe(serious.length === 0 ? 0 : 1);
  return { ...answer, code, stderr };
}

/** Codes of what is left, with what they are about. */
export function codes(report: Report): [code: string, about: string][] {
  return report.findings.map(({ code, about }) => [code, about]);
}

/** Without `--fix` nothing may change; with it the finding has to go, and the house has to be healthy. */
export async function expectRepair(house: House, code: string, about: string, flags = ""): Promise<string> {
  const before = fingerprint(house);
  const seen = await doctor(house.terminal);
  expect(codes(seen)).toContainEqual([code, about]);
  expect(fingerprint(house)).toEqual(before);
  const fixed = await doctor(house.terminal, `--fix ${flags}`);
  const repaired = fixed.repaired.filter((one) => one.code === code && one.about === about);
  expect(repaired, JSON.stringify(fixed)).toHaveLength(1);
  expect(fixed.healthy).toBe(true);
  const again = await doctor(house.terminal);
  expect(again.healthy).toBe(true);
  expect(codes(again)).not.toContainEqual([code, about]);
  return repaired[0]?.done ?? "";
}

/** Names and contents of everything that is kept for a repository. */
export function fingerprint({ repo }: Pick<House, "repo">): Record<string, string> {
  const found: Record<string, string> = {};
  for (const folder of [repo.stateDir, repo.dataDir, join(repo.root, ".git")]) walk(folder, found);
  return found;
}

function walk(path: string, found: Record<string, string>): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) {
    found[path] = `folder ${stat.mode.toString(8)}`;
    for (const name of readdirSync(path)) walk(join(path, name), found);
    return;
  }
  const content = stat.isSymbolicLink() ? readlinkSync(path) : readFileSync(path);
  found[path] = `${stat.mode.toString(8)} ${createHash("sha1").update(content).digest("hex")}`;
}

export function readState({ repo }: Pick<House, "repo">): State {
  return JSON.parse(readFileSync(join(repo.stateDir, "state.json"), "utf8")) as State;
}

/** Changes records behind the back of everybody. */
export function editState(house: Pick<House, "repo">, change: (state: Loose, slug: string) => void): void {
  const state = readState(house);
  change(state, Object.keys(state.repos)[0] ?? "");
  writeFileSync(join(house.repo.stateDir, "state.json"), JSON.stringify(state, null, 2));
}
