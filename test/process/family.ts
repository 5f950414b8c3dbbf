/** Processes for tests about processes: shell scripts that start others and write down their pids. */
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createProcesses } from "../../src/process/processes.ts";
import type { Lease, ProcessIdentity } from "../../src/domain/lease.ts";
import { spawnProcess, type Environment } from "../support/process.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";

export const processes = createProcesses();

export interface Family {
  folder: string;
  /** The shell that runs the script. */
  parent: ProcessIdentity;
  /** The process that wrote its pid into `<name>`. */
  member(name: string): Promise<ProcessIdentity>;
  /** Kills a process and waits until it is gone, or a zombie. */
  kill(identity: ProcessIdentity): Promise<void>;
}

/**
 * Runs a shell script in a folder of its own. `$SLEEP` is a program that sleeps; processes write their pids with `echo $$ > name`, or their parent does
 * with `echo $! > name`.
 */
export async function startFamily(script: string, env: Environment = {}): Promise<Family> {
  const folder = makeTempDir("incr-family-");
  chmodSync(folder, 0o777); // some members run as another user
  const { pid, finished } = spawnProcess("sh", ["-c", script], { cwd: folder, env: { SLEEP: "sleep 600", ...env } });
  finished.catch(() => undefined);
  const parent = await waitFor("the parent", () => processes.identify(pid));
  return {
    folder,
    parent,
    member: (name) =>
      waitFor(`the process ${name}`, () => processes.identify(Number(readFileSync(join(folder, name), "utf8")))),
    kill,
  };
}

export async function kill({ pid, started_at }: Pick<ProcessIdentity, "pid" | "started_at">): Promise<void> {
  process.kill(pid, "SIGKILL");
  await waitFor(`the end of ${pid}`, () => processes.identify(pid)?.started_at !== started_at);
}

/** A lease of kind `process` owned by `owner`. */
export function leaseOf(owner: ProcessIdentity, id: string): Lease {
  return {
    lease_id: id,
    kind: "process",
    holder: { type: "session", id: "ab12cd34" },
    acquired_at: new Date().toISOString(),
    process: owner,
  };
}
