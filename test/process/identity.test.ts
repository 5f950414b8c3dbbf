import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStat } from "../../src/process/procfs.ts";
import { kill, processes, startFamily } from "./family.ts";

describe("the identity of a process", () => {
  it("names this process, on this machine, boot and start", () => {
    const identity = processes.currentIdentity();
    expect(identity.pid).toBe(process.pid);
    expect(identity.boot_id).not.toBe("");
    expect(identity.started_at).not.toBe("");
    expect(processes.identify(process.pid)).toEqual(identity);
    expect(processes.stateOf(identity)).toBe("alive");
  });

  it("is told apart from every other process", async () => {
    const { parent } = await startFamily("exec $SLEEP");
    const own = processes.currentIdentity();
    expect({ ...parent, pid: own.pid, started_at: own.started_at }).toEqual(own);
    expect(parent.started_at).not.toBe(own.started_at);
  });

  it("does not exist for a pid that nobody has", async () => {
    const { parent } = await startFamily("exec $SLEEP");
    await kill(parent);
    expect(processes.identify(parent.pid)).toBeUndefined();
    expect(processes.identify(0)).toBeUndefined();
    expect(processes.identify(-1)).toBeUndefined();
    expect(processes.identify(Number.NaN)).toBeUndefined();
    expect(processes.identify(2 ** 40)).toBeUndefined();
  });
});

describe("the state of a process", () => {
  it("is alive until it is killed, then dead", async () => {
    const { parent } = await startFamily("exec $SLEEP");
    expect(processes.stateOf(parent)).toBe("alive");
    await kill(parent);
    expect(processes.stateOf(parent)).toBe("dead");
  });

  it("is alive while it is suspended", async () => {
    const { parent } = await startFamily("exec $SLEEP");
    process.kill(parent.pid, "SIGSTOP");
    expect(processes.stateOf(parent)).toBe("alive");
  });

  it("is dead for a zombie, although its pid is still there", async () => {
    const family = await startFamily("$SLEEP & echo $! > child; exec $SLEEP"); // the second program does not reap
    const child = await family.member("child");
    await kill(child);
    expect(() => process.kill(child.pid, 0)).not.toThrow();
    expect(processes.stateOf(child)).toBe("dead");
  });

  it("is dead when the pid was given to somebody else", () => {
    const identity = processes.currentIdentity();
    expect(processes.stateOf({ ...identity, started_at: `${Number(identity.started_at) - 1}` })).toBe("dead");
  });

  it("is dead when the machine was started again since, even if the same pid started at the same tick", () => {
    expect(processes.stateOf({ ...processes.currentIdentity(), boot_id: "another" })).toBe("dead");
  });

  it("is unknown on another machine", () => {
    const identity = { ...processes.currentIdentity(), boot_id: "another", host: "elsewhere" };
    expect(processes.stateOf(identity)).toBe("unknown");
  });

  it("survives a change of the machine's name", () => {
    expect(processes.stateOf({ ...processes.currentIdentity(), host: "renamed" })).toBe("alive");
  });

  it("is unknown in another container of the same machine", () => {
    const identity = { ...processes.currentIdentity(), pid_namespace: "pid:[1]" };
    expect(processes.stateOf(identity)).toBe("unknown");
    expect(processes.stateOf({ ...identity, pid: 2 ** 22 - 1 })).toBe("unknown");
  });

  it("is unknown when the boot or the start was never known", () => {
    const identity = processes.currentIdentity();
    expect(processes.stateOf({ ...identity, boot_id: "" })).toBe("unknown");
    expect(processes.stateOf({ ...identity, started_at: "" })).toBe("unknown");
  });

  it.skipIf(process.platform !== "linux")("takes microseconds", () => {
    const identity = processes.currentIdentity();
    processes.stateOf(identity);
    const times = Array.from({ length: 200 }, () => {
      const begin = performance.now();
      processes.stateOf(identity);
      return performance.now() - begin;
    });
    // Any one of them may have been interrupted by what else the machine does
    expect(Math.min(...times)).toBeLessThan(2);
  });
});

describe("a line of /proc/<pid>/stat", () => {
  const line = (name: string, state = "S", threads = "1") =>
    `4711 (${name}) ${state} 47 46 45 0 -1 4194304 99 0 0 0 0 0 0 0 20 0 ${threads} 0 106184 3133440 366\n`;

  it("is read whatever the program calls itself", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15, unit: "binary" }), (name) => {
        expect(parseStat(line(name))).toEqual({
          pid: 4711,
          parent: 47,
          group: 46,
          session: 45,
          startedAt: "106184",
          name,
          zombie: false,
          stopped: false,
          kernel: false,
        });
      }),
    );
    expect(parseStat(line(") R 1 1 (x) Z 2"))).toMatchObject({ parent: 47, startedAt: "106184" });
  });

  it("tells a zombie from a process whose first thread has ended", () => {
    expect(parseStat(line("x", "Z", "0"))?.zombie).toBe(true);
    expect(parseStat(line("x", "Z", "1"))?.zombie).toBe(true);
    expect(parseStat(line("x", "Z", "2"))?.zombie).toBe(false);
    expect(parseStat(line("x", "X", "0"))?.zombie).toBe(true);
  });

  it("is refused when it is something else", () => {
    for (const text of ["", "\n", "4711 (x)", "4711 x S 1 2 3", line("x").slice(0, 40)])
      expect(parseStat(text)).toBeUndefined();
  });
});
