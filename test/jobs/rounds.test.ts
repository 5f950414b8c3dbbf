/** What comes back to the implementing agent, and what ends a job: every way through the loop, with small programs as agents. */
import { describe, expect, test } from "vitest";
import { openTeam } from "./team.ts";

const message = (text: string) => `printf '${text}' > .incr-commit-message`;

describe("a job", () => {
  test("goes round after round until nothing is left to do and the whole is accepted", async () => {
    const team = await openTeam({
      implement: "echo draft > work.txt",
      "commit-message": message("Add the work"),
      "tests-failed": `echo tested > work.txt; ${message("Add the work, tested\\n\\nWith care.\\n\\nCo-authored-by: A <a@b.c>\\n")}`,
      review: ["echo looks good > .incr-review", "printf 'accept\\n' > .incr-review"],
      "review-again": "printf 'REQUEST_CHANGES\\n\\nwork.txt:1 say more\\n' > .incr-review",
      feedback: [
        `echo more >> work.txt; ${message("Add the work and more")}; git add --force .; git commit -qm mine`,
        `echo doc > doc.txt; ${message("Document the work")}`,
      ],
      "final-review": [
        "printf 'Request_Changes\\n\\nno documentation' > .incr-review",
        "echo '**ACCEPT**' > .incr-review",
      ],
    });
    await team.configure('[job]\ntest-commands = ["echo checking; ! grep draft work.txt", "true"]\n');
    const { code, stderr } = await team.do("--max-rounds 7");
    expect(stderr).toMatch(/completed in \d+s, 2 changes in 4 iterations, \$/);
    expect(code).toBe(0);
    expect(team.asked()).toEqual([
      "implement",
      "commit-message",
      "tests-failed",
      "review",
      "review-again",
      "feedback",
      "review",
      "next-round",
      "final-review",
      "feedback",
      "review",
      "next-round",
      "final-review",
    ]);
    const { job } = await team.job();
    const iterations = job.changes.map((change: any) =>
      change.commits.map(({ tests_passed, review }: any) => [tests_passed, review?.outcome, review?.comments]),
    );
    expect(iterations).toEqual([
      [
        [false, undefined, undefined],
        [true, "REQUEST_CHANGES", "work.txt:1 say more"],
        [true, "ACCEPT", undefined],
      ],
      [[true, "ACCEPT", undefined]],
    ]);
    const subjects = ["Add the work and more", "Document the work"];
    expect(await team.commits(job.branch)).toEqual(subjects);
    expect(await team.git(["show", "-s", "--format=%B", `${job.changes[0].commits[1].commit_id}`])).toBe(
      `Add the work, tested\n\nWith care.\n\nCo-authored-by: A <a@b.c>\nIncr-Todo: ${job.todo_id}\nIncr-Job: ${job.id}\n`,
    );
    expect(await team.git(["log", "--format=%H", `main..${job.branch}`])).toBe(
      job.changes
        .map((change: any) => change.commits.at(-1).commit_id)
        .toReversed()
        .join("\n"),
    );
    // What an agent has committed itself is in it, without its answers
    expect(await team.git(["ls-tree", "--name-only", job.branch])).not.toContain(".incr-");
    // One conversation for all that is implemented, one for each review
    const sessions = (await team.agents()).map(({ runs }) => runs).toSorted((a, b) => a - b);
    expect(sessions).toEqual([1, 1, 1, 1, 2, 7]);
    const prompts = team.starts().map(({ prompt }) => prompt);
    expect(prompts[2]).toContain("! grep draft work.txt");
    expect(prompts[2]).toMatch(/exit code 1\b[\s\S]*checking\ndraft\n/);
    expect(prompts[3]).toContain(`git diff ${job.base} ${job.changes[0].commits[1].commit_id}`);
    expect(prompts[4]).toContain('"looks good"');
    expect(prompts[5]).toContain("work.txt:1 say more");
    expect(prompts[9]).toContain("no documentation");
  });

  test("puts right what agents do to git, and sends back what cannot be committed", async () => {
    const team = await openTeam({
      implement: "git init -q inner; echo x > inner/x; git switch -q -c mine",
      feedback: [
        "rm -rf inner; git checkout -q -b other; echo done > work.txt; git add .; git commit -qm other; git checkout -q --detach; echo more > more.txt",
        "true",
      ],
      "commit-message": message("Add the work"),
      review: "git stash -q; git stash pop -q; git checkout -q --detach; echo perhaps > .incr-review",
      "review-again": "echo ACCEPT > .incr-review; git update-index --assume-unchanged work.txt",
    });
    const { code, stderr } = await team.do();
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("inner is a git repository of its own"),
    });
    expect(team.asked()).toEqual([
      "implement",
      "feedback",
      "commit-message",
      "review",
      "review-again",
      "next-round",
      "final-review",
    ]);
    const { job } = await team.job();
    expect(job).toMatchObject({ rounds: 3, iteration_count: 1, change_count: 1 });
    expect(await team.commits(job.branch)).toEqual(["Add the work"]);
    expect(await team.git(["ls-tree", "--name-only", job.branch])).toBe("README.md\nmore.txt\nwork.txt");
    expect(await team.rescues()).toEqual([]);
  });
});
