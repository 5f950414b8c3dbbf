/** Somebody writes to a workspace while it is given back: what was written before it is empty is kept, what is written after it stays where it is. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runIncr, spawnIncr } from "../support/incr.ts";
import { openProject, untilSettled, type Project } from "../support/project.ts";
import { spawnProcess } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";

/** Every content that a file has in a rescue, on a branch of ours, or in the folder itself. */
async function contentsOf(project: Project, path: string, file: string): Promise<string[]> {
  const refs = (
    await project.git(["for-each-ref", "--format=%(refname)", "refs/incr/rescue", "refs/heads/incr"])
  ).split("\n");
  const found: string[] = [];
  for (const ref of refs.filter((name) => name !== ""))
    found.push(await project.git(["show", `${ref}:${file}`]).catch(() => ""));
  for (const name of existsSync(path) ? readdirSync(path) : [])
    if (name === file || name.startsWith(`${file}.incr-`)) found.push(readFileSync(join(path, name), "utf8").trim());
  return found.filter((content) => content !== "");
}

/** Runs a command that waits at a step, does something meanwhile, and gives how it ended. */
async function during(project: Project, step: string, words: string[], meanwhile: () => void) {
  const gate = join(project.dir, `gate-${step.replace(":", "-")}`);
  const env = { ...project.env, INCR_FAULT_PAUSE: `${step}=${gate}` };
  const running = spawnIncr(words, { cwd: project.root, env });
  await waitFor(`it to reach ${step}`, () => existsSync(`${gate}.reached`));
  meanwhile();
  writeFileSync(gate, "");
  return await running.finished;
}

describe("a write while a session ends", () => {
  const late = (path: string, file: number) => {
    writeFileSync(join(path, "new"), "written late\n");
    writeFileSync(join(path, "README.md"), "changed late\n");
    appendFileSync(join(path, "mine"), "line 2\n");
    writeSync(file, "by its handle\n");
  };

  test.each([
    ["done", "save:rescued"],
    ["fail", "save:rescued"],
    ["fail", "clean:compared"],
    ["fail", "clean:moved"],
    ["fail", "clean:removed"],
  ])("with %s, at %s, is kept", async (verb, step) => {
    const project = await openProject();
    const { todo, path } = await project.start();
    writeFileSync(join(path, "mine"), "line 1\n");
    const file = openSync(join(path, "log"), "a");
    writeSync(file, "begun\n");
    const ended = await during(project, step, ["session", verb, todo], () => late(path, file));
    closeSync(file);
    expect(ended.code, ended.stderr).toBe(0);
    expect(await contentsOf(project, path, "new")).toContain("written late");
    expect(await contentsOf(project, path, "README.md")).toContain("changed late");
    const mine = (await contentsOf(project, path, "mine")).join("\n");
    expect(mine).toContain("line 1");
    expect(mine).toContain("line 2");
    // Once a file is removed, its handle leads nowhere.
    const log = step === "clean:removed" ? "begun" : "begun\nby its handle";
    expect(await contentsOf(project, path, "log")).toContain(log);
    expect(project.workspace()).toMatchObject({ status: "available" });
    expect(project.workspace().attention).toBeUndefined();
    expect(await project.git(["status", "--porcelain", "--ignored"], { cwd: path })).toBe("");
  });
});

test("what a release that was killed had moved out of the way comes back", async () => {
  const project = await openProject();
  const path = await project.term.ok("incr workspace acquire --purpose x");
  writeFileSync(join(path, "mine"), "mine\n");
  writeFileSync(join(path, "README.md"), "changed\n");
  const killed = await runIncr(["workspace", "release", "1"], {
    cwd: project.root,
    env: { ...project.env, INCR_FAULT: "clean:moved" },
  });
  expect([killed.code, existsSync(join(path, "mine"))]).toEqual([137, false]);
  // Somebody goes on, and does not know what has become of it.
  writeFileSync(join(path, "mine"), "mine, too\n");
  await untilSettled(project);
  expect(existsSync(`${path}.moved`)).toBe(false);
  expect((await project.rescues()).length).toBeGreaterThan(0);
  const newest = (await project.rescues())[0].ref;
  const show = async (file: string) => await project.git(["show", `${newest}:${file}`]);
  expect([await show("README.md"), await show("mine"), await show("mine.incr-1")]).toEqual([
    "changed",
    "mine, too",
    "mine",
  ]);
});

