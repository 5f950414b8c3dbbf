/** `incr wait` for threads, and for what is carried out of a workstream. */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseStreamPart } from "../../src/domain/stream/id.ts";
import { waitFor } from "../support/wait.ts";
import { openStreamCrew } from "./crew.ts";

test("waits until threads have ended, begun or not, and until nobody carries out the stream any more", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const waited = async (line: string) => {
    const { code, stdout } = await term.run(`incr wait --json ${line}`);
    return [code, ...JSON.parse(stdout).sessions];
  };
  crew.script("01.01.01", [{ run: `until [ -e '${crew.dir}/go' ]; do sleep 0.02; done` }]);
  crew.script("01.01.02", [{ say: "ok" }]);
  crew.script("01.02.01", [{ name: "colours", turns: [{ exit: 3 }, { say: "ok" }] }]);
  // Nothing of it will come by itself.
  const never = "it has not been started yet, and nobody carries it out";
  expect(await waited("1.1.1 001-login")).toEqual([
    7,
    { id: "001-login/01.01.01", kind: "thread", status: "pending", outcome: "attention", why: never },
    { id: "001-login", kind: "stream", status: "ready", outcome: "attention", why: "next: work continue" },
  ]);
  expect(await term.fails(3, "incr wait 9.9.9")).toContain('there is no thread "9.9.9"');
  expect(await term.fails(3, "incr wait 002-nothing")).toContain('no workstream "002-nothing"');

  await term.ok("work multi --continue --detach");
  expect(await waited("--timeout 50ms 001-login 1.2.1")).toMatchObject([
    124,
    { kind: "stream", outcome: "running" },
    { id: "001-login/01.02.01", status: "pending", outcome: "running" },
  ]);
  const waiting = term.start("incr wait --json 001-login 001-login/1.1.1 1.2.1");
  await waitFor("the second one to be done", () => crew.records("01.01.02")[0]?.status === "completed");
  expect(waiting.child.exitCode).toBeNull();
  writeFileSync(join(crew.dir, "go"), "");
  const { code, stdout } = await waiting.finished;
  expect([code, JSON.parse(stdout).sessions]).toEqual([
    1,
    [
      { id: "001-login", kind: "stream", status: "broken", outcome: "failed", why: "next: work fix --thread 01.02.01" },
      { id: "001-login/01.01.01", kind: "thread", status: "completed", outcome: "completed", why: null },
      { id: "001-login/01.02.01", kind: "thread", status: "failed", outcome: "failed", why: null },
    ],
  ]);

  await term.ok("work fix --thread 1.2.1 --retry");
  const { id } = await crew.last();
  expect(await waited(`1.2.1 ${id}`)).toMatchObject([0, { id, kind: "agent_session" }, { kind: "thread" }]);
  // What was asked for is not done: the second stage waits.
  expect(await waited("001-login")).toMatchObject([
    7,
    { status: "review", outcome: "attention", why: "next: work approve stage 1" },
  ]);
  await term.ok("work multi --batch 1.2");
  expect(await waited("001-login")).toMatchObject([0, { status: "review", outcome: "completed", why: null }]);
  expect(await term.ok("incr wait 001-login")).toMatch(/^001-login +stream +completed +-$/m);
});

test("lets no agent wait for the thread that it carries out, nor for its stream", async () => {
  const crew = await openStreamCrew();
  const file = join(crew.dir, "refusals");
  const known = `until grep -qw "child_pid\\": *$PPID" ${crew.stateDir}/state.json; do sleep 0.02; done`;
  const refused = "for id in 1.1.1 001-login; do incr wait --timeout 9s $id; done";
  crew.script("01.01.01", [{ run: `${known}; { ${refused}; incr wait --timeout 10ms 1.1.2; } 2> ${file}` }]);
  await crew.term.ok("work execute --thread 1.1.1");
  const why = "ends only after this command, which is part of it and would wait for itself\nhint: leave it out\n";
  expect(readFileSync(file, "utf8")).toBe(`error: thread 001-login/01.01.01 ${why}error: workstream 001-login ${why}`);
});

