/** `incr job` as one sees it on a terminal. */
import { expect, test } from "vitest";
import { openTeam } from "./team.ts";

test("a todo is implemented, tested, reviewed, committed and done", async () => {
  const team = await openTeam();
  await team.configure('[job]\ntest-commands = ["grep done work.txt"]\n');
  const { code, stdout, stderr } = await team.do();
  const { job } = await team.job();
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Done.\nDone.\nDone.\nDone.\n" });
  expect(stderr).toMatch(/^· \$ grep done work.txt\n✓ grep done work.txt {2}exit code 0/m);
  expect(team.asked()).toEqual(["implement", "review", "next-round", "final-review"]);
  expect(job).toMatchObject({ status: "completed", project_review: { outcome: "ACCEPT" }, cost_usd: 1 });
  expect(job.changes).toHaveLength(1);
  expect(job.changes[0].commits).toEqual([
    {
      commit_id: await team.git(["rev-parse", job.branch]),
      draft_message: "Add the work\n\nIt was wanted.\n",
      tests_passed: true,
      review: { outcome: "ACCEPT", opencode_session_id: expect.any(String), reviewed_at: expect.any(String) },
      opencode_session_id: expect.any(String),
      created_at: expect.any(String),
    },
  ]);
  expect(await team.git(["show", "--format=%B", "--no-patch", job.branch])).toBe(
    `Add the work\n\nIt was wanted.\n\nIncr-Todo: ${job.todo_id}\nIncr-Job: ${job.id}\n`,
  );
  expect(await team.todoStatus(job.todo_id)).toBe("done");
  expect(team.workspace()).toMatchObject({ status: "available" });
  expect(await team.rescues()).toEqual([]);

  const logged = await team.term.ok(`incr job logs ${job.todo_id}`);
  expect(logged).toMatch(/^· \$ grep done work.txt\n {2}done\n✓ grep/m);
  expect(logged.match(/^Done\.$/gm)).toHaveLength(4);
  expect(await team.term.ok(`incr job show ${job.id}`)).toMatch(
    /^ {2}1\. [0-9a-f]{12} Add the work {2}tests passed, ACCEPT$/m,
  );
  expect(await team.term.ok("incr job list")).toMatch(
    new RegExp(`^${job.id} +${job.todo_id} +completed +- +1 +1 `, "m"),
  );
});
