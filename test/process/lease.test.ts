import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Lease, ProcessIdentity } from "../../src/domain/lease.ts";
import { kill, leaseOf, processes, startFamily, type Family } from "./family.ts";
import { onCleanup } from "../support/cleanup.ts";
import { waitFor } from "../support/wait.ts";

/** An owner without the lease in its own environment starts `command`, which has it; both are alive. */
async function startLease(command: string): Promise<{ family: Family; lease: Lease }> {
  const id = randomUUID();
  const family = await startFamily(`INCR_LEASE_ID=${id} sh -c '${command}' & exec $SLEEP`);
  return { family, lease: leaseOf(family.parent, id) };
}

const pidsOf = (lease: Lease) => processes.findLeaseProcesses(lease).processes.map(({ pid }) => pid);
const expectGone = (lease: Lease) => waitFor("the end of the lease", () => processes.isLeaseGone(lease).gone);

async function expectLeft(lease: Lease, ...left: ProcessIdentity[]): Promise<void> {
  const pids = left.map(({ pid }) => pid);
  await waitFor("the others to end", () => pidsOf(lease).length === pids.length);
  expect(processes.isLeaseGone(lease)).toMatchObject({ gone: false, reason: "processes_left", pids });
}

describe("a lease of a process", () => {
  it("lives with its owner", async () => {
    const { parent } = await startFamily("exec $SLEEP");
    const lease = leaseOf(parent, randomUUID());
    expect(processes.isLeaseGone(lease)).toEqual({
      gone: false,
      reason: "owner_alive",
      because: `process ${parent.pid} is alive`,
      pids: [parent.pid],
    });
    await kill(parent);
    expect(processes.isLeaseGone(lease)).toEqual({ gone: true });
  });

  it("lives with the child when the owner is killed", async () => {
    const family = await startFamily("exec $SLEEP");
    const { parent: child } = await startFamily("exec $SLEEP");
    const owner = { ...family.parent, child_pid: child.pid, child_started_at: child.started_at };
    await kill(family.parent);
    const lease = leaseOf(owner, randomUUID());
    expect(processes.isLeaseGone(lease)).toMatchObject({ gone: false, reason: "child_alive", pids: [child.pid] });
    await kill(child);
    expect(processes.isLeaseGone(lease)).toEqual({ gone: true });
  });

  it("is not kept alive by a stranger under the child's pid", async () => {
    const family = await startFamily("exec $SLEEP");
    const { parent: stranger } = await startFamily("exec $SLEEP");
    const owner = { ...family.parent, child_pid: stranger.pid, child_started_at: "1" };
    await kill(family.parent);
    expect(processes.isLeaseGone(leaseOf(owner, randomUUID()))).toEqual({ gone: true });
  });

  it("lives with a child whose start was not recorded", async () => {
    const family = await startFamily("exec $SLEEP");
    const { parent: child } = await startFamily("exec $SLEEP");
    await kill(family.parent);
    const lease = leaseOf({ ...family.parent, child_pid: child.pid }, randomUUID());
    expect(processes.isLeaseGone(lease)).toMatchObject({ gone: false, reason: "unknown" });
    await kill(child);
    expect(processes.isLeaseGone(lease)).toEqual({ gone: true });
  });

  it("is never gone when it is held, whatever became of its processes", () => {
    const owner = { ...processes.currentIdentity(), boot_id: "another" };
    const lease: Lease = { ...leaseOf(owner, randomUUID()), kind: "held" };
    expect(processes.isLeaseGone(lease)).toMatchObject({ gone: false, reason: "held" });
  });

  it("is gone after a reboot of its machine, unknown on another one, unknown without an owner", () => {
    const owner = { ...processes.currentIdentity(), boot_id: "another" };
    expect(processes.isLeaseGone(leaseOf(owner, randomUUID()))).toEqual({ gone: true });
    expect(processes.findLeaseProcesses(leaseOf(owner, randomUUID()))).toEqual({ processes: [], unreadable: [] });
    expect(processes.isLeaseGone(leaseOf({ ...owner, host: "elsewhere/1234" }, randomUUID()))).toMatchObject({
      gone: false,
      reason: "unknown",
      because: "it belongs to another machine, elsewhere",
    });
    const { process: _, ...bare } = leaseOf(owner, randomUUID());
    expect(processes.isLeaseGone(bare)).toMatchObject({ gone: false, reason: "unknown" });
  });
});

