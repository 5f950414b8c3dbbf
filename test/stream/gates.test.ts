/** Approvals: what they ask for, what ends them, and that nothing of the user's is lost on the way. */
import { chmodSync, lstatSync, renameSync, statSync, symlinkSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tasksGate } from "../../src/domain/stream/approval.ts";
import type { Approval } from "../../src/domain/stream/index-record.ts";
import { fillTasks, openApproved, openDesk, openPlanned, STREAM } from "./desk.ts";
import { GOOD_PLAN } from "./plans.ts";

const PLAN = `${STREAM}/PLAN.md`;
const TASKS = `${STREAM}/TASKS.md`;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("work approve plan", () => {
  test("an untouched template is refused, with --force too", async () => {
    const { term, files } = await openDesk();
    await term.ok("work create --name Login");
    for (const line of ["work approve plan", "work approve plan --force"]) {
      expect(await term.fails(1, line)).toMatch(
        /^error: PLAN\.md:7:1: \{\{fill in: what this changes, and why\}\} was not filled in; write what it asks for in its place \(and 12 more\)\nhint: work validate plan/,
      );
    }
    expect(files()).toEqual(["001-login/PLAN.md", "index.json"]);
  });

  test("holds the hash, who and when, and writes TASKS.md; an edit ends it", async () => {
    const { term, json, read, write } = await openPlanned();
    await term.ok("work approve plan");
    expect(json("index.json").streams[0].approval).toEqual({
      status: "approved",
      approved_at: expect.stringMatching(/^\d{4}-.*Z$/),
      approved_by: expect.any(String),
      plan_hash: sha256(GOOD_PLAN),
    });
    expect(read(TASKS)).toMatch(
      /^# Tasks: Login\n\n## Stage 01: Build\n\n### Batch 01: Base\n\n#### Thread 01: Form\n\n- \[ \] Task 01\.01\.01\.01:\n\n#### Thread 02: Page/,
    );
    write(PLAN, `${GOOD_PLAN}\n`);
    expect((await term.json("work status --json")).gates.plan.status).toBe("changed");
    expect(await term.fails(1, "work approve tasks")).toMatch(
      /PLAN\.md was edited since it was approved\nhint: work approve plan/,
    );
    write(PLAN, GOOD_PLAN);
    expect((await term.json("work status --json")).gates.plan.status).toBe("approved");
  });

  test("errors stand in its way unless they are forced, which is recorded", async () => {
    const { term, write, json } = await openPlanned();
    write(PLAN, GOOD_PLAN.replace("**Summary:**\nThe page.\n\n", ""));
    expect(await term.fails(1, "work approve plan")).toMatch(
      /PLAN\.md:42:1: thread 01\.01\.02 has no `\*\*Summary:\*\*`/,
    );
    expect(await term.ok("work approve plan --force")).toContain("approved by force (1 error in PLAN.md)");
    expect(json("index.json").streams[0].approval.forced).toEqual([
      {
        at: expect.any(String),
        by: expect.any(String),
        command: "work approve plan --force",
        reason: "1 error in PLAN.md",
      },
    ]);
    write(PLAN, GOOD_PLAN.replace("### Stage 02", "### Stage 01"));
    expect(await term.fails(1, "work approve plan --force")).toMatch(/stage 01 stands there already/);
  });

  test("a TASKS.md that is there only gets what it lacks", async () => {
    const { term, read, write } = await openPlanned();
    await term.ok("work approve plan");
    const mine = `${fillTasks(read(TASKS))}\nMy own words.\n`;
    write(TASKS, mine);
    await term.ok("work add-thread --stage 1 --batch 1 --name Third --summary s --details=d");
    await term.ok("work approve plan");
    const added = "\n\n#### Thread 03: Third\n\n- [ ] Task 01.01.03.01:";
    expect(read(TASKS)).toBe(mine.replace("- [ ] Task 01.01.02.01: Do it", (line) => line + added));
    await term.ok("work approve plan");
    expect(read(TASKS).split("Thread 03: Third")).toHaveLength(2);
  });

  test("mode and symbolic link of the files stay", async () => {
    const { term, repo, read } = await openPlanned();
    const plan = join(repo.root, "work", PLAN);
    const real = join(repo.root, "plan.md");
    renameSync(plan, real);
    symlinkSync(real, plan);
    chmodSync(real, 0o640);
    await term.ok("work add-stage --name More");
    expect(lstatSync(plan).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(read(PLAN)).toContain("### Stage 03: More");
  });
});

describe("work approve tasks", () => {
  test("reads the list, and writes a prompt for each thread with the plan's own words", async () => {
    const { json, read, files } = await openApproved();
    const { tasks, ...rest } = json(`${STREAM}/tasks.json`);
    expect(rest).toEqual({ version: "1.0.0", stream_id: STREAM, last_updated: expect.any(String) });
    expect(tasks).toHaveLength(5);
    expect(tasks[1]).toEqual({
      id: "01.01.01.02",
      name: "Try it",
      stage_name: "Build",
      batch_name: "Base",
      thread_name: "Form",
      status: "pending",
      created_at: expect.any(String),
      updated_at: expect.any(String),
      sessions: [],
    });
    expect(files().filter((file) => file.endsWith(".md") && file.includes("prompts"))).toEqual(
      ["01.01.01", "01.01.02", "01.02.01", "02.01.01"].map((id) => `${STREAM}/prompts/${id}.md`),
    );
    const prompt = read(`${STREAM}/prompts/02.01.01.md`);
    for (const part of [
      "Release it.",
      "1. tag\n   - sign\n2. push",
      "It is out.",
      "**Inputs:**\n- stage 1",
      "- a page",
      "- 02.01.01.01: Do it",
    ]) {
      expect(prompt).toContain(part);
    }
    expect(prompt).not.toContain("The form.");
  });

  test("hold for the plan that they were made for: its new words have to come into the prompts first", async () => {
    const { term, json, read, write } = await openApproved();
    const old = read(PLAN);
    write(PLAN, old.replace("- make the page", "- make the page blue"));
    await term.ok("work approve plan");
    expect(await term.json("work status --json")).toMatchObject({
      gates: { plan: { status: "approved" }, tasks: { status: "changed" } },
      next: "work approve tasks",
    });
    expect(await term.ok("work status")).toMatch(/^tasks +PLAN\.md was edited since they were approved by /m);
    expect(await term.fails(1, "work execute --thread 1.1.2")).toMatch(
      /^error: nothing is run yet: PLAN\.md was edited since the tasks were approved\nhint: work approve tasks$/m,
    );
    await term.ok("work approve tasks");
    expect(read(`${STREAM}/prompts/01.01.02.md`)).toContain("- make the page blue");
    const { plan_hash, tasks } = json("index.json").streams[0].approval;
    expect(tasks.plan_hash).toBe(plan_hash);

    // Other programs do not note it.
    const index = json("index.json");
    delete index.streams[0].approval.tasks.plan_hash;
    write("index.json", JSON.stringify(index));
    expect((await term.json("work status --json")).gates.tasks.status).toBe("approved");
  });

  test("agents, marks and reports are read", async () => {
    const { term, read, write, json } = await openPlanned();
    await term.ok("work approve plan");
    const marks = ["x", "~", "!", "-", " "]
      .map((mark, index) => `- [${mark}] Task 01.01.01.0${index + 1}: t${index}\n  goes on`)
      .join("\n");
    write(
      TASKS,
      fillTasks(read(TASKS))
        .replace(/- \[ \] Task 01\.01\.01\.01.*\n.*\n/, `${marks}\n  > Report: said\n  > so\n`)
        .replace("Thread 01: Form", "Thread 01: Form @agent:careful"),
    );
    await term.ok("work approve tasks");
    const tasks = json(`${STREAM}/tasks.json`).tasks.slice(0, 5);
    expect(tasks.map((task: any) => task.status)).toEqual([
      "completed",
      "in_progress",
      "blocked",
      "cancelled",
      "pending",
    ]);
    expect(tasks[4]).toMatchObject({ name: "t4 goes on", report: "said\nso", assigned_agent: "careful" });
  });

  test.each<[string, (list: string) => string, RegExp]>([
    [
      "an item that is no task",
      (list) => list.replace("- [ ] Task 01.01.02.01: Do it", "- [ ] Do it"),
      /TASKS\.md:\d+:3: this is not a task: \[ \] Do it; write `- \[ \] Task 01\.01\.02\.01: Do it`/,
    ],
    ["another mark", (list) => list.replace("- [ ] Task 01.01.02.01", "- [?] Task 01.01.02.01"), /this is not a task/],
    [
      "a task of another thread",
      (list) => list.replace("Task 01.01.02.01", "Task 01.02.02.01"),
      /task 01\.02\.02\.01 stands in thread 01\.01\.02/,
    ],
    [
      "a number twice",
      (list) => list.replace("Task 01.01.01.02", "Task 01.01.01.01"),
      /task 01\.01\.01\.01 stands there already, on line 9/,
    ],
    [
      "a thread that the plan has not",
      (list) => `${list}\n#### Thread 09: x\n\n- [ ] Task 02.01.09.01: y\n`,
      /the plan has no thread 02\.01\.09/,
    ],
    [
      "a thread without a task",
      (list) => list.replace("- [ ] Task 01.01.02.01: Do it", "nothing"),
      /thread 01\.01\.02 has no task/,
    ],
    [
      "a thread that is missing",
      (list) => list.replace("#### Thread 02: Page\n\n- [ ] Task 01.01.02.01: Do it\n", ""),
      /thread 01\.01\.02 of the plan is missing/,
    ],
    [
      "another heading",
      (list) => list.replace("#### Thread 02: Page", "#### Page"),
      /"Page" is no heading of a list of tasks/,
    ],
    ["a fence without an end", (list) => `${list}\n\`\`\`\n`, /never closed/],
  ])("%s is an error with its line, and changes nothing", async (_name, change, message) => {
    const { term, read, write, has } = await openPlanned();
    await term.ok("work approve plan");
    write(TASKS, change(fillTasks(read(TASKS))));
    const text = read(TASKS);
    expect(await term.fails(1, "work approve tasks")).toMatch(message);
    expect(read(TASKS)).toBe(text);
    expect(has(`${STREAM}/tasks.json`)).toBe(false);
  });

  test("again: status, report and sessions stay, names change, and no task is dropped that was worked on", async () => {
    const { term, read, write, json } = await openApproved();
    await term.ok("work update --task 1.1.1.2 --status blocked --report no");
    const file = json(`${STREAM}/tasks.json`);
    file.tasks[0].sessions = [
      { sessionId: null, agentName: "a", model: "m/n", startedAt: "2026-01-22T10:00:00.000Z", status: "failed", x: 1 },
    ];
    file.tasks[0].mine = { kept: true };
    write(`${STREAM}/tasks.json`, JSON.stringify(file));
    const list = read(TASKS);
    write(
      TASKS,
      list
        .replace("01.01.01.02: Try it", "01.01.01.02: Try it twice")
        .replace("- [ ] Task 02.01.01.01: Do it", "- [ ] Task 02.01.01.02: Other"),
    );
    const again = await term.run("work approve tasks");
    expect(again.stderr).toBe("task 02.01.01.01 is no more in TASKS.md, and was taken out\n");
    const { tasks } = json(`${STREAM}/tasks.json`);
    expect(tasks[0]).toEqual({ ...file.tasks[0] });
    expect(tasks[1]).toMatchObject({ name: "Try it twice", status: "blocked", report: "no" });
    expect(tasks.map(({ id }: any) => id)).not.toContain("02.01.01.01");

    write(TASKS, list.replace("- [ ] Task 01.01.01.01: Do it\n", ""));
    expect(await term.fails(5, "work approve tasks")).toMatch(
      /TASKS\.md lacks 01\.01\.01\.01, on which agents have worked/,
    );
    expect(json(`${STREAM}/tasks.json`).tasks).toEqual(tasks);
  });

  test("a prompt that was edited stays, and is named", async () => {
    const { term, read, write } = await openApproved();
    write(`${STREAM}/prompts/01.01.01.md`, "mine: 01.01.01.01");
    write(PLAN, GOOD_PLAN.replaceAll("Make it work.", "Make it work well.").replaceAll("- a page", "- two pages"));
    await term.ok("work approve plan");
    const { stderr } = await term.run("work approve tasks");
    // Of what it does not name its agent hears nothing.
    expect(stderr).toContain("prompts/01.01.01.md was edited, and stays as it is, without 01.01.01.02; remove it");
    expect(read(`${STREAM}/prompts/01.01.01.md`)).toBe("mine: 01.01.01.01");
    expect(read(`${STREAM}/prompts/01.01.02.md`)).toContain("- two pages");
  });
});

describe("stages and revoking", () => {
  test("a stage is accepted when its tasks are done and the one before it is", async () => {
    const { term, json } = await openApproved();
    expect(await term.fails(1, "work approve stage 1")).toMatch(/01\.01\.01\.01, .* not completed\nhint: work list 01/);
    for (const thread of ["1.1.1", "1.1.2", "1.2.1"])
      await term.ok(`work update --thread ${thread} --status completed`);
    expect(await term.fails(1, "work approve stage 2")).toMatch(/stage 01 is not approved/);
    expect(await term.ok("work approve stage 01")).toBe("001-login: stage 01 approved");
    expect(await term.ok("work approve stage 2 --force")).toContain("by force (02.01.01.01 not completed)");
    expect(json("index.json").streams[0].approval.stages).toMatchObject({
      "1": { status: "approved" },
      "2": { status: "approved" },
    });
    expect(await term.fails(3, "work approve stage 7")).toMatch(/no stage 07/);
  });

  test("revoking asks for a reason, and ends what hangs on it", async () => {
    const { term } = await openApproved();
    expect(await term.fails(2, "work approve plan --revoke")).toMatch(/--revoke needs --reason/);
    expect(await term.fails(2, "work approve plan --reason x")).toMatch(/--reason goes with --revoke/);
    await term.ok('work approve plan --revoke --reason "too big"');
    expect((await term.json("work status --json")).gates).toMatchObject({
      plan: { status: "revoked", reason: "too big" },
      tasks: { status: "revoked", reason: "along with the plan" },
    });
    expect(await term.ok("work status")).toMatch(
      /^plan +revoked: too big\ntasks +revoked: along with the plan: 5 pending$/m,
    );
    expect(await term.fails(1, "work approve plan --revoke --reason x")).toMatch(/the plan is not approved/);
    expect(await term.fails(1, "work approve stage 1 --revoke --reason x")).toMatch(/stage 01 is not approved/);
    expect(await term.ok("work approve plan")).toBe(
      "001-login: plan approved; TASKS.md is as it was, and `work status` says what comes next",
    );
    expect((await term.json("work status --json")).gates).toMatchObject({
      plan: { status: "approved", reason: null },
      tasks: { status: "approved" },
    });
    await term.ok("work approve tasks --revoke --reason vague && work approve plan --revoke --reason x");
    expect((await term.json("work status --json")).gates.tasks).toMatchObject({ status: "revoked", reason: "vague" });
  });

  test("the tasks say truly why they do not hold", () => {
    const given = { status: "approved", approved_by: "ada", approved_at: "2026-01-22T10:00:00.000Z" };
    const plan = { ...given, plan_hash: "p" };
    const tasks = { ...given, tasks_hash: "t", plan_hash: "p" };
    const revoked = { status: "revoked", reason: "late" };
    const table: [Approval, string | null, string | null, string, string | null][] = [
      [{ ...plan, tasks }, "p", "t", "approved", null],
      [{ ...plan, tasks }, "p", "other", "changed", "TASKS.md was edited"],
      [{ ...plan, tasks }, "p", null, "changed", "TASKS.md was removed"],
      [{ ...plan, tasks }, "other", "t", "changed", "PLAN.md was edited"],
      [{ ...plan, tasks }, null, "t", "changed", "PLAN.md was removed"],
      [{ ...plan, plan_hash: "other", tasks }, "other", "t", "changed", "PLAN.md was edited"],
      [{ ...plan, ...revoked, tasks }, "p", "t", "revoked", "along with the plan"],
      [{ ...plan, ...revoked, tasks }, "p", "other", "revoked", "along with the plan"],
      [{ ...plan, tasks: { ...tasks, ...revoked } }, "other", "t", "revoked", "late"],
      [{ ...plan, ...revoked, tasks: { ...tasks, ...revoked, reason: "vague" } }, "p", "t", "revoked", "vague"],
      [{ tasks }, "p", "t", "none", "the plan is not approved"],
      [{ ...plan, tasks: null }, "p", "t", "none", null],
      [plan, "other", null, "none", null],
    ];
    for (const [approval, planHash, tasksHash, status, reason] of table) {
      expect(tasksGate({ id: "001-x", approval }, planHash, tasksHash)).toMatchObject({ status, reason });
    }
    const lost = tasksGate({ id: "001-x", approval: { ...plan, tasks } }, "p", "t", false);
    expect(lost).toMatchObject({ status: "changed", reason: "tasks.json was removed" });
  });
});
