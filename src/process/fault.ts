/**
 * Named points at which a test can kill or stop this process; outside of tests all of it is off.
 * Exempt from the rule on the environment: it reads it itself, so that a point needs no plumbing.
 *
 * - `INCR_FAULT=<name>[:<n>]`: SIGKILL at the n-th time (the first by default) that the point is reached.
 * - `INCR_FAULT_PAUSE=<name>=<file>`: at the point, create `<file>.reached` and wait until `<file>` exists.
 */
import { existsSync, writeFileSync } from "node:fs";

/** True in test builds and under the test runner. The library, which nothing bundles, does not have it. */
declare const __INCR_FAULTS__: boolean | undefined;
const enabled = typeof __INCR_FAULTS__ !== "undefined" && __INCR_FAULTS__;

let hits = 0;

/** Marks the point `name` of a sequence that must survive the death of its process. */
export function fault(name: string): void {
  if (!enabled) return;
  const [, wanted, count] = /^(.*?)(?::(\d+))?$/.exec(process.env["INCR_FAULT"] ?? "") ?? [];
  if (wanted === name) {
    hits += 1;
    if (hits === Number(count ?? 1)) process.kill(process.pid, "SIGKILL");
  }
  const [paused, file] = (process.env["INCR_FAULT_PAUSE"] ?? "").split("=");
  if (paused === name && file !== undefined) waitFor(file);
}

/** Blocks the whole process, since the sequences around fault points must not yield either. */
function waitFor(file: string): void {
  writeFileSync(`${file}.reached`, String(process.pid));
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(file)) Atomics.wait(cell, 0, 0, 5);
}
