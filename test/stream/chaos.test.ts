/**
 * A whole stream, carried out while agents, windows, the server of tmux, supervisors and conductors are killed at random. In the end each thread has come to its
 * end exactly once, and what is recorded is what happened.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { markedProcesses } from "../support/leftovers.ts";
import { onCleanup } from "../support/cleanup.ts";
import { waitFor } from "../support/wait.ts";
import { openStreamCrew, type StreamCrew } from "./crew.ts";

const PLAN = readFileSync(new URL("../fixtures/session-tracking.plan.md", import.meta.url), "utf8");
const STREAM = "001-session-tracking";
const THREADS = ["01.01.01", "01.01.02", "01.02.01", "01.02.02", "02.01.01", "02.02.01", "02.02.02"].concat(
  "03.01.01",
  "03.01.02",
  "03.02.01",
  "03.02.02",
);
const SEED = Number(process.env["CHAOS_SEED"] ?? 20260122);
const KILLS = 6;

/** The same numbers each time: mulberry32. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(
  "whatever is killed, each thread comes to its end once, and every record is true",
  { timeout: 120_000 },
  async () => {
    const crew = await openStreamCrew({ plan: PLAN, stream: STREAM });
    const { term } = crew;
    const random = chance(SEED);
    const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
    for (const thread of THREADS) {
      crew.script(thread, [
        // What is killed before it has done it does it when it is resumed
        { again: true },
        { run: `echo ${thread} > ${thread}.txt` },
        { wait: 100 + Math.floor(random() * 200) },
        { say: `Done ${thread}` },
      ]);
    }
    onCleanup(() => killServer(crew));
    const story: string[] = [];
    let kills = 0;

    /** Runs a command and, while it runs, kills something of it. */
    async function disturb(line: string): Promise<void> {
      const before = crew.starts().length;
      const running = term.start(line);
      const over = () => running.child.exitCode !== null || running.child.signalCode !== null;
      story.push(line);
      if (kills < KILLS && random() < 0.8) {
        await waitFor(
          "something to kill",
          () =>
            crew.starts().length > before || (over() && !ourProcesses().some(([, text]) => text.includes(" conduct "))),
        );
        const present = VICTIMS.flatMap((victim) => {
          const pids = ourProcesses().filter(([, text]) => victim.fits(text));
          return pids.length === 0 ? [] : [{ ...victim, pids }];
        });
        const victim = pick(present);
        const [pid] = pick(victim?.pids ?? []) ?? [];
        if (victim !== undefined && pid !== undefined) {
          if (victim.name === "server") killServer(crew);
          else tryKill(pid, victim.signal);
          kills += 1;
          story.push(`  ${victim.name} ${victim.signal} ${pid}`);
        }
      }
      await running.finished;
      // What was detached, or has lost who watched over it.
      await waitFor("the rest of it to end", () => !ourProcesses().some(([, text]) => REST.test(text)));
    }

    for (let round = 0; round < 40; round += 1) {
      const { threads, gates, merged } = await term.json("work status --json");
      if (threads.every(({ status }: any) => status === "completed") && merged.length === 6) break;
      const broken = threads.filter(({ status }: any) => status === "failed" || status === "interrupted");
      const one = pick<any>(broken);
      if (one !== undefined) {
        await disturb(
          `work fix --thread ${one.id} ${one.resumable && random() < 0.5 ? "--resume" : "--retry"} --piped`,
        );
        continue;
      }
      for (const { stage, status } of gates.stages) {
        const done = threads
          .filter(({ id }: any) => id.startsWith(stage))
          .every((each: any) => each.status === "completed");
        if (done && status !== "approved") await term.run(`work approve stage ${Number(stage)}`);
      }
      await disturb(`work multi --continue ${pick(["", "--tmux", "--tmux --detach", "--detach", "--max-parallel 1"])}`);
    }

    const about = story.join("\n");
    const status = await term.json("work status --sessions --json");
    expect(kills, about).toBeGreaterThan(3);
    for (const thread of THREADS) {
      const { history, status: state } = status.threads.find(({ id }: any) => id === thread);
      expect(state, about).toBe("completed");
      expect(
        history.filter((run: any) => run.status === "completed"),
        about,
      ).toHaveLength(1);
      expect(
        history.filter((run: any) => run.status === "running"),
        about,
      ).toEqual([]);
      expect(history, about).toEqual(crew.records(thread));
      expect(crew.tasks(thread).every((task) => task === "completed")).toBe(true);
      expect(await crew.git(["show", `incr/stream/${STREAM}/base:${thread}.txt`])).toBe(thread);
    }
    // Each start of an agent has its record, and each record its session, which ended as the record says.
    const records = THREADS.flatMap((thread) => crew.records(thread));
    const runs = new Map(records.map((record) => [record.runId, record]));
    const sessions = (await crew.agents()).filter(({ stream_id }: any) => stream_id === STREAM);
    for (const session of sessions) {
      const record = runs.get(session.runs > 1 ? `${session.id}-${session.runs}` : session.id);
      expect(record, about).toMatchObject({ sessionId: session.agent_session_id });
      expect(record.status === "completed", about).toBe(session.status === "completed");
    }
    const ids = new Set(records.map(({ runId }) => runId.slice(0, 8)));
    expect(crew.starts().filter(({ env }) => !ids.has(env["INCR_AGENT_SESSION_ID"] ?? ""))).toEqual([]);
    expect(crew.state().opencode_sessions).toEqual({});
    expect(Object.values(crew.workspaces()).filter((one) => one.status !== "available")).toEqual([]);
  },
);

interface Victim {
  name: string;
  signal: NodeJS.Signals;
  fits(command: string): boolean;
}

const VICTIMS: Victim[] = [
  { name: "agent", signal: "SIGKILL", fits: (command) => command.includes("agent.mjs") },
  { name: "agent", signal: "SIGTERM", fits: (command) => command.includes("agent.mjs") },
  { name: "supervisor", signal: "SIGKILL", fits: (command) => / (?:supervise|fix) /.test(command) },
  { name: "window", signal: "SIGHUP", fits: (command) => / supervise /.test(command) },
  { name: "conductor", signal: "SIGKILL", fits: (command) => / conduct | multi /.test(command) },
  { name: "conductor", signal: "SIGINT", fits: (command) => / conduct | multi /.test(command) },
  // Where it has windows.
  { name: "server", signal: "SIGKILL", fits: (command) => / conduct .*--tmux/.test(command) },
];

const REST = / (?:conduct|supervise) |agent\.mjs/;

/** Pid and command line of everything that this test has started. */
function ourProcesses(): [pid: number, command: string][] {
  return markedProcesses().map((pid) => [pid, commandLine(pid)]);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

/** The server of tmux, by the socket that lies in the test's own folder. */
function killServer(crew: StreamCrew): void {
  const found = execFileSync("sh", ["-c", `ps -eo pid,args | grep "[t]mux -L incr-" || true`], { encoding: "utf8" });
  for (const line of found.split("\n")) {
    const pid = Number(/^\s*(\d+)/.exec(line)?.[1] ?? 0);
    if (pid > 0 && environment(pid).includes(`TMUX_TMPDIR=${crew.term.env["TMUX_TMPDIR"]}\0`)) tryKill(pid, "SIGKILL");
  }
}

function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}
