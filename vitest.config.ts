import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest, so that none of them is still running alone when all the others have ended. One that is missing here only costs time. */
const FIRST = [
  "plugin/opencode",
  "agents/real",
  "jobs/real",
  "jobs/cut",
  "doctor/damage",
  "sessions/crashes",
  "sessions/git-traps",
  "agents/stop",
  "doctor/doctor",
  "jobs/",
  "agents/",
  "workflow/crash",
  "workflow/lock",
  "workflow/transcript",
  "journal/crash",
  "doctor/",
  "sessions/",
  "shell/",
  "plugin/",
  "stream/",
  "commands/",
  "status/",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const [, name = ""] = /.*\/test\/(.*)$/.exec(moduleId) ?? [];
      const found = FIRST.findIndex((start) => name.startsWith(start));
      return found === -1 ? FIRST.length : found;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- it is none of an array
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}

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
    // Tests wait for disks and for other processes: one more than there are cores to compute.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    globalSetup: ["test/support/build.ts"],
    setupFiles: ["test/support/environment.ts"],
    // Real processes on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
