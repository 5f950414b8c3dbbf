/** A project whose agents are small programs that do jobs as `conduct.mjs` says, or as the test says. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCrew, type Crew, type HarnessName } from "../agents/crew.ts";
import { quote } from "../support/project.ts";
import { openTerminal } from "../support/terminal.ts";
import { kindOf, TEST_COMMAND } from "./conduct.mjs";

export interface JobCrew extends Crew {
  /** Replaces what the agents do: the source of a module with `stepsFor(prompt, {name, memory})`, in which `usual` is that of `conduct.mjs`. */
  conduct(source: string): void;
  /** Every job, newest first. */
  jobs(): Promise<any[]>;
  job(id: string): Promise<any>;
  /** What stands on a branch since `main`, the oldest first: tree and whole message of each commit. */
  commits(branch: string): Promise<{ tree: string; message: string }[]>;
  /** What the agents were asked for, in order: the name of the template. */
  asked(): string[];
}

export interface JobCrewOptions {
  harness?: HarnessName;
  /** Default: one that fails until the work is `tested`. */
  tests?: readonly string[];
  /** More lines of `[job]`. */
  config?: string;
}

/** Opens it, with test commands that are approved. */
export async function openJobs({
  harness = "claude",
  tests = [TEST_COMMAND],
  config = "",
}: JobCrewOptions = {}): Promise<JobCrew> {
  const crew = await openCrew();
  await crew.write("incr.toml", `[job]\nharness = "${harness}"\ntest-commands = ${JSON.stringify(tests)}\n${config}\n`);
  const file = join(crew.dir, "conduct.mjs");
  const usual = fileURLToPath(new URL("conduct.mjs", import.meta.url));
  const conduct = (source: string) =>
    writeFileSync(file, `import { kindOf, stepsFor as usual } from ${JSON.stringify(usual)};\n${source}\n`);
  conduct("export const stepsFor = usual;");
  const env = { ...crew.env, FAKE_AGENT_CONDUCT: file };
  const term = openTerminal({ root: crew.root, env });
  term.env["PATH"] = crew.term.env["PATH"];
  await term.ok("incr trust --yes 2>/dev/null");
  return {
    ...crew,
    env,
    term,
    conduct,
    jobs: async () => (await term.json("incr job list --all --json")).jobs,
    job: async (id) => (await term.json(`incr job show ${quote(id)} --json`)).job,
    async commits(branch) {
      const text = await crew.git(["log", "--reverse", "--format=%T%x00%B%x01", `main..${branch}`]);
      return text
        .split("\x01")
        .filter((one) => one.trim() !== "")
        .map((one) => ({ tree: one.trim().slice(0, 40), message: one.trim().slice(41) }));
    },
    asked: () => crew.starts().map(({ prompt }) => kindOf(prompt).kind),
  };
}
