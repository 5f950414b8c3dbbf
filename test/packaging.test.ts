/** The package as a user gets it: packed, installed into an empty prefix, run and imported from there. Needs the registry, or npm's cache of it. */
import { readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, inject, test } from "vitest";
import { build } from "../scripts/build.mjs";
import { runProcess, type Finished } from "./support/process.ts";
import { makeRepo } from "./support/repo.ts";
import { makeTempDir } from "./support/temp.ts";

const checkout = fileURLToPath(new URL("../", import.meta.url));
const prefix = makeTempDir("incr-prefix-");
const modules = join(prefix, "lib", "node_modules");

beforeAll(async () => {
  await build(["cli", "lib"]);
  const packed = makeTempDir("incr-pack-");
  // The scripts would only build what has just been built.
  await npm(checkout, "pack", "--ignore-scripts", "--pack-destination", packed);
  const [tarball = ""] = readdirSync(packed);
  await npm(
    packed,
    "install",
    "--global",
    "--prefix",
    prefix,
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    join(packed, tarball),
  );
}, 300_000);

async function npm(cwd: string, ...args: string[]): Promise<Finished> {
  const result = await runProcess("npm", args, { cwd, env: inject("environment"), timeout: 280_000 });
  if (result.code !== 0) throw new Error(`npm ${args.join(" ")}\n${result.stdout}${result.stderr}`);
  return result;
}

test("incr and work start under their names", async () => {
  const version = await runProcess(join(prefix, "bin", "incr"), ["--version"]);
  expect(version).toMatchObject({ code: 0, stderr: "" });
  expect(version.stdout).toMatch(/^incr \d+\.\d+\.\d+\n$/);
  expect(await runProcess(join(prefix, "bin", "work"), ["--version"])).toMatchObject({
    code: 0,
    stdout: version.stdout,
  });
});

test("a todo becomes a session and is done", async () => {
  const repo = await makeRepo();
  const env = { ...repo.env, PATH: `${join(prefix, "bin")}:${process.env["PATH"]}` };
  const { code, stdout, stderr } = await runProcess(
    "bash",
    [
      "-ec",
      'todo=$(incr todo create "Fix it"); place=$(incr session start "$todo"); cd "$place"; echo fixed > fix.txt; incr session done; incr session list --all --json',
    ],
    { cwd: repo.root, env },
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('"status": "completed"');
});

test("only what a user needs is in it", () => {
  const folder = join(modules, "incr");
  expect(
    readdirSync(folder)
      .filter((name) => !["LICENSE", "README.md", "CHANGELOG.md"].includes(name))
      .toSorted(),
  ).toEqual([".claude-plugin", "dist", "node_modules", "package.json", "plugin", "schemas"]);
  expect(readdirSync(join(folder, "dist")).toSorted()).toEqual(["cli", "lib"]);
});

test("what agents need is brought along", async () => {
  const repo = await makeRepo();
  const options = { cwd: repo.root, env: { ...repo.env, HOME: makeTempDir("incr-home-") } };
  for (const agent of ["claude", "codex", "opencode"]) {
    const installed = await runProcess(join(prefix, "bin", "incr"), ["install", agent, "--yes"], options);
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
  }
  const launched = await runProcess(join(repo.root, ".git", "incr", "claude", "incr"), ["--version"], options);
  expect(launched).toMatchObject({ code: 0, stderr: "" });
});

test("the library is imported with its types", async () => {
  const consumer = makeTempDir("incr-consumer-");
  symlinkSync(modules, join(consumer, "node_modules"));
  const source = `import { IncrError, type ErrorCode } from "incr";
const code: ErrorCode = "held";
const error: IncrError = new IncrError(code, "somebody has it");
export const exit: 4 | number = error.exitCode;
console.log(error.exitCode, error instanceof Error);
// @ts-expect-error: no such code
export const wrong = () => new IncrError("no_such_code", "x");
`;
  writeFileSync(join(consumer, "index.mts"), source);
  const tsc = join(checkout, "node_modules", "typescript", "bin", "tsc");
  const options = [
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--strict",
    "--noUncheckedIndexedAccess",
    "--exactOptionalPropertyTypes",
  ];
  const types = ["--types", "node", "--typeRoots", join(checkout, "node_modules", "@types")];
  const check = await runProcess(process.execPath, [tsc, ...options, ...types, "index.mts"], { cwd: consumer });
  expect(check.stdout).toBe("");
  expect(await runProcess(process.execPath, ["index.mjs"], { cwd: consumer })).toMatchObject({
    code: 0,
    stdout: "4 true\n",
  });
});
