/** Who carries a lease, while processes with several threads come and go. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { survey } from "../../src/process/survey.ts";
import { spawnProcess } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { processes, startFamily } from "./family.ts";

describe.runIf(process.platform === "linux")("a process of several threads", () => {
  /** Ends its first thread, which makes it look like a zombie, and sleeps in the other one. */
  const HEADLESS = `perl -Mthreads -e 'threads->create(sub { sleep 600 }); syscall(${process.arch === "arm64" ? 93 : 60}, 0)'`;

  it("is known by its environment when its first thread has ended", async () => {
    const id = randomUUID();
    const family = await startFamily(`INCR_LEASE_ID=${id} ${HEADLESS} & echo $! > headless; exec $SLEEP`);
    const { pid } = await family.member("headless");
    await waitFor("the end of its first thread", () => /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8")));
    const of = (mark: string) => survey(mark).find((row) => row.pid === pid)?.mark;
    expect(of(`INCR_LEASE_ID=${id}`)).toBe("carries");
    expect(of(`INCR_LEASE_ID=${randomUUID()}`)).toBe("free");
    expect(processes.stateOf({ ...family.parent, pid, started_at: startOf(pid) })).toBe("alive");
    process.kill(pid, "SIGKILL");
  });

  it("is not taken for one that cannot be read while it ends", { timeout: 120_000 }, async () => {
    // Orphans, of which each has many threads to end
    const one = `perl -Mthreads -e '$0 = "many"; my @all = map { threads->create(sub { select undef, undef, undef, 0.02 }) } 1 .. 8; exit'`;
    const storm = spawnProcess("sh", ["-c", `for i in $(seq 150); do (${one} 2> /dev/null &); sleep 0.01; done`]);
    let over = false;
    void storm.finished.finally(() => {
      over = true;
    });
    const doubtful: number[] = [];
    while (!over) {
      for (const { pid, name, mark } of survey("INCR_LEASE_ID=none"))
        if (mark === "unreadable" && name === "many") doubtful.push(pid);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(doubtful).toEqual([]);
  });
});

function startOf(pid: number): string {
  return processes.identify(pid)?.started_at ?? "";
}