test("a workspace that is written to while it is destroyed stays", async () => {
  const project = await openProject();
  const path = await project.term.ok("incr workspace acquire --purpose x");
  await project.term.ok("incr workspace release 1");
  const words = ["workspace", "destroy", "ws-001"];
  const refused = await during(project, "destroy:rescued", words, () => writeFileSync(join(path, "late"), "late\n"));
  expect([refused.code, refused.stderr]).toEqual([
    5,
    expect.stringContaining("were written while it was removed: late"),
  ]);
  expect(readFileSync(join(path, "late"), "utf8")).toBe("late\n");
  expect(await project.git(["status", "--porcelain"], { cwd: path })).toBe("?? late");
  await project.term.ok("incr workspace destroy ws-001");
  expect(await project.git(["worktree", "list"])).not.toContain("ws-001");
});

test("a free workspace that is written to while it is taken loses nothing", async () => {
  const project = await openProject();
  const path = await project.term.ok("incr workspace acquire --purpose x");
  await project.term.ok("incr workspace release 1");
  await project.commit("Go on", { "other.txt": "other\n" });
  const words = ["workspace", "acquire", "--purpose", "y"];
  const taken = await during(project, "prepare:clean", words, () => writeFileSync(join(path, "late"), "late\n"));
  expect(taken.code, taken.stderr).toBe(0);
  expect(await contentsOf(project, path, "late")).toContain("late");
});

/** Writes numbered files as fast as a busy build, and says of each that it is there. */
const WRITER = `
const { writeFileSync, appendFileSync, mkdirSync, existsSync } = require("node:fs");
const [path, log, end] = process.argv.slice(1);
const cell = new Int32Array(new SharedArrayBuffer(4));
for (let n = 0; !existsSync(end); n++) {
  try {
    if (n % 3 === 0) mkdirSync(path + "/deep/" + (n % 5), { recursive: true });
    writeFileSync(path + (n % 3 === 0 ? "/deep/" + (n % 5) : "") + "/n-" + n, "number " + n + "\\n");
    appendFileSync(log, n + "\\n");
  } catch {}
  Atomics.wait(cell, 0, 0, 2);
}`;

test.each([
  ["session done", 1],
  ["session fail", 1],
  ["workspace release", 1],
])("%s beside a process that never stops to write loses none of its files", async (command) => {
  const project = await openProject();
  const held = command.startsWith("session") ? await project.start() : null;
  const path = held?.path ?? (await project.term.ok("incr workspace acquire --purpose x"));
  const [log, end] = [join(project.dir, "log"), join(project.dir, "end")];
  writeFileSync(log, "");
  const writer = spawnProcess(process.execPath, ["-e", WRITER, path, log, end], { cwd: project.dir, env: project.env });
  await waitFor("it to write", () => readFileSync(log, "utf8").length > 100);
  const ended = await runIncr([...command.split(" "), held?.todo ?? "ws-001"], { cwd: project.root, env: project.env });
  writeFileSync(end, "");
  await writer.finished;
  expect([0, 5], ended.stderr).toContain(ended.code);
  if (ended.code === 5) expect(ended.stderr).toContain("keep changing");

  const numbers = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const refs = (
    await project.git(["for-each-ref", "--format=%(refname)", "refs/incr/rescue", "refs/heads/incr"])
  ).split("\n");
  const found = new Set<string>();
  for (const ref of refs.filter((name) => name !== ""))
    for (const name of (await project.git(["ls-tree", "-r", "--name-only", ref])).split("\n")) found.add(name);
  for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) found.add(name);
  const names = new Set([...found].map((name) => name.split("/").at(-1)));
  expect(numbers.filter((n) => !names.has(`n-${n}`))).toEqual([]);

  // Now that it has ended the same command works.
  if (ended.code === 5) await project.term.ok(`incr ${command} ${held?.todo ?? "ws-001"}`);
});
