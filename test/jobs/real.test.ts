/** `incr job` with the real opencode, Claude Code and codex, and a model that needs two rounds: its tests fail once, and its reviewer sends it back once. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Harness } from "../../src/domain/config-file.ts";
import { LIMIT } from "../agents/agent.ts";
import { commandLines } from "../agents/crew.ts";
import { openRealProject, type RealProject } from "../agents/real-project.ts";
import type { Finished, ProcessOptions } from "../support/process.ts";
import { shown } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { codeFor, kindOf, TEST_COMMAND } from "./conduct.mjs";

/** One job, with everything else that the machine has to do. */
const PATIENT = { timeout: 280_000 };
const ALL = ["implement", "tests-failed", "review", "feedback", "review", "next-round", "final-review"];

interface Real extends RealProject {
  /** What the agents were asked for, in order. */
  asked: string[];
  jobs(): Promise<any[]>;
  job(id: string): Promise<any>;
  run(line: string, options?: ProcessOptions): Promise<Finished>;
}

async function openReal(harness: Harness): Promise<Real> {
  const project = await openRealProject(harness);
  const asked: string[] = [];
  project.model.conduct = ({ user, results }) => {
    const last = kindOf(user);
    if (results.length >= last.asked) return { say: "Done." };
    asked.push(last.kind);
    return { run: codeFor(user) };
  };
  await project.write(
    "incr.toml",
    `[job]\nharness = "${harness}"\ntest-commands = [${JSON.stringify(TEST_COMMAND)}]\n`,
  );
  await project.term.ok("incr trust --yes 2>/dev/null");
  return {
    ...project,
    asked,
    jobs: async () => (await project.term.json("incr job list --all --json")).jobs,
    job: async (id) => (await project.term.json(`incr job show ${id} --json`)).job,
    run: async (line, options) => await project.term.run(line, { ...PATIENT, ...options }),
  };
}

/** What a job that went well looks like, whatever has happened on the way. */
async function expectDone(real: Real, { id }: { id: string }): Promise<any> {
  const job = await real.job(id);
  expect(job).toMatchObject({ status: "completed", rounds: 4, change_count: 1, project_review: { outcome: "ACCEPT" } });
  const outcomes = job.changes[0].commits.map(({ tests_passed, review }: any) => [tests_passed, review?.outcome]);
  expect(outcomes).toEqual([
    [false, undefined],
    [true, "REQUEST_CHANGES"],
    [true, "ACCEPT"],
  ]);
  expect(job.changes[0].commits[1].review.comments).toBe("work.txt:1 is not reviewed");
  expect(await real.git(["log", "--format=%B", `main..${job.branch}`])).toBe(
    `Add the work\n\nAs the reviewer wants it.\n\nIncr-Todo: ${job.todo_id}\nIncr-Job: ${id}\n`,
  );
  expect(await real.git(["ls-tree", "-r", "--name-only", job.branch])).toBe("README.md\nwork.txt");
  expect(await real.git(["show", `${job.branch}:work.txt`])).toBe("tested\nreviewed");
  expect(await real.todoStatus(job.todo_id)).toBe("done");
  expect(Object.values(real.workspaces()).map(({ status }) => status)).not.toContain("acquired");
  return job;
}

test(
  "opencode does a todo in two rounds, in one conversation for the work and one for each review",
  LIMIT,
  async () => {
    const real = await openReal("opencode");
    const result = await real.run("incr job do --full-access --title 'Do the work'");
    expect(result.code, shown(result)).toBe(0);
    expect(real.asked).toEqual(ALL);
    const [job] = await real.jobs();
    const { opencode_sessions } = await expectDone(real, job);
    expect(opencode_sessions.map(({ purpose }: any) => purpose)).toEqual([
      "implement",
      "review",
      "review",
      "project-review",
    ]);
    const sessions = (await real.term.json("incr agent list --all --json")).agent_sessions;
    expect(sessions.map(({ runs }: any) => runs).toSorted((a: number, b: number) => a - b)).toEqual([1, 1, 1, 4]);
    expect(new Set(sessions.map(({ agent_session_id }: any) => agent_session_id)).size).toBe(4);
  },
);

test("codex does two todos at once, and neither conversation hears of the other", LIMIT, async () => {
  const real = await openReal("codex");
  const ids = [await real.todo("Do the work"), await real.todo("Do other work")];
  const result = await real.run("incr job do-all --parallel 2 --full-access");
  expect(result.code, shown(result)).toBe(0);
  expect(real.asked.length).toBe(2 * ALL.length);
  expect(new Set(real.asked)).toEqual(new Set(ALL));
  for (const job of await real.jobs()) await expectDone(real, job);
  for (const { user } of real.model.asked) expect(ids.filter((id) => user.includes(id))).toHaveLength(1);
  const sessions = (await real.term.json("incr agent list --all --json")).agent_sessions;
  expect(new Set(sessions.map(({ agent_session_id }: any) => agent_session_id)).size).toBe(8);
});

test(
  "claude is killed with incr at each stage, loses its conversation and meets a limit, and the commits are the same",
  LIMIT,
  async () => {
    const real = await openReal("claude");
    const usual = real.model.conduct;
    const todo = await real.todo("Do the work");
    const resume = `incr job resume ${todo}`;
    const seconds = `7${process.pid}`;
    const sleepers = () => commandLines().filter((line) => line.startsWith(`sleep ${seconds}`));
    /** Until the agent's tool is at work, in a session of its own; then incr alone is killed. */
    const killAtWork = async (line: string, kind: string) => {
      real.model.conduct = (asked) => {
        const reply = usual(asked);
        return "run" in reply && kindOf(asked.user).kind === kind
          ? { run: `(setsid sleep ${seconds}1 &); sleep ${seconds}2` }
          : reply;
      };
      const running = real.term.start(line, PATIENT);
      await waitFor("the tool", () => sleepers().length === 2, { timeout: 60_000 });
      running.kill("SIGKILL");
      await running.finished;
      real.model.conduct = usual;
    };
    const killAt = async (point: string) => {
      const result = await real.run(resume, { env: { INCR_FAULT: point } });
      expect(result.code, shown(result)).toBe(137);
      expect(sleepers()).toEqual([]);
    };

    await killAtWork(`incr job do --full-access ${todo}`, "implement");
    await killAt("job:tested");
    await killAtWork(resume, "review");
    await killAt("job:committed");

    // The conversation in which all of it was implemented is gone: the next round begins another one.
    const transcripts = join(real.home, ".claude/projects");
    expect(readdirSync(transcripts)).not.toEqual([]);
    rmSync(transcripts, { recursive: true });
    real.model.conduct = (asked) =>
      kindOf(asked.user).kind === "final-review" ? { refuse: "usage limit reached|2100000000" } : usual(asked);
    const paused = await real.run(resume);
    expect(paused.code, shown(paused)).toBe(76);
    const [job] = await real.jobs();
    expect(job).toMatchObject({ status: "active", paused_until: "2036-07-18T13:20:00.000Z" });

    real.model.conduct = usual;
    const result = await real.run(`${resume} --now`);
    expect(result.code, shown(result)).toBe(0);
    await expectDone(real, job);
    // Who was cut off was asked again, and nobody else.
    expect(real.asked.filter((kind, index, all) => kind !== all[index - 1])).toEqual(ALL);
  },
);
