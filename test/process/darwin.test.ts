import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDarwinTable, parseLsof, parsePsLine, type Run } from "../../src/process/darwin.ts";
import { createProcesses } from "../../src/process/processes.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { leaseOf, startFamily } from "./family.ts";

const LINE = "  4711     1  4700   501 Ss   Wed Jan  7 14:30:05 2026     /bin/zsh -c  two  spaces";

describe("a line of ps", () => {
  it("is read with the start time as one text", () => {
    expect(parsePsLine(LINE)).toEqual({
      pid: 4711,
      parent: 1,
      group: 4700,
      session: 0,
      startedAt: "Wed Jan 7 14:30:05 2026",
      name: "/bin/zsh",
      zombie: false,
      stopped: false,
      kernel: false,
      user: 501,
      command: "/bin/zsh -c  two  spaces",
    });
    expect(parsePsLine(LINE.replace("Ss ", "Z+ "))?.zombie).toBe(true);
    expect(parsePsLine(LINE.replace("Ss ", "T  "))?.stopped).toBe(true);
    expect(parsePsLine("4711 1 4700 501 Z Wed Jan 17 14:30:05 2026 ")?.startedAt).toBe("Wed Jan 17 14:30:05 2026");
  });

  it("is refused when it is something else", () => {
    for (const text of ["", "ps: illegal option -- E", "  PID  PPID", LINE.replace("2026", "")]) {
      expect(parsePsLine(text)).toBeUndefined();
    }
  });
});

/** What `ps` and the others would print: `own` is the line of this process. */
function recorded(lines: string[], environments: Record<number, string>, directories = ""): Run {
  const own = `${process.pid} 1 ${process.pid} 501 S Wed Jan  7 14:00:00 2026 node`;
  const rows = [own, ...lines];
  return (file, args) => {
    if (file === "/usr/sbin/sysctl") return "7A3F0C52-0000-4000-8000-5D2E6B1C9A10\n";
    if (file === "/usr/sbin/lsof") return directories;
    if (args.includes("-axEww")) {
      return rows
        .flatMap((line) => {
          const row = parsePsLine(line);
          return row === undefined
            ? []
            : [`${String(row.pid).padStart(5)} ${row.command} ${environments[row.pid] ?? ""}\n`];
        })
        .join("");
    }
    if (args.includes("-p")) return `${rows.find((line) => line.trim().startsWith(`${args.at(-1)} `)) ?? ""}\n`;
    return `${rows.join("\n")}\n`;
  };
}

describe("the processes of macOS", () => {
  const owner = "80 1 80 501 S Wed Jan  7 14:30:00 2026 node incr session run";
  const identity = createProcesses(createDarwinTable(recorded([owner], {}))).identify(80)!;
  const lease = leaseOf(identity, "k3");
  const me = String(process.geteuid?.());
  const verdict = (lines: string[], environments: Record<number, string> = {}, directories = "") =>
    createProcesses(
      createDarwinTable(
        recorded(
          lines.map((line) => line.replace(" ME ", ` ${me} `)),
          environments,
          directories,
        ),
      ),
    ).isLeaseGone(lease);

  it("are named by boot, pid and start", () => {
    expect(identity).toMatchObject({
      boot_id: "7A3F0C52-0000-4000-8000-5D2E6B1C9A10",
      pid: 80,
      started_at: "Wed Jan 7 14:30:00 2026",
    });
    expect(identity).not.toHaveProperty("pid_namespace");
    expect(verdict([owner])).toMatchObject({ gone: false, reason: "owner_alive" });
    expect(verdict([owner.replace("14:30:00", "14:30:01")])).toEqual({ gone: true });
    expect(verdict([])).toEqual({ gone: true });
  });

  it("carry the lease in the environment, not in their arguments", () => {
    const tool = "90 1 90 ME S Wed Jan  7 14:31:00 2026 /opt/bin/tool INCR_LEASE_ID=k3";
    expect(verdict([tool], { 90: "HOME=/ INCR_LEASE_ID=k3 LANG=C" })).toMatchObject({
      gone: false,
      reason: "processes_left",
      pids: [90],
    });
    expect(verdict([tool], { 90: "HOME=/ INCR_LEASE_ID=k34" })).toEqual({ gone: true });
    expect(verdict([tool, "91 90 90 0 S Wed Jan  7 14:31:00 2026 sudo x"], { 90: "INCR_LEASE_ID=k3" })).toMatchObject({
      pids: [90, 91],
    });
  });

  it("of the system keep their environment secret: orphans are unknown unless they are older, another user's, or services", () => {
    const orphan = "90 1 90 ME S Wed Jan  7 14:31:00 2026 /bin/sleep 600";
    expect(verdict([orphan])).toMatchObject({ gone: false, reason: "unknown", pids: [90] });
    expect(verdict([orphan], {}, "p90\nfcwd\nn/Users/me/work\n")).toMatchObject({ gone: false, reason: "unknown" });
    expect(verdict([orphan], {}, "p90\nfcwd\nn/\n")).toEqual({ gone: true });
    expect(verdict([orphan], {}, "p90\nfcwd\nn/Users/me/Library/Containers/com.example.app/Data\n")).toEqual({
      gone: true,
    });
    expect(verdict([orphan.replace("14:31", "14:29")])).toEqual({ gone: true });
    expect(
      verdict([orphan.replace(" ME ", " 0 ").replace(me === "0" ? " 0 " : " ", me === "0" ? " 1 " : " ")]),
    ).toEqual({ gone: true });
    expect(
      verdict([orphan.replace("90 1 ", "90 70 "), "70 1 70 ME S Wed Jan  7 14:00:00 2026 /bin/zsh"], { 70: "A=b" }),
    ).toEqual({ gone: true });
  });

  it("are unknown when ps cannot be run, and never thought dead", () => {
    const silent = createProcesses(createDarwinTable(() => undefined));
    expect(silent.stateOf(identity)).toBe("unknown");
    expect(silent.isLeaseGone(lease)).toMatchObject({ gone: false, reason: "unknown" });
    expect(() => silent.descendants(1)).toThrow("the processes cannot be listed");
  });
});

describe.runIf(process.platform === "linux")("the same programs here", () => {
  /** `ps` of Linux knows the columns, and not `-E`. */
  const table = createDarwinTable((file, args) =>
    execFileSync(file === "/bin/ps" ? "ps" : "lsof", args as string[], {
      env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );

  it("list processes as /proc does", async () => {
    const { parent } = await startFamily("exec $SLEEP");
    const row = table.rows().find(({ pid }) => pid === parent.pid);
    expect(row).toMatchObject({ parent: process.pid, group: parent.pid, zombie: false });
    expect(table.startOrder(row!.startedAt)).toBeGreaterThan(Date.now() - 60_000);
    expect(table.commandOf(row!)).toBe("sleep 600");
    expect(table.look(parent.pid)).toEqual(row);
  });

  it.skipIf(spawnSync("lsof", ["-v"]).error !== undefined)("list working directories", async () => {
    const dir = join(makeTempDir(), `a b ${randomUUID()}`);
    mkdirSync(dir);
    const { parent } = await startFamily(`cd '${dir}' && exec $SLEEP`);
    await waitFor("its folder", () => table.directories().get(parent.pid) === dir);
    expect(parseLsof("")).toEqual(new Map());
  });
});