describe.runIf(process.platform === "linux")("what is left of a lease when its owner is killed", () => {
  it("is the command itself", async () => {
    const { family, lease } = await startLease("echo $$ > command; exec $SLEEP");
    const command = await family.member("command");
    await kill(family.parent);
    await expectLeft(lease, command);
    expect(processes.isLeaseGone(lease)).toMatchObject({
      because: `1 process still carries the lease: ${command.pid} sleep 600`,
    });
    await kill(command);
    await expectGone(lease);
  });

  it("is a child in a session of its own", async () => {
    const { family, lease } = await startLease(
      'setsid sh -c "echo \\$\\$ > child; exec $SLEEP" & echo $$ > command; wait',
    );
    const [child, command] = [await family.member("child"), await family.member("command")];
    await kill(family.parent);
    await kill(command);
    await expectLeft(lease, child);
    await kill(child);
    await expectGone(lease);
  });

  it("is an orphan that was forked twice", async () => {
    const { family, lease } = await startLease(
      '(setsid sh -c "echo \\$\\$ > orphan; exec $SLEEP" &) ; echo $$ > command; exec $SLEEP',
    );
    const [orphan, command] = [await family.member("orphan"), await family.member("command")];
    await kill(family.parent);
    await kill(command);
    await expectLeft(lease, orphan);
    await kill(orphan);
    await expectGone(lease);
  });

  it("is a child with an empty environment, while its parent lives", async () => {
    const { family, lease } = await startLease(
      'env -i setsid sh -c "echo \\$\\$ > child; exec $SLEEP" & echo $$ > command; exec $SLEEP',
    );
    const [child, command] = [await family.member("child"), await family.member("command")];
    await kill(family.parent);
    await expectLeft(lease, ...[command, child].toSorted((a, b) => a.pid - b.pid));
    await kill(child); // nothing marks it as this test's
  });

  it("is an orphan with an empty environment that stayed in the owner's process group", async () => {
    const { family, lease } = await startLease(
      'env -i sh -c "echo \\$\\$ > orphan; exec $SLEEP" & echo $$ > command; exec $SLEEP',
    );
    const [orphan, command] = [await family.member("orphan"), await family.member("command")];
    await kill(family.parent);
    await kill(command);
    await expectLeft(lease, orphan);
    await kill(orphan);
    await expectGone(lease);
  });

  it("is not a neighbour in a pipeline, which has the owner's group and a parent of its own", async () => {
    // As `incr session run … | less` in an interactive shell: the owner leads the group of both.
    const family = await startFamily(
      `exec bash -c "set -m; sh -c 'echo \\$\\$ > owner; exec $SLEEP' | sh -c 'echo \\$\\$ > neighbour; exec $SLEEP' & wait"`,
    );
    const [owner, neighbour] = [await family.member("owner"), await family.member("neighbour")];
    expect(readFileSync(`/proc/${neighbour.pid}/stat`, "utf8").split(" ")[4]).toBe(String(owner.pid));
    const lease = leaseOf(owner, randomUUID());
    await kill(owner);
    expect(processes.isLeaseGone(lease)).toEqual({ gone: true });
    expect(processes.stateOf(neighbour)).toBe("alive");
  });

  it("is not a zombie", async () => {
    const { family, lease } = await startLease("sleep 0 & echo $! > zombie; echo $$ > command; exec $SLEEP");
    const command = await family.member("command");
    await kill(family.parent);
    await expectLeft(lease, command);
  });

  it("is not another lease's process, nor one with a longer id", async () => {
    const id = randomUUID();
    const { parent } = await startFamily("exec $SLEEP", {
      INCR_LEASE_ID: `${id}x`,
      X_INCR_LEASE_ID: id,
      MANY: `a\nINCR_LEASE_ID=${id}`,
    });
    const { parent: owner } = await startFamily("exec $SLEEP");
    await kill(owner);
    expect(processes.stateOf(parent)).toBe("alive");
    expect(processes.isLeaseGone(leaseOf(owner, id))).toEqual({ gone: true });
  });

  it("is never missed, however fast it forks and ends", async () => {
    // Each shell starts the next one in a session of its own and ends at once, until there is a file `stop`.
    const relay = "[ -e stop ] || setsid sh \\$0 &";
    const { family, lease } = await startLease(
      `echo "${relay}" > relay; echo $$ > command; setsid sh relay & exec $SLEEP`,
    );
    const command = await family.member("command");
    await kill(family.parent);
    await kill(command);
    try {
      for (let look = 0; look < 50; look++) expect(processes.isLeaseGone(lease)).toMatchObject({ gone: false });
    } finally {
      writeFileSync(join(family.folder, "stop"), "");
    }
    await expectGone(lease);
  });
});

