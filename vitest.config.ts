import { defineConfig } from "vitest/config";

export default defineConfig({
  define: {
    // The sources under test are those of the test build: fault points are compiled in.
    __INCR_FAULTS__: "true",
    __INCR_VERSION__: JSON.stringify("0.0.0-test"),
  },
  test: {
    include: ["test/**/*.test.ts"],
    // A process for each file: tests change their environment and directory.
    pool: "forks",
    maxWorkers: 2,
    globalSetup: ["test/support/build.ts"],
    setupFiles: ["test/support/environment.ts"],
    // Real processes on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
