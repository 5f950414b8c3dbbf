/** Stopping jobs, from inside and outside: what they started is gone, what they had is kept, and they go on where they were. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isAlive } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { openTeam, type Team } from "./team.ts";

const SLEEP = "sleep 600 & echo $! >> $PIDS; wait";
const AT_WORK = { steps: [{ run: `echo half > work.txt; ${SLEEP}` }] };
const IMPLEMENT = "echo done > work.txt; echo 'Add the work' > .incr-commit-message";

async function open(conduct: Parameters<Team["conduct"]>[0]) {
  const team = await openTeam(conduct);
  const file = join(team.dir, "pids");
  team.term.env["PIDS"] = file;
  const pids = () => readFileSync(file, "utf8").trim().split("\n").map(Number);
  const asleep = async (count: number) =>
    await waitFor("something that sleeps", () => pids().length === count && isAlive(pids().at(-1) ?? 0));
  return { ...team, pids, asleep };
}

test("signals and a kill from outside end everything, and it goes on where it was", async () => {
  const team = await open({ implement: AT_WORK, "go-on": [AT_WORK, IMPLEMENT] });
  const todo = await team.todo("Do the work");
  const job = async () => (await team.jobs())[0];

  const first = team.term.start(`incr job do ${todo} --harness claude`);
  await team.asleep(1);
  const { id } = await job();
  const follower = team.term.start(`incr job logs -f ${id} --json`);
  await waitFor("the log to be followed", () => follower.stdout().includes('"type":"agent"'));
  expect(await team.term.fails(4, `incr job resume ${id}`)).toContain(`job ${id} runs already`);
  expect(await team.term.fails(4, `incr session start ${todo}`)).toContain(`is held by job ${id}`);
  first.kill("SIGINT");
  const stopped = await first.finished;
  expect(stopped).toMatchObject({ code: 130, stderr: expect.stringContaining("failed (interrupted)") });
  expect(stopped.stderr).toContain("! the agent was stopped: a signal told it to stop");
  expect(team.pids().map(isAlive)).toEqual([false]);
  expect(await job()).toMatchObject({ status: "failed", reason: "interrupted", rescue: expect.any(String) });
  expect(await team.todoStatus(todo)).toBe("open");
  const lines = (await follower.finished).stdout.trim().split("\n");
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ type: "ended", status: "failed", reason: "interrupted" });

  // Killed itself, its agent goes on without it, and is ended by whoever resumes the job
  const second = team.term.start(`incr job resume ${id}`);
  await team.asleep(2);
  second.kill("SIGKILL");
  await second.finished;
  expect(team.pids().map(isAlive)).toEqual([false, true]);
  expect((await team.job(id)).liveness).toBe("orphaned");
  expect(await team.term.ok("incr status")).toContain("its process is gone, and something that it had started runs on");
  expect((await team.term.run(`incr wait ${id}`)).code).toBe(7);
  const { findings } = (await team.term.run("incr doctor --json")).json();
  expect(findings.map(({ code }: any) => code)).toEqual(["job_orphaned"]);
  const { code, stderr } = await team.term.run(`incr job resume ${id}`);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("what it had started runs on") });
  expect(team.pids().map(isAlive)).toEqual([false, false]);
  expect(team.asked()).toEqual(["implement", "go-on", "go-on", "review", "next-round", "final-review"]);
  expect(await job()).toMatchObject({ status: "completed", rounds: 2, iteration_count: 1 });
});

test("one that runs can be given up from elsewhere, while an agent works and while a test runs", async () => {
  const team = await open({ implement: [AT_WORK, IMPLEMENT] });
  await team.configure(`[job]\ntest-commands = ["setsid sh -c '${SLEEP}'"]\n`);
  for (const stage of ["implementing", "testing"]) {
    const running = team.term.start("incr job do --harness claude --title 'Do the work'");
    await team.asleep(stage === "testing" ? 2 : 1);
    const [job] = await team.jobs();
    expect(job).toMatchObject({ status: "active", stage });
    expect(await team.term.ok(`incr job abandon ${job.id}`)).toContain("abandoned: it was ended by `incr job abandon`");
    expect(await running.finished).toMatchObject({ code: 1, stderr: expect.stringMatching(/^rescue ws-001\//m) });
    expect(team.pids().map(isAlive)).not.toContain(true);
    expect((await team.job(job.id)).job).toMatchObject({ status: "abandoned" });
    expect(await team.todoStatus(job.todo_id)).toBe("open");
    expect(team.workspace()).toMatchObject({ status: "available" });
  }
});

test("its agent is refused to wait for it", async () => {
  const file = "$PIDS.refusal";
  const id = `$(incr job list --json | tr ',' '\\n' | sed -n 's/.*"id": *"\\([a-z0-9]*\\)".*/\\1/p' | head -n 1)`;
  const team = await open({ implement: `incr wait --timeout 9s ${id} 2> ${file}; ${IMPLEMENT}` });
  expect((await team.do()).code).toBe(0);
  const [job] = await team.jobs();
  expect(readFileSync(`${team.term.env["PIDS"]}.refusal`, "utf8")).toContain(
    `error: job ${job.id} ends only after this command, which is part of it and would wait for itself\n`,
  );
});

test("an agent that somebody ends takes its job with it, and no other", async () => {
  const team = await open({ implement: AT_WORK });
  const running = team.term.start("incr job do --harness claude --title 'Do the work'");
  await team.asleep(1);
  const [{ id }] = await team.agents();
  expect(await team.term.ok(`incr agent kill ${id}`)).toContain("killed (kill)");
  const { code, stderr } = await running.finished;
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/failed \(agent\): .* it was ended by `incr agent kill`$/m),
  });
  expect(team.pids().map(isAlive)).toEqual([false]);
});

test("what hangs in a test is ended when the time is over", async () => {
  const team = await open({ implement: IMPLEMENT });
  await team.configure(`[job]\ntest-commands = ["${SLEEP}"]\ntime-limit = "4s"\n`);
  const { code, stderr } = await team.do();
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("failed (time limit): it has used up its time while"),
  });
  expect(team.pids().map(isAlive)).toEqual([false]);
  expect((await team.job()).job).toMatchObject({ stage: "testing", iteration_count: 1 });
});
