/** Jobs that are not as ours are: of other programs, or damaged. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTeam } from "./team.ts";

const times = { created_at: "2026-01-07T14:00:00Z", updated_at: "2026-01-07T15:00:00Z" };

test("a job of another program is shown, and left to that program", async () => {
  const team = await openTeam();
  const [active, failed] = [await team.todo("Theirs"), await team.todo("Theirs, failed")];
  const file = join(team.stateDir, "state.json");
  await team.start();
  const state = JSON.parse(readFileSync(file, "utf8"));
  const repo = Object.keys(state.repos)[0] ?? "";
  const commit = {
    commit_id: "a".repeat(40),
    draft_message: "Do it",
    tests_passed: null,
    review: null,
    opencode_session_id: "x",
    created_at: times.created_at,
  };
  state.jobs[`${repo}/aaaaaaaa`] = {
    id: "aaaaaaaa",
    repo,
    todo_id: active,
    stage: "reviewing",
    feedback: "",
    agent: "",
    opencode_sessions: [{ purpose: "implement", id: "x" }],
    status: "active",
    ...times,
    changes: [{ change_id: "q", commits: [commit], created_at: times.created_at }],
    theirs: 1,
  };
  state.jobs[`${repo}/bbbbbbbb`] = {
    id: "bbbbbbbb",
    repo,
    todo_id: failed,
    stage: "testing",
    status: "failed",
    ...times,
    completed_at: "0001-01-01T00:00:00Z",
  };
  writeFileSync(file, JSON.stringify(state));

  expect(await team.term.ok("incr job list --all")).toMatch(/aaaaaaaa +\w+ +active +reviewing +1 +1/);
  const shown = await team.term.ok("incr job show aaaaaaaa");
  expect(shown).toMatch(/status +reviewing, unknown/);
  expect(shown).toContain("1. aaaaaaaaaaaa Do it");
  expect(await team.term.ok("incr status")).toContain("job aaaaaaaa");
  expect(await team.term.ok("incr job logs aaaaaaaa")).toBe("");
  expect(await team.term.fails(4, `incr job do ${active} --harness claude`)).toContain("is held by job aaaaaaaa");
  for (const verb of ["resume", "abandon"]) {
    expect(await team.term.fails(1, `incr job ${verb} aaaaaaaa`)).toMatch(
      /was begun by another program.*\nhint: end it there/,
    );
  }
  expect(await team.term.fails(3, "incr job resume bbbbbbbb --max-rounds 3")).toContain("no branch was recorded");
  const { findings } = (await team.term.run("incr doctor --json")).json();
  expect(findings.filter(({ code }: any) => code.startsWith("job_"))).toMatchObject([
    { code: "job_foreign", about: "aaaaaaaa" },
  ]);
  expect(team.state().jobs[`${repo}/aaaaaaaa`]).toMatchObject({ theirs: 1 });
  expect(team.state().jobs[`${repo}/aaaaaaaa`]).not.toHaveProperty("stop_requested_at");
});

test("a job that has lost its workspace is ended by the doctor, and its branch stays", async () => {
  const team = await openTeam({
    "next-round": { steps: [{ fail: "usage limit reached, try again in 2 hours", status: 429 }] },
  });
  expect(await team.do()).toMatchObject({ code: 76 });
  const [{ id, branch, todo_id }] = await team.jobs();
  const file = join(team.stateDir, "state.json");
  const state = JSON.parse(readFileSync(file, "utf8"));
  state.workspaces = {};
  writeFileSync(file, JSON.stringify(state));
  expect(await team.term.fails(4, `incr job resume ${id} --now`)).toMatch(
    /does not hold its workspace.*\nhint: incr doctor --fix/,
  );
  const { findings } = (await team.term.run("incr doctor --json")).json();
  expect(findings.map(({ code }: any) => code)).toContain("job_without_lease");
  const fixed = await team.term.run("incr doctor --fix --json");
  expect(fixed.json().repaired.map(({ code }: any) => code)).toContain("job_without_lease");
  expect((await team.job(id)).job).toMatchObject({ status: "failed", reason: "interrupted" });
  expect(await team.todoStatus(todo_id)).toBe("open");
  expect(await team.commits(branch)).toEqual(["Add the work"]);
});
