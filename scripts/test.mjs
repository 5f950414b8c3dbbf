/**
 * Runs the tests on a fresh clone too: set-up first, then the programs that tests drive, then vitest.
 *
 * Usage: node scripts/test.mjs [arguments for vitest]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensurePrograms } from "./programs.mjs";
import { setUp } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs vitest with what it needs and returns the counts. A test file that could not be run counts as one failure. */
export function runTests(args = []) {
  const missing = ensurePrograms();
  if (missing.length > 0)
    process.stderr.write(`not installed: ${missing.join(", ")}; the tests that need them are skipped\n`);
  // Here, not when the first test asks: the tests run without the environment that npm may need to reach its registry.
  spawnSync(process.execPath, [join(root, "scripts", "test-tools.mjs")], { cwd: root, stdio: ["ignore", "ignore", 2] });
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
    await setUp(["cli", "test", "lib"]);
    const { failed } = runTests(process.argv.slice(2));
    process.exitCode = failed === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
