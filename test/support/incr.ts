/** Runs the built command line (the test build, with fault points) as a process of its own. */
import { fileURLToPath } from "node:url";
import { runProcess, spawnProcess, type Finished, type ProcessOptions, type Running } from "./process.ts";

/** Folder of the test build: `incr.cjs` and `work.cjs`. */
export const BUILD_DIR = fileURLToPath(new URL("../../dist/test/", import.meta.url));
export const INCR = `${BUILD_DIR}incr.cjs`;
export const WORK = `${BUILD_DIR}work.cjs`;

/** Runs `incr <args>` to its end. Give `repo.env` as `env`, so that state and data stay in the test's own folders. */
export function runIncr(args: readonly string[], options: ProcessOptions = {}): Promise<Finished> {
  return runProcess(process.execPath, [INCR, ...args], options);
}

/** Starts `incr <args>` and returns while it runs. */
export function spawnIncr(args: readonly string[], options: ProcessOptions = {}): Running {
  return spawnProcess(process.execPath, [INCR, ...args], options);
}
