/** A job whose process is killed at every step in turn, and goes on each time as if nothing had been. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LIMIT } from "../agents/agent.ts";
import { waitFor } from "../support/wait.ts";
import { TEST_COMMAND, TWO_ROUNDS } from "./conduct.mjs";
import { GOOD, openTeam, type Team } from "./team.ts";

/** In the order in which a job comes by. */
const STEPS = {
  start: ["take:checked-out", "job:started"],
  implement: [
    "job:asking",
    "job:session-recorded",
    "job:asked",
    "agent:starting",
    "agent:started",
    "agent:ended",
    "job:drafted",
    "job:draft-recorded",
  ],
  "test, which fails": ["job:testing", "job:tested", "job:tests-recorded"],
  resume: ["take:checked-out", "take:confirmed", "job:resumed"],
  "implement in the same conversation": ["job:asked", "agent:started", "job:answered", "job:draft-recorded"],
  "test, which passes": ["job:tests-recorded"],
  "review, which sends it back": [
    "job:asking",
    "job:session-recorded",
    "agent:started",
    "agent:ended",
    "job:review-recorded",
  ],
  "implement, test and review again": ["job:answered", "job:answered", "job:review-recorded"],
  commit: ["job:committed", "job:commit-recorded"],
  "find nothing left": ["job:answered", "job:nothing-to-do"],
  "review the whole": ["job:answered", "job:review-recorded"],
  // The first time it ends what was interrupted
  end: ["job:end-begun:2"],
};

test(
  "killed at every step, it makes the same commits, and pays for no finished call of an agent twice",
  LIMIT,
  async () => {
    const team = await openTeam(TWO_ROUNDS);
    await team.configure(`[job]\nharness = "claude"\ntest-commands = [${JSON.stringify(TEST_COMMAND)}]\n`);
    const calm = await team.todo("Do the work");
    await team.term.ok(`incr job do ${calm} 2>/dev/null`);
    const asked = team.asked();
    const todo = await team.todo("Do the work");
    const killed = async (line: string, point: string, stage: string) => {
      const { code, stderr } = await team.term.run(line, { env: { INCR_FAULT: point } });
      expect(code, `${point} in ${stage}\n${stderr}`).toBe(137);
    };
    for (const [stage, points] of Object.entries(STEPS)) {
      for (const point of points) {
        // Before there is a job there is nothing to resume.
        await killed(`incr job ${stage === "start" ? "do" : "resume"} ${todo}`, point, stage);
      }
    }
    // What is to be said has been decided: every command brings it to its end.
    for (const point of ["job:end-noted", "job:end-kept", "job:end-todo", "job:end-confirmed"])
      await killed("incr job list", point, "end");
    await team.term.ok("incr job list");

    const [job, calmJob] = await Promise.all([todo, calm].map(async (id) => (await team.job(id)).job));
    expect(job).toMatchObject({
      status: "completed",
      rounds: calmJob.rounds,
      iteration_count: calmJob.iteration_count,
    });
    expect(await commits(team, job)).toEqual(await commits(team, calmJob));
    expect(outcomes(job)).toEqual(outcomes(calmJob));
    expect(await team.todoStatus(todo)).toBe("done");
    expect(Object.values(team.workspaces()).map(({ status }) => status)).not.toContain("acquired");
    // An agent that was just started when we were killed may have heard what it was asked for, or not.
    const again = team.asked().slice(asked.length);
    const started = Object.values(STEPS)
      .flat()
      .filter((point) => point === "agent:started").length;
    const extra = again.length - asked.length;
    expect(extra, again.join(" ")).toBeGreaterThanOrEqual(0);
    expect(extra, again.join(" ")).toBeLessThanOrEqual(started);
    expect(job.cost_usd).toBeCloseTo(calmJob.cost_usd);
  },
);

test("goes on with a conversation that its agent wrote down, and of which nobody could hear any more", async () => {
  const cutOff = { steps: [{ mute: true }, { stay: true }] };
  const team = await openTeam({ implement: [cutOff, ...[GOOD.implement ?? []].flat()] });
  team.term.env["CLAUDE_CONFIG_DIR"] = join(team.dir, "claude");
  const folder = join(team.dir, "claude/projects/-x");
  mkdirSync(folder, { recursive: true });
  await team.do("", { env: { INCR_FAULT: "agent:started" } });
  const { args } = await waitFor("the agent", () => team.starts()[0]);
  const chosen = args[args.indexOf("--session-id") + 1] ?? "";
  writeFileSync(join(folder, `${chosen}.jsonl`), "");
  const [{ id }] = await team.jobs();
  expect(await team.term.run(`incr job resume ${id}`)).toMatchObject({ code: 0 });
  expect(team.asked().slice(0, 2)).toEqual(["implement", "implement"]);
  const again = team.starts()[1]?.args ?? [];
  expect(again[again.indexOf("--resume") + 1]).toBe(chosen);
});

/** Tree and message of each commit of the job, without what only this job's can hold. */
async function commits(team: Team, job: any): Promise<string> {
  const text = await team.git(["log", "--reverse", "--format=%T%n%B", `main..${job.branch}`]);
  return text.replaceAll(job.id, "<job>").replaceAll(job.todo_id, "<todo>");
}

/** What became of each iteration. */
function outcomes(job: any): unknown {
  return job.changes.map(({ commits: all }: any) =>
    all.map(({ draft_message, tests_passed, review }: any) => [draft_message, tests_passed, review?.outcome]),
  );
}
