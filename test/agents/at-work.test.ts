/** Nobody takes a workspace from under an agent that works in it, but the agent itself may end what it works on. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { spawnProcess } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { openCrew } from "./crew.ts";

test("a session, or a workspace, in which an agent works is not ended by others", async () => {
  const crew = await openCrew();
  const { todo, path } = await crew.start();
  const gate = join(crew.dir, "gate");
  const wait = `while [ ! -e ${gate} ]; do sleep 0.05; done`;
  const running = crew.startAgent("claude", [{ run: `touch ${gate}.begun; ${wait}; echo mine > mine` }], "", {
    in: crew.term.in(path),
  });
  await waitFor("the agent to begin", () => existsSync(`${gate}.begun`));
  const { id } = await crew.last();
  for (const verb of ["done", "fail"]) {
    const stderr = await crew.term.fails(4, `incr session ${verb} ${todo}`);
    expect(stderr).toContain(`error: agent session ${id} still works in ws-001: `);
    expect(stderr).toContain(`hint: wait for it with \`incr wait ${id}\`, or end it with \`incr agent kill ${id}\`\n`);
  }
  expect((await crew.session((await crew.sessions())[0].id)).status).toBe("active");
  writeFileSync(gate, "");
  expect((await running.finished).code).toBe(0);
  await crew.term.ok(`incr session done ${todo}`);
  expect(await crew.git(["show", `incr/${todo}-fix-the-login:mine`])).toBe("mine");
});

test("an agent may end the session that it works on", async () => {
  const crew = await openCrew();
  const { todo, path } = await crew.start();
  const run = `echo mine > mine; incr session done ${todo} > ${crew.dir}/said 2>&1`;
  const { stderr } = await crew.agent("claude", [{ run }], "", { in: crew.term.in(path) });
  expect((await crew.sessions())[0], stderr).toMatchObject({ status: "completed" });
  expect(await crew.git(["show", `incr/${todo}-fix-the-login:mine`])).toBe("mine");
});

test("of an agent that a person started by hand they are told, since they are there", async () => {
  const crew = await openCrew();
  const { todo, path } = await crew.start();
  const transcript_path = `${path}/.claude/projects/x.jsonl`;
  const report = JSON.stringify({ session_id: "11111111-2222-4333-8444-555555555555", cwd: path, transcript_path });
  // Neither a shell nor ours: what the hook takes for the agent.
  const script = `require("node:child_process").spawnSync("sh", ["-c", process.argv[1]]); setInterval(() => {}, 1000);`;
  const line = `echo '${report}' | incr hook session-start`;
  const agent = spawnProcess(process.execPath, ["-e", script, line], { cwd: path, env: crew.term.env });
  agent.finished.catch(() => undefined);
  await waitFor("it to be noted", async () => await crew.last());
  const { code, stderr } = await crew.term.run(`incr session done ${todo}`);
  expect([code, stderr]).toEqual([0, expect.stringContaining("claude still runs in ws-001; ")]);
});

test("a workspace that a person holds is not released under an agent", async () => {
  const crew = await openCrew();
  const path = await crew.term.ok("incr workspace acquire --purpose x");
  const running = crew.startAgent("claude", [{ run: `echo $$ > ${crew.dir}/pid; exec sleep 600` }], "", {
    in: crew.term.in(path),
  });
  await waitFor("the agent to begin", () => existsSync(`${crew.dir}/pid`));
  const { id } = await crew.last();
  expect(await crew.term.fails(4, "incr workspace release 1")).toContain(`agent session ${id} still works in ws-001`);
  await crew.term.ok(`incr agent kill ${id}`);
  await running.finished;
  await crew.term.ok("incr workspace release 1");
});
