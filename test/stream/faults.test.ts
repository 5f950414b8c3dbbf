/** `work multi` killed at a certain step: what it left is found, and the batch comes to its end with each thread completed once. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitFor } from "../support/wait.ts";
import { openStreamCrew } from "./crew.ts";

test.each([
  ["conduct:began", "pending"],
  ["conduct:batch", "pending"],
  ["take:reserved", "pending"],
  ["take:confirmed", "interrupted"],
  ["agent:starting", "interrupted"],
  ["agent:started", "interrupted"],
  // The agent had said that it is done.
  ["agent:end-begun", "completed"],
  ["agent:ended", "completed"],
  ["merge:moved", "completed"],
] as const)("at %s, where a thread is %s", async (point, status) => {
  const crew = await openStreamCrew();
  const { term } = crew;
  for (const thread of ["01.01.01", "01.01.02"]) crew.script(thread, [{ run: `echo ${thread} > ${thread}.txt` }]);
  const line = "work multi --batch 1.1 --max-parallel 1";
  const killed = await term.run(line, { env: { INCR_FAULT: point } });
  expect(killed.signal ?? killed.code, killed.stderr).toBe(killed.signal === null ? 137 : "SIGKILL");
  // An agent without anybody to watch over it comes to its end by itself.
  await waitFor("the agents to be gone", () => crew.starts().every(({ pid }) => !isAlive(pid)));

  // Whoever asks what it is settles it; what was never begun is not known to anybody.
  await term.run("incr session list");
  const seen = await crew.thread("01.01.01");
  expect({ status: seen.status, running: seen.running }).toEqual({ status, running: false });
  if (status === "interrupted") await term.ok("work fix --thread 1.1.1 --retry --piped");
  await term.ok(line);
  for (const thread of ["01.01.01", "01.01.02"]) {
    expect(crew.records(thread).map((record) => record.status)).toEqual([
      ...(status === "interrupted" && thread === "01.01.01" ? ["interrupted"] : []),
      "completed",
    ]);
    expect(await crew.git(["show", `incr/stream/001-login/base:${thread}.txt`])).toBe(thread);
  }
  expect(crew.state().opencode_sessions).toEqual({});
  expect(Object.values(crew.workspaces()).filter((one) => one.status !== "available")).toEqual([]);
});

test("a start that is killed while others look on leaves no run behind that never was", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  crew.script("01.01.01", [{ run: "echo form > form.txt" }]);
  const go = join(crew.dir, "go");
  const start = term.start("work execute --thread 1.1.1 --piped", { env: { INCR_FAULT_PAUSE: `take:reserved=${go}` } });
  await waitFor("the start to be reserved", () => existsSync(`${go}.reached`));
  await term.run("work fix");
  await start.killGroup();
  expect((await term.run("incr session list")).stderr).toBe("starting an agent was cut off and is undone\n");
  expect(crew.records("01.01.01")).toEqual([]);
  expect(await crew.thread("01.01.01")).toMatchObject({ status: "pending", running: false, sessions: 0 });
  await term.ok("work execute --thread 1.1.1 --piped");
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
