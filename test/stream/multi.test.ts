/** `work multi`: batches one after the other, their threads side by side. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitFor } from "../support/wait.ts";
import { events, openStreamCrew } from "./crew.ts";

test("runs the threads of a batch side by side, merges them, and goes on with the next one up to what is not approved", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const meet = (own: string, other: string) => ({
    run: `touch '${crew.dir}/${own}'; until [ -e '${crew.dir}/${other}' ]; do sleep 0.02; done; echo ${own} > ${own}.txt`,
  });
  crew.script("01.01.01", [meet("form", "page")]);
  crew.script("01.01.02", [meet("page", "form")]);
  crew.script("01.02.01", [{ run: "cat form.txt page.txt > colours.txt" }]);
  crew.script("02.01.01", [{ run: "echo out > out.txt" }]);
  const { code, stdout, stderr } = await term.run("work multi --continue --json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const base = "incr/stream/001-login/base";
  const news = events(stdout);
  expect(news.map(({ type, batch, thread, outcome, status }) => [type, batch ?? thread, outcome ?? status])).toEqual([
    ["began", undefined, undefined],
    ["batch_began", "01.01", undefined],
    ["thread_began", expect.stringMatching(/^01\.01\.0[12]$/), undefined],
    ["thread_began", expect.stringMatching(/^01\.01\.0[12]$/), undefined],
    ["thread_ended", expect.stringMatching(/^01\.01\.0[12]$/), "completed"],
    ["thread_ended", expect.stringMatching(/^01\.01\.0[12]$/), "completed"],
    ["batch_merged", "01.01", undefined],
    ["batch_began", "01.02", undefined],
    ["thread_began", "01.02.01", undefined],
    ["thread_ended", "01.02.01", "completed"],
    ["batch_merged", "01.02", undefined],
    ["ended", undefined, "waiting"],
  ]);
  expect(news.at(-1)).toMatchObject({ next: "work approve stage 1, then work multi --continue", exit_code: 0 });
  expect(await crew.git(["show", `${base}:colours.txt`])).toBe("form\npage");
  for (const thread of ["01.01.01", "01.01.02", "01.02.01"])
    expect(crew.records(thread)).toMatchObject([{ status: "completed" }]);

  // Nothing of it runs again, and what comes next begins when it is approved.
  await term.ok("work multi --batch 1.1");
  expect(crew.starts()).toHaveLength(3);
  await term.ok("work approve stage 1 && work multi --continue");
  expect(crew.starts()).toHaveLength(4);
  expect(await crew.git(["show", `${base}:out.txt`])).toBe("out");
});

test("lets so many run at a time, and stops at a thread that fails; its siblings come to their end", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  crew.script("01.01.01", [{ run: "sleep 0.1" }, { exit: 3 }]);
  crew.script("01.01.02", [{ run: "echo page > page.txt" }]);
  crew.script("01.02.01", [{ name: "colours", turns: [{ exit: 4 }, { say: "ok" }] }]);
  crew.script("02.01.01", [{ say: "ok" }]);
  const { code, stdout } = await term.run("work multi --continue --max-parallel 1 --json");
  expect(code).toBe(1);
  expect(events(stdout).map(({ type, thread }) => `${type} ${thread ?? ""}`)).toEqual([
    "began ",
    "batch_began ",
    "thread_began 01.01.01",
    "thread_ended 01.01.01",
    "thread_began 01.01.02",
    "thread_ended 01.01.02",
    "ended ",
  ]);
  expect(events(stdout).at(-1)).toMatchObject({ status: "failed", next: "work fix", exit_code: 1 });
  expect(await term.fails(1, "work multi --batch 1.2")).toContain(
    "batch 01.01 comes first, and is not done\nhint: work fix, or --force\n",
  );
  // The failed thread is for `work fix`: it does not run again by itself.
  await term.fails(1, "work multi --continue");
  expect(crew.starts()).toHaveLength(2);
  await term.run("work multi --continue --skip-broken");
  expect(crew.starts()).toHaveLength(3);
  expect(await crew.git(["show", "incr/stream/001-login/base:page.txt"])).toBe("page");
  // What was begun out of its turn once need not wait for it again, and nobody waits for what a stage that was accepted has left open.
  await term.ok("work fix --thread 1.2.1 --retry");
  expect(await term.fails(1, "work multi --batch 2.1")).toContain(
    "batch 01.01 comes first, and is not done; the result of stage 01 is not approved\n",
  );
  await term.ok("work approve stage 1 --force && work multi --batch 2.1");
});

test("refuses what is not approved, and what makes no sense", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  expect(await term.fails(2, "work multi")).toContain("say what to run: --batch or --continue");
  expect(await term.fails(2, "work multi --batch 1.1 --continue")).toContain("exclude each other");
  expect(await term.fails(3, "work multi --batch 7.7")).toContain("there is no batch 07.07");
  await term.ok('work approve tasks --revoke --reason "too big"');
  expect(await term.fails(1, "work multi --continue")).toContain("the tasks are not approved");
  crew.script("01.01.01", [{ say: "ok" }]);
  crew.script("01.01.02", [{ say: "ok" }]);
  await term.ok("work multi --batch 1.1 --force");
  const [entry] = JSON.parse(crew.read("../index.json")).streams;
  expect(entry.approval.forced).toMatchObject([
    { command: "work multi --batch 1.1 --force", reason: "the tasks are not approved" },
  ]);
});

test.each(["", " --detach"])("says before the start which threads of a batch name the same file%s", async (flag) => {
  const plan = (await import("./plans.ts")).GOOD_PLAN.replace("- do it", "- change `src/login.ts` and `1.2.3`").replace(
    "- make the page",
    "- use `./src/login.ts`\n\n```sh\ncat `src/other.ts`\n```",
  );
  const crew = await openStreamCrew({ plan });
  crew.script("01.01.01", [{ say: "ok" }]);
  crew.script("01.01.02", [{ say: "ok" }]);
  const { stderr } = await crew.term.run(`work multi --batch 1.1${flag}`);
  const warnings = stderr.split("\n").filter((line) => line.startsWith("warning:"));
  expect(warnings).toEqual([
    "warning: threads 01.01.01 and 01.01.02 run side by side and all name src/login.ts: what they do may not fit together",
  ]);
  expect(stderr.indexOf("warning:")).toBeLessThan(stderr.indexOf(flag === "" ? "begins" : "carries it out"));
  await waitFor("the batch to be merged", () => crew.json("../index.json").streams[0].merges?.["01.01"] !== undefined);
});

test("begins no batch whose approval was taken back meanwhile", async () => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [{ run: `cd '${crew.root}' && incr work approve tasks --revoke --reason late` }]);
  crew.script("01.01.02", [{ say: "ok" }]);
  const { code, stderr } = await crew.term.run("work multi --continue --max-parallel 2");
  expect({ code, starts: crew.starts().length }).toEqual({ code: 0, starts: 2 });
  expect(stderr).toContain("stage 01 waits for an approval; next: work approve tasks, then work multi --continue");
});

test("runs no thread twice, however many begin at the same time", async () => {
  const crew = await openStreamCrew();
  for (const thread of ["01.01.01", "01.01.02"]) {
    crew.script(thread, [{ run: `until [ -e '${crew.dir}/go' ]; do sleep 0.02; done` }]);
  }
  crew.script("01.02.01", [{ say: "ok" }]);
  const running = Array.from({ length: 3 }, () => crew.term.start("work multi --continue"));
  await waitFor("both threads to run", () => crew.starts().length === 2);
  const losers = await waitFor("two to be refused", () => {
    const ended = running.filter(({ child }) => child.exitCode !== null);
    return ended.length === 2 ? ended : undefined;
  });
  for (const { finished } of losers) expect((await finished).code).toBe(4);
  writeFileSync(join(crew.dir, "go"), "");
  await Promise.all(running.map(async ({ finished }) => await finished));
  expect(crew.starts()).toHaveLength(3);
});

test("works in the caller's folder if that is asked for, as many at a time as the configuration says", async () => {
  const crew = await openStreamCrew();
  writeFileSync(join(crew.root, "incr.toml"), '[agent]\nharness = "claude"\n[stream]\nmax-parallel = 1\n');
  for (const thread of ["01.01.01", "01.01.02"]) crew.script(thread, [{ run: `echo ${thread} >> both.txt` }]);
  const { code, stdout } = await crew.term.run("work multi --batch 1.1 --in-place --json");
  expect(code).toBe(0);
  expect(events(stdout).map(({ type, thread }) => `${type} ${thread ?? ""}`)).toEqual([
    "began ",
    "batch_began ",
    "thread_began 01.01.01",
    "thread_ended 01.01.01",
    "thread_began 01.01.02",
    "thread_ended 01.01.02",
    "batch_merged ",
    "ended ",
  ]);
  expect(readFileSync(join(crew.root, "both.txt"), "utf8")).toBe("01.01.01\n01.01.02\n");
  expect(crew.workspaces()).toEqual({});
  expect(await crew.branches()).toEqual(["incr/stream/001-login/base"]);
});

test("waits for a thread that somebody else runs", async () => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [{ run: `until [ -e '${crew.dir}/go' ]; do sleep 0.02; done` }]);
  crew.script("01.01.02", [{ run: `touch '${crew.dir}/go'` }]);
  const other = crew.term.start("work execute --thread 1.1.1");
  await waitFor("it to run", () => crew.starts().length === 1);
  const { stdout } = await crew.term.run("work multi --batch 1.1 --json");
  expect((await other.finished).code).toBe(0);
  // Whoever comes first merges.
  const types = events(stdout).map(({ type }) => type);
  expect(types.filter((type) => type !== "batch_merged")).toEqual([
    "began",
    "batch_began",
    "thread_began",
    "thread_ended",
    "ended",
  ]);
  expect((await crew.term.json("work status --json")).merged).toEqual(["01.01"]);
});

test.each([["SIGINT"], ["SIGHUP"]] as const)(
  "ends its agents with %s, and goes on when it is asked to",
  async (signal) => {
    const crew = await openStreamCrew();
    for (const thread of ["01.01.01", "01.01.02"]) crew.script(thread, [{ name: thread, turns: [[{ stay: true }]] }]);
    const running = crew.term.start("work multi --continue");
    await waitFor("both agents to be at work", () => crew.starts().length === 2);
    running.kill(signal);
    const { code, stderr } = await running.finished;
    expect(code).toBe(signal === "SIGINT" ? 130 : 129);
    expect(stderr).toContain(`interrupted by ${signal}; next: work continue`);
    for (const { pid } of crew.starts()) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    for (const thread of ["01.01.01", "01.01.02"])
      expect(crew.records(thread)).toMatchObject([{ status: "interrupted" }]);
    expect(crew.state().opencode_sessions).toEqual({});
  },
);

test("lets one agent be ended without the others, which the same process watches over", async () => {
  const crew = await openStreamCrew();
  for (const thread of ["01.01.01", "01.01.02"]) {
    crew.script(thread, [{ run: `until [ -e '${crew.dir}/go' ]; do sleep 0.02; done` }, { say: "ok" }]);
  }
  const running = crew.term.start("work multi --batch 1.1 --json");
  await waitFor("both agents to be at work", () => crew.starts().length === 2);
  const { id } = Object.values<any>(crew.state().opencode_sessions).find((one) => one.thread_id === "01.01.01");
  await crew.term.ok(`incr agent kill ${id}`);
  writeFileSync(join(crew.dir, "go"), "");
  const { code, stdout } = await running.finished;
  expect(code).toBe(1);
  const ends = events(stdout).filter(({ type }) => type === "thread_ended");
  expect(ends.map(({ thread, outcome, message }) => [thread, outcome, message])).toEqual([
    ["01.01.01", "interrupted", "it was ended by `incr agent kill`"],
    ["01.01.02", "completed", null],
  ]);
});

test("goes on by itself with --detach, and ends with --stop", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  crew.script("01.01.01", [{ stay: true }]);
  crew.script("01.01.02", [{ say: "ok" }]);
  await term.ok("work multi --batch 1.1 --detach");
  await waitFor("one to be done", async () => crew.records("01.01.02")[0]?.status === "completed");
  expect(await term.fails(4, "work multi --continue")).toContain("carries out 01.01 already");
  const { conductor } = await term.json("work status --json");
  expect(conductor).toEqual({ pid: expect.any(Number), batches: ["01.01"], where: "detached", attach: null });
  expect(await term.ok("work status")).toContain(`process ${conductor.pid} carries out 01.01\n`);
  expect((await term.run("work multi --stop")).stderr).toContain("it was ended, with its agents");
  expect(crew.records("01.01.01")).toMatchObject([{ status: "interrupted" }]);
  // What it has not begun itself goes on, and is named.
  const other = term.start("work fix --thread 1.1.1 --retry");
  await waitFor("the agent to run again", () => crew.starts().length === 3);
  const { id } = await crew.last();
  expect((await term.run("work multi --stop")).stderr).toBe(
    `nobody carries out batches of this stream now\nthread 01.01.01 runs on, begun by somebody else; \`incr agent kill ${id}\` ends it\n`,
  );
  await term.ok(`incr agent kill ${id}`);
  await other.finished;
  expect((await term.run("work multi --stop")).stderr).toBe("nobody carries out batches of this stream now\n");
});
