/** Finds and kills the processes that a test file started and did not end, wherever they have gone (other process groups, other parents). */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** Stands in the environment of every process that this test file starts, as `INCR_TEST_RUN`. */
export const runId = randomUUID();

const groups = new Set<number>();

/** Remembers the process group of a child that was started with `detached: true`. */
export function rememberGroup(pid: number): void {
  groups.add(pid);
}

export function forgetGroup(pid: number): void {
  groups.delete(pid);
}

/** SIGKILL for everything that is left: remembered groups and, on Linux, whatever carries this run's mark in its environment. */
export function killLeftovers(): void {
  for (const group of groups) kill(-group);
  groups.clear();
  for (const pid of markedProcesses()) kill(pid);
}

/** Pids of the living processes that carry this run's mark (Linux; elsewhere none). */
export function markedProcesses(): number[] {
  if (process.platform !== "linux") return [];
  const mark = `INCR_TEST_RUN=${runId}\0`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return `${readFileSync(`/proc/${name}/environ`, "latin1")}\0`.includes(mark);
      } catch {
        return false; // it ended meanwhile, or it is not ours to read
      }
    })
    .map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended
  }
}
