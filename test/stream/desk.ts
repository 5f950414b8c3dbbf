/** A repository with a terminal, and workstreams in it that are as far as a test wants them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { askInside } from "../support/inside.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { GOOD_PLAN } from "./plans.ts";

export interface Desk {
  repo: TestRepo;
  term: Terminal;
  /** Files below `work/`. */
  read(file: string): string;
  write(file: string, text: string): void;
  json(file: string): any;
  has(file: string): boolean;
  /** Names of all files below `work/`, locks and .gitignore left out. */
  files(): string[];
}

export async function openDesk(): Promise<Desk> {
  const repo = await makeRepo();
  const path = (file: string) => join(repo.root, "work", file);
  const desk: Desk = {
    repo,
    term: openTerminal(repo),
    read: (file) => readFileSync(path(file), "utf8"),
    write(file, text) {
      mkdirSync(dirname(path(file)), { recursive: true });
      writeFileSync(path(file), text);
    },
    json: (file) => JSON.parse(desk.read(file)),
    has: (file) => existsSync(path(file)),
    files: () =>
      existsSync(path(""))
        ? readdirSync(path(""), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile() && !/\.lock$|^\.gitignore$/.test(entry.name))
            .map((entry) => join(entry.parentPath, entry.name).slice(path("").length).replace(/^\//, ""))
            .toSorted()
        : [],
  };
  return desk;
}

export const STREAM = "001-login";

/** With the good plan as its stream. */
export async function openPlanned(): Promise<Desk> {
  const desk = await openDesk();
  await desk.repo.write("draft.md", GOOD_PLAN);
  await askInside(["work", "create", "--plan", "draft.md"], desk.term);
  return desk;
}

/** With plan and tasks approved: two tasks in the first thread, one in each other. */
export async function openApproved(): Promise<Desk> {
  const desk = await openPlanned();
  await askInside(["work", "approve", "plan"], desk.term);
  desk.write(`${STREAM}/TASKS.md`, fillTasks(desk.read(`${STREAM}/TASKS.md`)));
  await askInside(["work", "approve", "tasks"], desk.term);
  return desk;
}

export function fillTasks(list: string): string {
  return list
    .replaceAll(/^(- \[ \] Task [\d.]+:)$/gm, "$1 Do it")
    .replace("- [ ] Task 01.01.01.01: Do it", "- [ ] Task 01.01.01.01: Do it\n- [ ] Task 01.01.01.02: Try it");
}
