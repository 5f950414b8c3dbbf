/** What is refused before a job begins, where it works, and that of two at once one wins. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { moveBack } from "../support/earlier.ts";
import { untilSettled } from "../support/project.ts";
import { openTeam, type Team } from "./team.ts";

const DO = "incr job do --harness claude";

describe("nothing is changed by", () => {
  let shared: Promise<Team> | undefined;
  const open = async () => await (shared ??= openTeam());
  const facts = async (team: Team) => [await team.gitFacts(), await team.jobs(), team.workspaces()];

  test("a todo that is done, deleted, blocked or held", async () => {
    const team = await open();
    const todo = async (title: string, then: (id: string) => string = () => "true") => {
      const id = await team.todo(title);
      await team.term.ok(then(id));
      return id;
    };
    const first = await todo("First");
    const held = await todo("Held", (id) => `incr session start ${id}`);
    const cases = [
      [await todo("Done", (id) => `incr todo finish ${id}`), 1, "is done"],
      [await todo("Gone", (id) => `incr todo delete ${id}`), 1, "was deleted"],
      [await todo("Blocked", (id) => `incr todo dep add ${id} ${first}`), 1, `depends on ${first}, still to be done`],
      [held, 4, "is held by session"],
      ["zzzzzzzz", 3, 'no todo "zzzzzzzz"'],
    ] as const;
    const before = await facts(team);
    for (const [id, code, words] of cases) expect(await team.term.fails(code, `${DO} ${id}`)).toContain(words);
    expect(await team.term.fails(3, `${DO} ${first} zzzzzzzz`)).toContain('no todo "zzzzzzzz"');
    expect(await team.term.fails(2, `${DO} ${first} --title 'Another one'`)).toContain("not both");
    expect(await team.term.fails(2, `${DO} ${first} --max-cost -3`)).toContain("max-cost");
    expect(await team.term.fails(2, `${DO} ${first} --max-rounds 0`)).toContain("max-rounds");
    expect(await team.term.fails(3, `${DO} ${first} --rev nowhere`)).toContain("nowhere is not a commit");
    expect(await team.term.fails(3, `${DO} --title 'Never made' --rev nowhere`)).toContain("nowhere is not a commit");
    expect(await team.term.fails(2, `${DO} --title 'Never made' --here --rev main`)).toContain("no meaning with it");
    expect(await team.term.fails(2, "incr job do")).toContain("say which todo");
    expect(await facts(team)).toEqual(before);
    expect(team.asked()).toEqual([]);
  });

  test("commands that nobody has approved, a template with a mistake, a checkout that is not fit", async () => {
    const team = await open();
    const id = await team.todo("Wanted");
    const before = await facts(team);
    expect(await team.term.fails(2, `${DO} ${id} --here --rev main`)).toContain("--rev has no meaning with it");
    await team.write("loose.txt", "loose");
    for (const todo of [id, "--title 'Never made'"])
      expect(await team.term.fails(1, `${DO} ${todo} --here`)).toContain("has uncommitted changes");
    await team.git(["clean", "-fdq"]);
    await team.git(["switch", "--detach", "--quiet"]);
    expect(await team.term.fails(1, `${DO} ${id} --here`)).toContain("no branch with a commit is checked out");
    await team.git(["switch", "--quiet", "main"]);
    await team.write("incr.toml", '[workspace]\non-acquire = ["touch hacked"]\n');
    expect(await team.term.fails(1, `${DO} --title 'Never made'`)).toContain("not approved: touch hacked");
    await team.write("incr.toml", '[job]\ntest-commands = ["touch hacked"]\n');
    expect(await team.term.fails(1, `${DO} ${id}`)).toMatch(/not approved: touch hacked\nhint: incr trust/);
    await team.term.ok("incr trust --yes");
    await team.write(".incr/templates/review.md", "Nothing to see");
    expect(await team.term.fails(2, `${DO} ${id}`)).toContain("review.md:1: does not say where the answer has to go");
    expect(await facts(team)).toEqual(before);
    expect(team.asked()).toEqual([]);
  });
});

test("of two jobs on one todo at once one wins, and the other changes nothing", async () => {
  const team = await openTeam();
  const id = await team.todo();
  const ends = await Promise.all([team.term.run(`${DO} ${id}`), team.term.run(`${DO} ${id}`)]);
  expect(ends.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 4]);
  expect(await team.jobs()).toHaveLength(1);
  expect(team.asked()).toHaveLength(4);
  const [one] = await team.jobs();
  expect(await team.branches()).toEqual([one.branch]);
});

test("--here works on what is checked out, and leaves it there", async () => {
  const team = await openTeam({
    review: ["echo what > .incr-review", "echo ACCEPT > .incr-review"],
    "review-again": "true",
  });
  await team.git(["switch", "--quiet", "-c", "feature"]);
  const failed = await team.do("--here");
  expect(failed.code).toBe(1);
  const { job } = await team.job();
  expect(job).toMatchObject({ status: "failed", reason: "no_verdict", here: team.root, branch: "feature" });
  expect(job).not.toHaveProperty("workspace_name");
  expect(await team.git(["status", "--porcelain"])).toBe("A  work.txt");
  expect(await team.term.fails(1, `incr job resume ${job.id}`, { cwd: team.dir }).catch(String)).toContain(
    "not inside a git repository",
  );
  await team.git(["switch", "--quiet", "main"]);
  expect(await team.term.fails(4, `incr job resume ${job.id}`)).toMatch(
    /was left on feature at \w+, and that is not .*\nhint: git switch feature/,
  );
  await team.git(["switch", "--quiet", "feature"]);
  expect(await team.term.run(`incr job resume ${job.id}`)).toMatchObject({ code: 0 });
  expect(await team.commits("feature")).toEqual(["Add the work"]);
  expect(await team.git(["status", "--porcelain", "--ignored"])).toBe("");
  expect(team.workspaces()).toEqual({});
  expect(await team.todoStatus(job.todo_id)).toBe("done");

  // Killed, it is found out by whoever looks next, and goes on as well
  const id = await team.todo();
  team.conduct({ implement: "echo more > more.txt; echo 'Add more' > .incr-commit-message" });
  const killed = await team.term.run(`${DO} ${id} --here`, { env: { INCR_FAULT: "job:draft-recorded" } });
  expect(killed.signal ?? killed.code).toBe("SIGKILL");
  moveBack(team.stateDir, 5 * 3_600_000);
  const { stderr } = await untilSettled(team, "incr job list");
  expect(stderr).toMatch(/^settled job \w+ of \w+: interrupted, its process is gone; `incr job resume/m);
  // What has gone by since counts neither as worked nor against its time limit of four hours
  expect((await team.jobs())[0].duration_seconds).toBeLessThan(600);
  expect(await team.term.run(`incr job resume ${id}`)).toMatchObject({ code: 0 });
  expect(await team.commits("feature")).toEqual(["Add the work", "Add more"]);
  expect(existsSync(join(team.root, ".incr-review"))).toBe(false);
});

test("several todos are done one after the other, each as far as it comes", async () => {
  const team = await openTeam({
    implement: [
      "echo one > one.txt; echo One > .incr-commit-message",
      "true",
      "echo three > three.txt; echo Three > .incr-commit-message",
    ],
  });
  const ids = [await team.todo("One"), await team.todo("Two"), await team.todo("Three")];
  const taken = await team.start();
  const { code, stdout, stderr } = await team.term.run(`${DO} ${taken.todo} ${ids.join(" ")} --json`);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("is held by session") });
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.filter(({ type }) => type === "ended").map(({ status }) => status)).toEqual([
    "completed",
    "failed",
    "completed",
  ]);
  expect(events.filter(({ type }) => type === "committed").map(({ subject }) => subject)).toEqual(["One", "Three"]);
  expect(events.some(({ type, event }) => type === "agent" && event.type === "text")).toBe(true);
  for (const [index, status] of ["done", "open", "done"].entries())
    expect(await team.todoStatus(ids[index] ?? "")).toBe(status);
  const second = await team.term.run(`${DO} ${ids[1]} --json`);
  expect(second.stderr).toContain("earlier_job");
});
