import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { markedProcesses } from "../support/leftovers.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { kill, processes, startFamily } from "./family.ts";

/** Nothing that a test started may be left when it says that nothing is. */
afterEach(() => {
  for (const pid of markedProcesses()) process.kill(pid, "SIGKILL");
});

describe("ending a tree of processes", () => {
  it("ends children, grandchildren, sessions of their own and orphans, and leaves nothing", async () => {
    const id = randomUUID();
    const family = await startFamily(
      `
      setsid sh -c "echo \\$\\$ > session; $SLEEP & wait" &
      (setsid sh -c "echo \\$\\$ > orphan; $SLEEP & wait" &)
      env -i sh -c "echo \\$\\$ > bare; sleep 600 & wait" &
      echo $$ > shell; wait`,
      { INCR_LEASE_ID: id },
    );
    for (const name of ["session", "orphan", "bare", "shell"]) await family.member(name);
    const left = await processes.killTree({ processes: [family.parent], leaseId: id, graceMs: 5_000 });
    expect(left).toEqual([]);
    expect(markedProcesses()).toEqual([]);
    expect(processes.stateOf(family.parent)).toBe("dead");
  });

  it("finds orphans by the lease when the one that started them is gone", async () => {
    const id = randomUUID();
    const family = await startFamily(`(setsid sh -c "echo \\$\\$ > orphan; exec $SLEEP" &) ; exec $SLEEP`, {
      INCR_LEASE_ID: id,
    });
    const orphan = await family.member("orphan");
    await kill(family.parent);
    expect(await processes.killTree({ processes: [], leaseId: id, graceMs: 5_000 })).toEqual([]);
    expect(processes.stateOf(orphan)).toBe("dead");
  });

  it("follows parents without a lease", async () => {
    const family = await startFamily(
      `setsid sh -c "echo \\$\\$ > session; $SLEEP & echo \\$! > grandchild; wait" & wait`,
    );
    const [session, grandchild] = [await family.member("session"), await family.member("grandchild")];
    expect(processes.descendants(family.parent.pid).map(({ pid }) => pid)).toEqual(
      expect.arrayContaining([session.pid, grandchild.pid]),
    );
    expect(await processes.killTree({ processes: [family.parent], graceMs: 5_000 })).toEqual([]);
    expect(processes.stateOf(grandchild)).toBe("dead");
    expect(processes.descendants(family.parent.pid)).toEqual([]);
  });

  it("asks first, and gives time to tidy up", async () => {
    const file = join(makeTempDir(), "tidied");
    const family = await startFamily(
      `trap 'sleep 0.2; echo yes > ${file}; exit' TERM; echo $$ > ready; while :; do sleep 0.05; done`,
    );
    await family.member("ready");
    expect(await processes.killTree({ processes: [family.parent], graceMs: 10_000 })).toEqual([]);
    expect(readFileSync(file, "utf8")).toBe("yes\n");
  });

  it("asks with the signal that it is told to", async () => {
    const file = join(makeTempDir(), "interrupted");
    const family = await startFamily(
      `trap 'echo yes > ${file}; exit' INT; echo $$ > ready; while :; do sleep 0.05; done`,
    );
    await family.member("ready");
    expect(await processes.killTree({ processes: [family.parent], signal: "SIGINT", graceMs: 10_000 })).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });

  it("kills what does not listen, and what it started instead", async () => {
    const family = await startFamily(`trap 'setsid $SLEEP &' TERM; echo $$ > ready; while :; do sleep 0.05; done`);
    await family.member("ready");
    expect(await processes.killTree({ processes: [family.parent], graceMs: 100 })).toEqual([]);
    expect(markedProcesses()).toEqual([]);
  });

  it("ends what a supervisor starts again and again, and the supervisor", async () => {
    const family = await startFamily(`trap "" TERM; echo $$ > ready; while :; do setsid $SLEEP & sleep 0.02; done`);
    await family.member("ready");
    expect(await processes.killTree({ processes: [family.parent], graceMs: 100 })).toEqual([]);
    expect(markedProcesses()).toEqual([]);
  });

  it("wakes what is suspended, so that it hears", async () => {
    const file = join(makeTempDir(), "heard");
    const family = await startFamily(
      `trap 'echo yes > ${file}; exit' TERM; echo $$ > ready; kill -STOP $$; while :; do sleep 0.05; done`,
    );
    await family.member("ready");
    await waitFor("the stop", () => readFileSync(`/proc/${family.parent.pid}/stat`, "utf8").includes(") T "));
    expect(await processes.killTree({ processes: [family.parent], graceMs: 10_000 })).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });

  it("leaves a process alone that has the pid of one that ended", async () => {
    const family = await startFamily("$SLEEP & echo $! > child; exec $SLEEP");
    const child = await family.member("child");
    const before = { ...family.parent, started_at: `${Number(family.parent.started_at) - 1}` };
    expect(await processes.killTree({ processes: [before], graceMs: 0 })).toEqual([]);
    expect(processes.stateOf(family.parent)).toBe("alive");
    expect(processes.stateOf(child)).toBe("alive");
  });

  it("never touches us and our ancestors", async () => {
    const { parent: child } = await startFamily("exec $SLEEP");
    const above = processes.identify(process.ppid)!;
    const own = processes.currentIdentity();
    expect(await processes.killTree({ processes: [own], graceMs: 0 })).toEqual([]);
    expect(processes.stateOf(child)).toBe("dead");
    expect(processes.stateOf(above)).toBe("alive");
  });

  it.runIf(process.getuid?.() === 0)("tells what it may not end", async () => {
    const family = await startFamily("setpriv --reuid 12345 --clear-groups $SLEEP & echo $! > other; wait");
    const { pid, started_at } = await family.member("other");
    await waitFor("the other user", () => readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("sleep"));
    process.seteuid?.(65_534);
    const request = { processes: [{ pid, started_at }], graceMs: 50 };
    const left = await processes.killTree(request).finally(() => process.seteuid?.(0));
    expect(left).toEqual([{ pid, started_at, command: "sleep 600" }]);
  });
});
