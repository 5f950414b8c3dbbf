/** A project in which jobs are done by small programs: what the agents do at each thing that they are asked is shell code. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finished, ProcessOptions } from "../support/process.ts";
import type { RepoOptions } from "../support/repo.ts";
import { openCrew, type Crew } from "../agents/crew.ts";
import { askInside } from "../support/inside.ts";
import { kindOf } from "./conduct.mjs";

/** Shell code by what is asked; a list: one for each time, the last one from then on. Or `steps` of the small programs. */
export type Conduct = Partial<Record<Asked, Deed | Deed[]>>;
type Deed = string | { steps: object[] };
export type Asked =
  | "implement"
  | "next-round"
  | "tests-failed"
  | "feedback"
  | "commit-message"
  | "go-on"
  | "review"
  | "review-again"
  | "final-review";

export interface Team extends Crew {
  /** From now on. */
  conduct(conduct: Conduct): void;
  /** What was asked, in order. */
  asked(): Asked[];
  /** Approves and sets the test commands; changes the checkout only outside of git. */
  configure(lines: string): Promise<void>;
  /** `incr job do` of a new todo. */
  do(flags?: string, options?: ProcessOptions): Promise<Finished>;
  job(id?: string): Promise<any>;
  /** Newest first. */
  jobs(): Promise<any[]>;
  /** Subjects of the commits on a branch that are not on main, the oldest first. */
  commits(branch: string): Promise<string[]>;
}

/** Implements one change, accepts it, finds nothing left, accepts the whole. */
export const GOOD: Conduct = {
  implement: "echo done > work.txt; printf 'Add the work\\n\\nIt was wanted.\\n' > .incr-commit-message",
  "next-round": "true",
  review: "echo ACCEPT > .incr-review",
  "final-review": "echo ACCEPT > .incr-review",
};

/** Opens it. */
export async function openTeam(conduct: Conduct = GOOD, options: RepoOptions = {}): Promise<Team> {
  const crew = await openCrew(options);
  const file = join(crew.dir, "conduct.json");
  crew.term.env["FAKE_AGENT_CONDUCT"] = new URL("conductor.mjs", import.meta.url).pathname;
  crew.term.env["JOB_CONDUCT"] = file;
  const place = () => ({ cwd: crew.root, env: crew.term.env });
  const team: Team = {
    ...crew,
    conduct: (wanted) => writeFileSync(file, JSON.stringify({ ...GOOD, ...wanted })),
    asked: () => crew.starts().map(({ prompt }) => kindOf(prompt).kind as Asked),
    async configure(lines) {
      await crew.write("incr.toml", lines);
      await askInside(["trust", "--yes"], place());
    },
    do: (flags = "", options) => crew.term.run(`incr job do --harness claude --title 'Do the work' ${flags}`, options),
    job: async (id) => {
      const wanted = id ?? (await team.jobs())[0].id;
      return await askInside(["job", "show", wanted], place());
    },
    jobs: async () => (await askInside(["job", "list", "--all"], place())).jobs,
    commits: async (branch) =>
      (await crew.git(["log", "--reverse", "--format=%s", `main..${branch}`]))
        .split("\n")
        .filter((line) => line !== ""),
  };
  team.conduct(conduct);
  return team;
}
