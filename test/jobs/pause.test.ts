/** Jobs whose provider takes no more work for now: they wait, and lose nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitFor } from "../support/wait.ts";
import { openTeam } from "./team.ts";

const IMPLEMENT = "echo done > work.txt; echo 'Add the work' > .incr-commit-message";

test("a usage limit pauses the job, which keeps its workspace and goes on in the same conversation", async () => {
  const limit = {
    steps: [{ run: "echo half > work.txt" }, { fail: "usage limit reached, try again in 2 hours", status: 429 }],
  };
  const team = await openTeam({ implement: limit, "go-on": IMPLEMENT });
  const { code, stderr } = await team.do();
  expect({ code, stderr }).toMatchObject({
    code: 76,
    stderr: expect.stringMatching(/^job \w+ is paused until 20\S+Z: /m),
  });
  const { job, liveness, directory } = await team.job();
  expect({ job, liveness }).toMatchObject({ job: { status: "active", stage: "implementing" }, liveness: "paused" });
  expect(team.workspace().lease).toMatchObject({ kind: "held", holder: { type: "job", id: job.id } });
  expect(team.workspace().lease).not.toHaveProperty("process");
  expect(readFileSync(join(directory, "work.txt"), "utf8")).toBe("half\n");
  expect(await team.todoStatus(job.todo_id)).toBe("in_progress");
  const [{ id: session }] = await team.agents();
  for (const line of [
    `incr agent resume ${session} 'Go on'`,
    `cd ${directory} && incr agent run --harness claude 'Help'`,
  ]) {
    expect(await team.term.fails(4, line)).toContain(
      `ws-001 is held by job ${job.id}, which lets agents work in it by itself`,
    );
  }
  expect(await team.term.run(`incr wait ${job.id}`)).toMatchObject({ code: 7 });
  expect(await team.term.run(`incr job resume ${job.todo_id}`)).toMatchObject({ code: 76, stdout: "" });
  expect((await team.term.run(`incr job do ${job.todo_id} --harness claude`)).stderr).toContain(
    `is held by job ${job.id}`,
  );
  expect(await team.term.ok("incr job list")).toMatch(/ paused .* implementing /);
  expect(await team.term.ok("incr status")).toMatch(new RegExp(`${job.todo_id} .*job ${job.id} +ws-001 +paused `));
  expect((await team.term.json("incr doctor --json")).findings).toEqual([]);

  expect(await team.term.run(`incr job resume ${job.id} --now`)).toMatchObject({ code: 0 });
  expect(team.asked()).toEqual(["implement", "go-on", "review", "next-round", "final-review"]);
  expect((await team.job()).job).toMatchObject({ status: "completed", rounds: 2 });
  expect((await team.job()).job).not.toHaveProperty("paused_until");

  // Waiting in place, and giving a paused one up
  const soon = { steps: [{ fail: "usage limit reached, retry after: 3", status: 429 }] };
  team.conduct({ implement: [limit, soon, IMPLEMENT] });
  const waiting = team.term.start("incr job do --harness claude --title 'Do the work' --wait");
  const id = await waitFor(
    "the pause",
    async () => (await team.jobs()).find((one) => one.paused_until !== undefined)?.id,
  );
  expect(await team.term.fails(4, `incr job resume ${id} --now`)).toContain("goes on by itself");
  expect(await team.term.run(`incr wait ${id}`)).toMatchObject({ code: 0 });
  expect(await waiting.finished).toMatchObject({ code: 0 });
  team.conduct({ implement: limit });
  expect(await team.do()).toMatchObject({ code: 76 });
  const paused = (await team.jobs())[0];
  expect(await team.term.ok(`incr job abandon ${paused.id}`)).toMatch(
    /abandoned: it was ended by .*\nwhat was not committed is kept/,
  );
  expect((await team.job(paused.id)).job).toMatchObject({ status: "abandoned", rescue: expect.any(String) });
  expect(await team.todoStatus(paused.todo_id)).toBe("open");
  expect(team.workspace()).toMatchObject({ status: "available" });

  // Where somebody else works as well, what they commit meanwhile does not give way, to one that waits in place neither
  team.conduct({
    implement: { steps: [{ fail: "usage limit reached, retry after: 6", status: 429 }] },
    "go-on": IMPLEMENT,
  });
  const begun = team.term.start("incr job do --here --harness claude --title 'Do the work' --wait");
  const beside = await waitFor("the pause", async () =>
    (await team.jobs()).find((one) => one.paused_until !== undefined),
  );
  await team.git(["commit", "--quiet", "--allow-empty", "--message", "Mine"]);
  expect(await begun.finished).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(
      /was left on main at \w+, and that is not .*\nhint: git log \w+\.\.main .* incr job abandon /,
    ),
  });
  expect(await team.git(["log", "-1", "--format=%s"])).toBe("Mine");
  await team.term.ok(`incr job abandon ${beside.id}`);
  await team.git(["reset", "--quiet", "--hard", "HEAD~1"]);

  team.conduct({ implement: limit, "go-on": IMPLEMENT });
  expect(await team.do("--here")).toMatchObject({ code: 76 });
  const here = (await team.jobs())[0];
  await team.git(["commit", "--quiet", "--allow-empty", "--message", "Mine"]);
  expect(await team.term.fails(4, `incr job resume ${here.id} --now`)).toMatch(
    /was left on main at \w+, and that is not .*\nhint: git log \w+\.\.main .* incr job abandon /,
  );
  expect(await team.git(["log", "-1", "--format=%s"])).toBe("Mine");
  await team.git(["reset", "--quiet", "--soft", "HEAD~1"]);
  expect(await team.term.run(`incr job resume ${here.id} --now`)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/\nwork on main \(1 commit\)\n$/),
  });
  expect((await team.job(here.id)).job.head).toBe(await team.git(["rev-parse", "main"]));
});
