/** An approved workstream whose threads are carried out by small programs in place of agents. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCrew, type Crew } from "../agents/crew.ts";
import { runInside } from "../support/inside.ts";
import { makeTempDir } from "../support/temp.ts";
import { fillTasks } from "./desk.ts";
import { GOOD_PLAN } from "./plans.ts";

export const STREAM = "001-login";
export const BASE = `incr/stream/${STREAM}/base`;

export interface Team extends Crew {
  /** What agents do from now on, by thread; all others finish without having done anything. See test/agents/fake/agent.mjs. */
  does(steps: Readonly<Record<string, object[]>>): void;
  /** `tasks.json`. */
  tasks(): Promise<any[]>;
  /** Runs of a thread, as `tasks.json` has them. */
  runs(thread: string): Promise<any[]>;
  /** Threads by id, as `work status` has them. */
  threads(): Promise<Record<string, any>>;
}

/** Threads 01.01.01 and 01.01.02 in the first batch, 01.02.01 and 02.01.01 alone in theirs; agents `one` (the default, opencode) and `two`. */
export async function openTeam(plan = GOOD_PLAN, stream = STREAM): Promise<Team> {
  const crew = await openCrew();
  const { term, root } = crew;
  await crew.write("draft.md", plan);
  await crew.commit("Plan", { ".gitignore": "work/\n" });
  const work = async (...words: string[]) => {
    const { code, stderr } = await runInside(["work", ...words], { cwd: root, env: crew.env });
    if (code !== 0) throw new Error(`work ${words.join(" ")} ended with ${code}\n${stderr}`);
  };
  await work("create", "--plan", "draft.md");
  await work("agents", "add", "one", "--model", "fake/first", "--description", "The first");
  await work("agents", "add", "two", "--model", "fake/second", "--best-for", "Hard cases");
  await work("approve", "plan");
  const list = join(root, "work", stream, "TASKS.md");
  const text = fillTasks(await crew.read(`work/${stream}/TASKS.md`)).replaceAll(
    /^(#### Thread .*)$/gm,
    "$1 @agent:one",
  );
  writeFileSync(list, text);
  await work("approve", "tasks");
  const conduct = join(makeTempDir("incr-conduct-"), "conduct.mjs");
  term.env["FAKE_AGENT_CONDUCT"] = conduct;
  const team: Team = {
    ...crew,
    does(steps) {
      writeFileSync(
        conduct,
        `const steps = ${JSON.stringify(steps)};
export const stepsFor = (prompt) => steps[/thread (\\d\\d\\.\\d\\d\\.\\d\\d)/i.exec(prompt)?.[1]] ?? [];\n`,
      );
    },
    tasks: async () => JSON.parse(await crew.read(`work/${stream}/tasks.json`)).tasks,
    async runs(thread) {
      return (await team.tasks()).find(({ id }) => id === `${thread}.01`).sessions;
    },
    async threads() {
      const { threads } = await term.json("work status --json");
      return Object.fromEntries(threads.map((one: any) => [one.id, one]));
    },
  };
  team.does({});
  return team;
}
