import { defineConfig } from "vitest/config";

export default defineConfig({
  define: {
    // The sources under test are those of the test build: fault points are compiled in.
    __INCR_FAULTS__: "true",
    __INCR_VERSION__: JSON.stringify("0.0.0-test"),
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    globalSetup: ["test/support/build.ts"],
    setupFiles: ["test/support/environment.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test that leaves a promise to fail after its end has a bug worth seeing.
    dangerouslyIgnoreUnhandledErrors: false,
    restoreMocks: true,
    reporters: process.env["CI"] ? ["default"] : ["default"],
  },
});
