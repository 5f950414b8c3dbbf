import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { runProcess, spawnProcess } from "../support/process.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";

const PROGRAM = `
  import { fault } from "./src/process/fault.ts";
  for (const name of ["a:one", "a:two", "a:one"]) {
    console.log(name);
    fault(name);
  }
`;

/** The program above as a test build (true), a release build (false) or nothing that a bundler has made (undefined) has it. */
async function buildProgram(faults: boolean | undefined): Promise<string> {
  const path = join(makeTempDir(), "program.cjs");
  await build({
    stdin: { contents: PROGRAM, loader: "ts", resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
    bundle: true,
    platform: "node",
    outfile: path,
    define: faults === undefined ? {} : { __INCR_FAULTS__: String(faults) },
  });
  return path;
}

test.each([
  ["a:one", ["a:one"]],
  ["a:one:1", ["a:one"]],
  ["a:two", ["a:one", "a:two"]],
  ["a:one:2", ["a:one", "a:two", "a:one"]],
])("a test build dies at %s", async (point, seen) => {
  const run = await runProcess(process.execPath, [await buildProgram(true)], { env: { INCR_FAULT: point } });
  expect(run.signal).toBe("SIGKILL");
  expect(run.stdout.trim().split("\n")).toEqual(seen);
});

test.each([
  [true, "a:one:3"],
  [true, "a"],
  [true, ""],
  [false, "a:one"],
  [undefined, "a:one"],
])("a build with fault points %s does not die at %j", async (faults, point) => {
  const run = await runProcess(process.execPath, [await buildProgram(faults)], { env: { INCR_FAULT: point } });
  expect(run).toMatchObject({ code: 0, signal: null });
});

test("a test build stops at a point until it is told to go on", async () => {
  const go = join(makeTempDir(), "go");
  const env = { INCR_FAULT_PAUSE: `a:two=${go}` };
  const running = spawnProcess(process.execPath, [await buildProgram(true)], { env });
  await waitFor("the program to be at the point", () => existsSync(`${go}.reached`));
  writeFileSync(go, "");
  expect((await running.finished).code).toBe(0);
});
