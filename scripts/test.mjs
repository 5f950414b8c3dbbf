/**
 * Runs the tests on a fresh clone too: set-up first, then the programs that tests drive, then vitest.
 *
 * Usage: node scripts/test.mjs [arguments for vitest]
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensurePrograms } from "./programs.mjs";
import { setUp } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Installs the programs of the npm registry that tests drive, while the caller does something else; resolves when that has ended, well or not. Not when the first
 * test asks: the tests run without the environment that npm may need to reach its registry.
 */
export async function prepareTools() {
  // In a process of its own, since the caller waits for one process after the other
  const child = spawn(process.execPath, [join(root, "scripts", "test-tools.mjs")], { stdio: ["ignore", "ignore", 2] });
  await once(child, "exit");
}

/** Runs vitest with what it needs and returns the counts. A test file that could not be run counts as one failure. */
export async function runTests(args = [], tools = prepareTools()) {
  const missing = ensurePrograms();
  await tools;
  if (missing.length > 0)
    process.stderr.write(`not installed: ${missing.join(", ")}; the tests that need them are skipped\n`);
  const report = join(root, ".cache", "test-report.json");
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const { status } = spawnSync(
    process.execPath,
    [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args],
    { cwd: root, stdio: "inherit" },
  );
  const counts = readCounts(report);
  // On a machine of our own choice nothing may be left out.
  if (process.env.CI && missing.length > 0) counts.failed += missing.length;
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function readCounts(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    const broken = testResults.filter(
      ({ status, assertionResults }) =>
        status === "failed" && !assertionResults.some((test) => test.status === "failed"),
    );
    return { passed: numPassedTests, failed: numFailedTests + broken.length, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const tools = prepareTools();
    await setUp(["cli", "test", "lib"]);
    const { failed } = await runTests(process.argv.slice(2), tools);
    process.exitCode = failed === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