describe.runIf(process.platform === "linux")("a process whose environment cannot be read", () => {
  /** Runs `look` with the rights of an ordinary user. */
  function asUser<T>(look: () => T): T {
    if (process.getuid?.() !== 0) return look();
    process.seteuid?.(65_534);
    try {
      return look();
    } finally {
      process.seteuid?.(0);
    }
  }
  const DROP = process.getuid?.() === 0 ? "setpriv --reuid 65534 --clear-groups " : "";
  /** Forbids to be inspected and sleeps, as ssh-agent and gpg-agent do: prctl(PR_SET_DUMPABLE, 0). */
  const SECRET = `perl -e "syscall(${process.arch === "arm64" ? 167 : 157}, 4, 0, 0, 0, 0) == 0 or die; sleep 600"`;

  /** An ordinary user's test run could not find it again by its environment, so it is put away by its pid. */
  async function becomeSecret(secret: ProcessIdentity): Promise<void> {
    onCleanup(() => {
      if (processes.stateOf(secret) === "alive") process.kill(secret.pid, "SIGKILL");
    });
    // Whoever is about to become another user cannot be read for a moment, either
    const isStarted = () => readFileSync(`/proc/${secret.pid}/cmdline`, "latin1").startsWith("perl");
    await waitFor("the secret program", () => isStarted() && isSecret(secret));
  }

  function isSecret({ pid }: ProcessIdentity): boolean {
    try {
      asUser(() => readFileSync(`/proc/${pid}/environ`));
      return false;
    } catch {
      return true;
    }
  }

  /** The lease's owner, and an unreadable process started by `script` (with its pid in `secret`) before or after the owner. */
  async function start(script: string, when: "before" | "after"): Promise<{ lease: Lease; secret: ProcessIdentity }> {
    const owner = () => startFamily(`${DROP}$SLEEP & echo $! > owner; exec $SLEEP`);
    const early = when === "after" ? await owner() : undefined;
    const family = await startFamily(`${script}; exec $SLEEP`);
    const secret = await family.member("secret");
    await becomeSecret(secret);
    // By then a shell between the two is gone
    const command = () => readFileSync(`/proc/${family.parent.pid}/cmdline`, "latin1");
    await waitFor("the end of the script", () => command().startsWith("sleep"));
    // Start times are counted in hundredths of a second, and within the same one nobody is older.
    if (when === "before") await new Promise((resolve) => setTimeout(resolve, 30));
    const dead = await (early ?? (await owner())).member("owner");
    await kill(dead);
    return { lease: leaseOf(dead, randomUUID()), secret };
  }

  it("is unknown, and keeps the lease, when it is an orphan that may come from it", async () => {
    const { lease, secret } = await start(`(setsid ${DROP}${SECRET} & echo $! > secret)`, "after");
    expect(asUser(() => processes.isLeaseGone(lease))).toMatchObject({
      gone: false,
      reason: "unknown",
      pids: [secret.pid],
    });
    expect(asUser(() => processes.findLeaseProcesses(lease))).toMatchObject({
      processes: [],
      unreadable: [{ pid: secret.pid }],
    });
  });

  it("is ruled out when it is older than the lease's owner", async () => {
    const { lease } = await start(`(setsid ${DROP}${SECRET} & echo $! > secret)`, "before");
    expect(asUser(() => processes.isLeaseGone(lease))).toEqual({ gone: true });
  });

  it("is ruled out when its parent is alive and has nothing to do with the lease", async () => {
    const { lease, secret } = await start(`${DROP}${SECRET} & echo $! > secret`, "after");
    expect(processes.stateOf(secret)).toBe("alive");
    expect(asUser(() => processes.isLeaseGone(lease))).toEqual({ gone: true });
  });

  it("counts when it descends from a process of the lease", async () => {
    const id = randomUUID();
    const owner = await startFamily("exec $SLEEP");
    const family = await startFamily(
      `${DROP}env INCR_LEASE_ID=${id} sh -c '${SECRET} & echo $! > secret; wait' & echo $! > command; wait`,
      { PATH: process.env["PATH"] },
    );
    const secret = await family.member("secret");
    await becomeSecret(secret);
    const command = await family.member("command");
    const lease = leaseOf(owner.parent, id);
    await kill(owner.parent);
    expect(asUser(() => pidsOf(lease))).toEqual([command.pid, secret.pid]);
  });

  it.runIf(process.getuid?.() === 0)(
    "is ruled out when it is another user's and has no parent in the lease",
    async () => {
      const { parent: owner } = await startFamily("exec $SLEEP");
      const family = await startFamily("(setsid $SLEEP & echo $! > other); exec $SLEEP");
      await family.member("other");
      await kill(owner);
      expect(asUser(() => processes.isLeaseGone(leaseOf(owner, randomUUID())))).toEqual({ gone: true });
    },
  );
});
