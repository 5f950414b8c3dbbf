/** How jobs end other than well, and that each of them says why and can be gone on with. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTeam, type Team } from "./team.ts";

const IMPLEMENT = "echo done > work.txt; echo 'Add the work' > .incr-commit-message";

/** What a failed job has to leave: the todo open, the workspace free, what was not committed in a rescue. */
async function expectLeft(team: Team, end: Record<string, unknown>): Promise<any> {
  const { job } = await team.job();
  expect(job).toMatchObject(end);
  expect(await team.todoStatus(job.todo_id)).toBe("open");
  expect(team.workspace()).toMatchObject({ status: "available" });
  expect(team.state().opencode_sessions).toEqual({});
  return job;
}

test("no verdict is no acceptance: it is asked for twice, then the job fails, and resumed it asks anew", async () => {
  const team = await openTeam({ implement: IMPLEMENT, review: "true", "review-again": "echo maybe > .incr-review" });
  const { code, stderr } = await team.do();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^job \w+ failed \(no verdict\): the reviewer was asked twice .*"maybe"$/m);
  const job = await expectLeft(team, { status: "failed", reason: "no_verdict", stage: "reviewing" });
  expect(await team.git(["show", `${job.rescue}:work.txt`])).toBe("done");
  expect(stderr).toContain(
    `rescue ${job.rescue.split("/").slice(3).join("/")}\nincr job resume ${job.id} goes on with it`,
  );
  expect(await team.git(["branch", "--list", job.branch])).toBe("");

  team.conduct({});
  const again = await team.term.run(`incr job resume ${job.id.slice(0, 4)}`);
  expect(again).toMatchObject({ code: 0 });
  expect(team.asked()).toEqual(["implement", "review", "review-again", "review", "next-round", "final-review"]);
  expect((await team.job()).job).toMatchObject({ status: "completed", change_count: 1, iteration_count: 1 });
  expect(await team.term.fails(1, `incr job resume ${job.id}`)).toContain(
    `job ${job.id} is completed\nhint: incr todo reopen`,
  );
});

test("a reviewer can say that it should not be done at all; an agent can find nothing to do", async () => {
  const team = await openTeam({
    implement: IMPLEMENT,
    review: "printf 'ABANDON\\n\\nIt is a bad idea\\n' > .incr-review",
  });
  const { code, stderr } = await team.do();
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("abandoned: the reviewer says") });
  const job = await expectLeft(team, { status: "abandoned", message: expect.stringContaining("It is a bad idea") });
  expect(job.changes[0].commits[0].review).toMatchObject({ outcome: "ABANDON", comments: "It is a bad idea" });
  expect(await team.term.fails(1, `incr job resume ${job.id}`)).toContain("is abandoned");

  team.conduct({ implement: "true" });
  expect(await team.term.run(`incr job do ${job.todo_id} --harness claude`)).toMatchObject({ code: 1 });
  await expectLeft(team, { status: "failed", reason: "nothing_done", stage: "implementing" });
  expect(await team.rescues()).toHaveLength(1);
});

test("rounds, time and money are bounded, and a larger bound lets it go on", async () => {
  const team = await openTeam({
    implement: IMPLEMENT,
    "tests-failed": [IMPLEMENT, "echo good > work.txt"],
    "commit-message": "true",
  });
  await team.configure('[job]\ntest-commands = ["grep good work.txt"]\nmax-rounds = 2\nmax-cost-usd = 0.7\n');
  const used = await team.do();
  expect(used.code).toBe(1);
  const job = await expectLeft(team, {
    status: "failed",
    reason: "max_rounds",
    message: "it is not done after 2 rounds",
  });
  const more = `incr job resume ${job.id} --max-rounds <more>`;
  expect(used.stderr).toContain(`\n${more} goes on with it\n`);
  expect(await team.term.ok(`incr job show ${job.id}`)).toContain(more);
  expect(await team.term.fails(1, `incr job resume ${job.id}`)).toContain(more);
  const { stderr } = await team.term.run(`incr job resume ${job.id} --max-rounds 5`);
  expect(stderr).toContain("its agents have cost $1, and $0.7 is the limit");
  await expectLeft(team, { reason: "max_cost", cost_usd: 1 });
  expect(await team.term.fails(2, `incr job resume ${job.id} --max-cost much`)).toContain("an amount of dollars");
  expect(await team.term.run(`incr job resume ${job.id} --max-cost 9`)).toMatchObject({ code: 0 });
  // The message that was asked for did not come, so the todo's title has to do
  expect(await team.commits(job.branch)).toEqual(["Do the work"]);

  team.conduct({ implement: { steps: [{ run: "echo half > half.txt" }, { stay: true }] } });
  const late = await team.do("--time-limit 1s --max-cost 9");
  expect(late.stderr).toMatch(/failed \(time limit\): it has used up its time/);
  const slow = await expectLeft(team, { reason: "time_limit" });
  expect(await team.git(["show", `${slow.rescue}:half.txt`])).toBe("half");
});

