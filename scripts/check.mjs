/**
 * Everything that must hold before a change is taken: one line a step with its time, what a failing step said, and the counts of checks and tests alone on
 * the last line.
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, "node_modules", ".bin", name);

const STEPS = [
  ["format", bin("oxfmt"), "--check"],
  ["lint", bin("oxlint"), "--deny-warnings"],
  ["types", bin("tsc"), "--project", "."],
  ["reference in sync", process.execPath, "scripts/docs.mjs", "--check"],
  ["unused code", bin("knip"), "--no-progress"],
  ["package", bin("publint"), "--strict"],
];

const counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const { prepareTools, runTests } = await import("./test.mjs");
  const tools = prepareTools();
  await timed("set-up", async () => {
    const { setUp } = await import("./setup.mjs");
    await setUp(["cli", "test", "lib"]);
    return true;
  });
  for (const [name, file, ...args] of STEPS) await timed(name, () => runStep(file, args));
  const start = performance.now();
  const tests = await runTests([], tools);
  line("tests", tests.failed === 0, start);
  for (const key of Object.keys(counts)) counts[key] += tests[key];
} catch (error) {
  process.stdout.write(`${error.message}\n`);
  if (counts.failed === 0) counts.failed = 1;
}
process.stdout.write(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}\n`,
);
process.exitCode = counts.failed === 0 ? 0 : 1;

async function timed(name, step) {
  const start = performance.now();
  let passed = false;
  try {
    passed = await step();
  } finally {
    line(name, passed, start);
    counts[passed ? "passed" : "failed"] += 1;
  }
}

function runStep(file, args) {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return true;
  process.stdout.write(`${stdout ?? ""}${stderr ?? ""}${error === undefined ? "" : `${error.message}\n`}`);
  return false;
}

function line(name, passed, start) {
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${passed ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
}