test("says of which workstream a thread may be where none is the current one", async () => {
  const { path, json, term } = await openStreamCrew();
  writeFileSync(path("../index.json"), JSON.stringify({ ...json("../index.json"), current_stream: null }));
  expect(await term.fails(3, "incr wait 1.2.1")).toBe(
    'error: no thread "1.2.1": no workstream is the current one\nhint: incr wait 001-login/1.2.1, or first: work current --set 001-login\n',
  );
  expect(await term.fails(3, "incr wait 001-login/9.9.9")).toContain('there is no thread "9.9.9"');
  rmSync(path(".."), { recursive: true });
  expect(await term.fails(3, "incr wait 1.2.1")).toBe(
    'error: no thread "1.2.1": there is no workstream yet\nhint: incr session list, incr agent list or incr job list\n',
  );
});

test("does not wait for somebody of whom nobody can tell whether they live", async () => {
  const crew = await openStreamCrew();
  crew.script("01.01.01", [{ say: "ok" }]);
  crew.script("01.01.02", [{ exit: 3 }]);
  await crew.term.run("work multi --batch 1.1");
  // As it was begun on another machine, which shares the state.
  const log = join(crew.stateDir, "logs", "streams", Object.keys(crew.state().repos)[0] ?? "", "001-login.jsonl");
  const began = JSON.parse(readFileSync(log, "utf8").split("\n")[0] ?? "");
  const process = { ...began.process, host: "elsewhere", boot_id: "00000000-0000-4000-8000-000000000000" };
  appendFileSync(log, `${JSON.stringify({ ...began, process })}\n`);
  const { code, stdout } = await crew.term.run("incr wait --json --timeout 20s 001-login 1.1.1 1.1.2 1.2.1");
  const why = `whether process ${process.pid} still carries it out cannot be told from here`;
  expect([code, JSON.parse(stdout).sessions]).toMatchObject([
    1,
    [
      { kind: "stream", outcome: "attention", why },
      { outcome: "completed" },
      { outcome: "failed" },
      { status: "pending", outcome: "attention", why },
    ],
  ]);
  // Nor does anybody try to end a process of this machine that happens to have the same number.
  const [, way = ""] =
    /^error: process \d+ cannot be ended from here: .* elsewhere.*\nhint: .*; if that is gone for good: (mv .*)$/m.exec(
      await crew.term.fails(4, "work multi --stop"),
    ) ?? [];
  await crew.term.ok(way);
  expect(await crew.term.ok("work multi --stop")).toBe("");
  expect((await crew.term.run("incr wait 1.2.1")).stdout).toContain("nobody carries it out");
});

test("does not wait for a thread that nobody watches over any more", async () => {
  const crew = await openStreamCrew();
  const begun = join(crew.dir, "begun");
  crew.script("01.01.01", [{ run: `: > '${begun}'; exec sleep 600` }]);
  const running = crew.term.start("work execute --thread 1.1.1");
  await waitFor("its tool to run", () => existsSync(begun));
  running.kill("SIGKILL");
  await running.finished;
  for (const id of ["1.1.1", "001-login"]) {
    expect((await crew.term.run(`incr wait ${id}`)).stdout).toMatch(/needs attention +what watched over it is gone/);
  }
  await crew.term.ok(`incr agent kill ${(await crew.last()).id}`);
  expect((await crew.term.run("incr wait 1.1.1")).code).toBe(1);
});

test.each([
  ["1.2.3", { thread: "1.2.3" }],
  ["001-login", { stream: "001-login" }],
  ["001-login/01.02.03", { stream: "001-login", thread: "01.02.03" }],
  ["1.2", undefined],
  ["k3j2", undefined],
  ["001", undefined],
  ["001-login/x", undefined],
  ["", undefined],
])("%s", (text, part) => {
  expect(parseStreamPart(text)).toEqual(part);
});