test("files that change while they are tested or reviewed make the outcome worthless", async () => {
  const team = await openTeam({
    implement: IMPLEMENT,
    feedback: ["rm made; echo made > .gitignore; echo 'Add the work' > .incr-commit-message", "true"],
    review: ["echo ACCEPT > .incr-review; echo mine > mine.txt", "echo ACCEPT > .incr-review"],
    "commit-message": "echo 'Add it all' > .incr-commit-message",
  });
  await team.configure('[job]\ntest-commands = ["touch made"]\n');
  const { code, stderr } = await team.do();
  expect(code).toBe(0);
  expect(stderr).toContain("The test command `touch made` has changed files");
  expect(stderr).toContain("The reviewer has changed files, so the outcome does not count: mine.txt");
  expect(team.asked()).toEqual([
    "implement",
    "feedback",
    "review",
    "feedback",
    "commit-message",
    "review",
    "next-round",
    "final-review",
  ]);
  const { job } = await team.job();
  expect(await team.git(["ls-tree", "--name-only", job.branch])).toBe(".gitignore\nREADME.md\nmine.txt\nwork.txt");
});

test("an agent that fails takes the job with it; resumed it is asked again where it was", async () => {
  const team = await openTeam({
    implement: [{ steps: [{ run: "echo half > half.txt" }, { fail: "bad key", status: 401 }] }, IMPLEMENT],
    "go-on": IMPLEMENT,
  });
  const { code, stderr } = await team.do();
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("failed (agent): the implementing agent"),
  });
  const job = await expectLeft(team, {
    status: "failed",
    reason: "agent",
    message: expect.stringContaining("bad key"),
  });
  expect(await team.term.run(`incr job resume ${job.id}`)).toMatchObject({ code: 0 });
  expect(await team.git(["ls-tree", "--name-only", job.branch])).toBe("README.md\nhalf.txt\nwork.txt");
  expect(existsSync(join(team.root, "half.txt"))).toBe(false);
});

test("a job is brought back only as it was left: branch, commits and rescue", async () => {
  const team = await openTeam({
    implement: IMPLEMENT,
    "next-round": { steps: [{ run: "echo half > half.txt" }, { fail: "bad key", status: 401 }] },
    "go-on": "rm half.txt",
  });
  expect(await team.do()).toMatchObject({ code: 1 });
  const { job } = await team.job();
  const { id, branch, head, rescue } = job;
  const resume = `incr job resume ${id}`;
  expect(await team.commits(branch)).toEqual(["Add the work"]);
  expect(job.tip).toBe(head);

  await team.git(["switch", "--quiet", branch]);
  expect(await team.term.fails(4, resume)).toContain(`${branch} is checked out in ${team.root}`);
  await team.commit("mine", { "mine.txt": "x" });
  await team.git(["switch", "--quiet", "main"]);
  const changed = await team.term.fails(4, resume);
  expect(changed).toContain(`${branch} was changed since job ${id} ended`);
  await team.git(["branch", "-D", branch]);
  const gone = await team.term.fails(3, resume);
  expect(gone).toContain(`job ${id} cannot be brought back: the branch ${branch} is gone`);
  await team.term.ok(`${/hint: (git branch .*), then/.exec(gone)?.[1]}`);
  const keep = await team.git(["rev-parse", rescue]);
  await team.git(["update-ref", "-d", rescue]);
  expect(await team.term.fails(3, resume)).toContain("with what was not committed is gone");
  await team.git(["update-ref", rescue, keep]);
  expect(await team.jobs()).toHaveLength(1);
  expect(await team.todoStatus(job.todo_id)).toBe("open");

  expect(await team.term.run(resume)).toMatchObject({ code: 0 });
  expect(team.asked()).toEqual(["implement", "review", "next-round", "go-on", "final-review"]);
  expect((await team.job()).job).toMatchObject({ status: "completed", head });
});
