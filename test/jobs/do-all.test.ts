/** `incr job do-all`: the ready list, worked through by several jobs at once. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isAlive } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { openTeam, type Team } from "./team.ts";

const CREATE = "incr todo create 2>/dev/null";
const todoOf = (team: Team) => team.starts().map(({ env }) => env["INCR_TODO_ID"] ?? "");
/** Shell code that goes on when the file is there. */
const until = (file: string) => `n=0; while [ ! -e ${file} ] && [ $n -lt 400 ]; do sleep 0.05; n=$((n+1)); done`;

describe("incr job do-all", () => {
  test("takes the most urgent first and several at once, then what became ready by it, and nothing twice", async () => {
    const team = await openTeam();
    const first = await team.term.ok(`${CREATE} First --priority 1`);
    const bad = await team.term.ok(`${CREATE} Bad --priority 0`);
    const next = await team.term.ok(`${CREATE} Next --priority 1 --depends-on ${first}`);
    const later = await team.term.ok(`${CREATE} Later --priority 3`);
    const waiting = await team.term.ok(`${CREATE} Waiting --priority 1 --depends-on ${bad}`);
    const began = join(team.dir, "began");
    // The one that fails does so only once the other one has begun.
    team.conduct({
      implement: `if [ $INCR_TODO_ID = ${bad} ]; then ${until(began)}; else touch ${began}; echo $INCR_TODO_ID > work.txt; echo Work > .incr-commit-message; fi`,
    });
    const { code, stdout, stderr } = await team.term.run("incr job do-all --harness claude --parallel 2 --priority 1");
    expect(code, stderr).toBe(1);
    expect(new Set(todoOf(team).slice(0, 2))).toEqual(new Set([first, bad]));
    expect(new Set(todoOf(team).slice(2))).toEqual(new Set([first, next]));
    const jobs = new Map((await team.jobs()).map((job) => [job.todo_id, job] as const));
    expect(new Set(jobs.keys())).toEqual(new Set([first, bad, next]));
    expect(await team.jobs()).toHaveLength(3);
    expect(jobs.get(bad)).toMatchObject({ status: "failed", reason: "nothing_done" });
    expect(await Promise.all([first, bad, next, later].map(team.todoStatus))).toEqual(["done", "open", "done", "open"]);

    const rows = stdout.split("\n");
    expect(rows[0]).toMatch(/^TODO +RESULT +JOB +CHANGES +TIME +COST +TITLE$/);
    expect(rows[1]).toMatch(new RegExp(`^${bad} +failed +${jobs.get(bad).id} +0 .* Bad$`));
    expect(rows[2]).toMatch(new RegExp(`^${first} +completed +${jobs.get(first).id} +1 .* \\$1\\.00 +First$`));
    expect(rows[3]).toMatch(new RegExp(`^${next} +completed .* Next$`));
    expect(rows.slice(4)).toEqual([
      expect.stringMatching(`^${bad} failed: .*; incr job resume ${jobs.get(bad).id} goes on with it$`),
      `${first}: git merge ${jobs.get(first).branch}`,
      `${next}: git merge ${jobs.get(next).branch}`,
      `${waiting} waits for ${bad}`,
      "3 todos: 1 failed, 2 completed",
      "",
    ]);
    expect(stderr).toMatch(`${first}  round 1: implementing\n`);
    expect(stderr).toMatch(`${first}  ACCEPT\n`);
    expect(stderr).toMatch(
      new RegExp(`^${next} depends on ${first}, which is done on .* not in the base of this job$`, "m"),
    );
    expect(stderr.match(/info\/exclude/g)).toHaveLength(1);
    expect(await team.git(["status", "--porcelain"])).toBe("");
  });

  test("ends all jobs calmly when it is interrupted, and begins no other", async () => {
    const team = await openTeam();
    const ids = [];
    for (const title of ["a", "b", "c"]) ids.push(await team.todo(title));
    team.conduct({ implement: `echo half > work.txt; echo $$ > ${team.dir}/pid-$INCR_TODO_ID; sleep 60` });
    const running = team.term.start("incr job do-all --harness claude --parallel 2 --json");
    const pids = ids.slice(0, 2).map((id) => join(team.dir, `pid-${id}`));
    await waitFor("both agents", () => pids.every((file) => existsSync(file)), { timeout: 40_000 });
    running.kill("SIGINT");
    const { code, stdout, json } = await running.finished;
    expect(code, stdout).toBe(130);
    const attempt = { outcome: "failed", job: { status: "failed", reason: "interrupted", rescue: expect.any(String) } };
    expect(json()).toMatchObject({ attempts: [attempt, attempt], left: [ids[2]], waiting: [] });
    expect(await Promise.all(ids.map(team.todoStatus))).toEqual(["open", "open", "open"]);
    expect(Object.values(team.workspaces())).toMatchObject([{ status: "available" }, { status: "available" }]);
    expect(team.starts().filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  test("stops beginning when a provider takes no more work, and says when it will", async () => {
    const team = await openTeam();
    const ids = [await team.todo("a"), await team.todo("b")];
    const message = "Claude AI usage limit reached|2100000000";
    team.conduct({ implement: { steps: [{ fail: message, status: 429 }] } });
    // In the repository's own words
    await team.write(
      ".incr/templates/implement.md",
      "You work on this todo of the repository: {{todo_title}}, {{message_file}}",
    );
    const { code, stdout } = await team.term.run("incr job do-all --harness claude");
    expect(code, stdout).toBe(76);
    const [job] = await team.jobs();
    expect(job).toMatchObject({ status: "active", todo_id: ids[0], paused_until: "2036-07-18T13:20:00.000Z" });
    expect(stdout).toContain(`${ids[0]} is paused until 2036-07-18T13:20:00.000Z: `);
    expect(stdout).toContain(`incr job resume ${job.id}\n`);
    expect(stdout).toContain(`not begun: ${ids[1]}\n`);
    expect(stdout).toContain("1 todo: 1 paused\n");
    expect(team.starts()[0]?.prompt).toBe("You work on this todo of the repository: a, .incr-commit-message\n");
  });

  test("refuses what cannot be begun, and does nothing where nothing is to be done", async () => {
    const team = await openTeam();
    expect(await team.term.ok("incr job do-all --harness claude")).toBe("no todo is ready");
    const id = await team.todo("a");
    expect(await team.term.ok("incr job do-all --harness claude --type bug --type feature")).toBe("no todo is ready");
    expect(await team.term.fails(2, "incr job do-all --parallel 0")).toContain("--parallel");
    expect(await team.term.fails(2, "incr job do-all --priority urgent")).toContain("priority");
    expect(await team.term.fails(3, "incr job do-all --harness claude --rev nowhere")).toContain("nowhere");
    writeFileSync(join(team.root, "incr.toml"), '[job]\ntest-commands = ["true"]\n');
    expect(await team.term.fails(1, "incr job do-all --harness claude")).toMatch(/^error: incr\.toml runs commands/);
    await team.term.ok("incr trust --yes");
    await team.git(["branch", "incr"]);
    const { code, stdout } = await team.term.run("incr job do-all --harness claude");
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(
        `^TODO .*\n${id} +refused .*\n${id} was not begun: a branch named incr .*\n1 todo: 1 refused\n$`,
      ),
    });
    expect(await team.jobs()).toEqual([]);
    expect(team.starts()).toEqual([]);
  });
});
