/** A project in which `opencode`, `claude` and `codex` on the PATH are small programs that do what their prompt says. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HARNESSES, type Harness } from "../../src/domain/config-file.ts";
import { askInside } from "../support/inside.ts";
import type { Finished, ProcessOptions, Running } from "../support/process.ts";
import { openProject, quote, type Project } from "../support/project.ts";
import type { RepoOptions } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";

export { HARNESSES };
export type HarnessName = Harness;

export interface Start {
  name: HarnessName;
  args: string[];
  cwd: string;
  prompt: string;
  env: Record<string, string>;
  pid: number;
}

export interface Crew extends Project {
  /** Where the programs keep their conversations. */
  agentHome: string;
  /** Runs `incr agent run` with these steps. */
  agent(
    harness: HarnessName,
    steps: object[],
    flags?: string,
    options?: ProcessOptions & { in?: Terminal },
  ): Promise<Finished>;
  /** The same, and returns while it runs. */
  startAgent(harness: HarnessName, steps: object[], flags?: string, options?: { in?: Terminal }): Running;
  resume(id: string, steps: object[], flags?: string): Promise<Finished>;
  /** Every start of a program, in order. */
  starts(): Start[];
  /** Every agent session, newest first. */
  agents(): Promise<any[]>;
  /** The only one, or the newest. */
  last(): Promise<any>;
  /** Events of a session's log, without their times. */
  events(id: string): any[];
  logFile(id: string): string;
}

/** Opens it. */
export async function openCrew(options: RepoOptions = {}): Promise<Crew> {
  const project = await openProject(options);
  const agentHome = join(project.dir, "agents");
  const bin = makeTempDir("incr-crew-");
  for (const name of HARNESSES) {
    const program = fileURLToPath(new URL("fake/agent.mjs", import.meta.url));
    writeFileSync(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${program}" ${name} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const env = { ...project.env, FAKE_AGENT_HOME: agentHome };
  const term = openTerminal({ root: project.root, env });
  term.env["PATH"] = `${bin}:${term.env["PATH"]}`;
  const line = (harness: HarnessName, steps: object[], flags: string) =>
    `incr agent run --harness ${harness} ${flags} ${quote(`@${JSON.stringify(steps)}`)}`;
  const agents = async () => (await askInside(["agent", "list", "--all"], term)).agent_sessions;
  const logFile = (id: string) =>
    join(project.stateDir, "logs", "agent-sessions", Object.keys(project.state().repos)[0] ?? "", `${id}.jsonl`);
  return {
    ...project,
    env,
    term,
    agentHome,
    agent: (harness, steps, flags = "", { in: place = term, ...more } = {}) =>
      place.run(line(harness, steps, flags), more),
    startAgent: (harness, steps, flags = "", { in: place = term } = {}) => place.start(line(harness, steps, flags)),
    resume: (id, steps, flags = "") =>
      term.run(`incr agent resume ${flags} ${id} ${quote(`@${JSON.stringify(steps)}`)}`),
    starts() {
      const file = join(agentHome, "starts.jsonl");
      return existsSync(file) ? lines(file) : [];
    },
    agents,
    last: async () => (await agents())[0],
    events: (id) => lines(logFile(id)).map(withoutTime),
    logFile,
  };
}

function withoutTime({ at, ...event }: any): any {
  void at;
  return event;
}

function lines(file: string): any[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => JSON.parse(text));
}

/** Permissions of a file, as `600`. */
export function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

/** Of everything that runs on this machine. */
export function commandLines(): string[] {
  if (!existsSync("/proc/self/cmdline")) return execFileSync("ps", ["-axo", "args="], { encoding: "utf8" }).split("\n");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()];
      } catch {
        return []; // it has ended
      }
    });
}
