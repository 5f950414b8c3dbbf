/** `incr agent` with the real opencode, Claude Code and codex, and a model that does what the test says. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HARNESSES, type Harness } from "../../src/domain/config-file.ts";
import { quote } from "../support/project.ts";
import { waitFor } from "../support/wait.ts";
import { LIMIT } from "./agent.ts";
import { commandLines } from "./crew.ts";
import { openRealProject, type RealProject } from "./real-project.ts";

interface Real extends RealProject {
  run(words: string, flags?: string): string;
  last(): Promise<any>;
}

async function openReal(harness: Harness): Promise<Real> {
  const project = await openRealProject(harness);
  return {
    ...project,
    run: (words, flags = "") => `incr agent run --harness ${harness} --full-access ${flags} ${quote(words)}`,
    last: async () => (await project.term.json("incr agent list --all --json")).agent_sessions[0],
  };
}

describe.each(HARNESSES)("%s", LIMIT, (harness) => {
  test("works, is known by its own id, goes on in the same conversation, and leaves nothing behind when it is stopped in the middle of a tool", async () => {
    const real = await openReal(harness);
    const gate = join(real.dir, "gate");
    real.model.conduct = ({ results }) =>
      results.length > 0
        ? { say: `It said ${results[0]?.includes("hi")}` }
        : { run: `echo hi > a.txt; cat a.txt; until [ -e ${gate} ]; do sleep 0.05; done` };
    const running = real.term.start(real.run("Say hi"));
    await waitFor("the model", () => real.model.asked.length > 0);
    const known = await waitFor("its id", async () => {
      const record = await real.last();
      return typeof record?.agent_session_id === "string" ? record : undefined;
    });
    expect(known.status).toBe("active");
    writeFileSync(gate, "");
    const { code, stdout, stderr } = await running.finished;
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "It said true\n" });
    const first = await real.last();
    expect(first).toMatchObject({ status: "completed", agent_session_id: known.agent_session_id, exit_code: 0 });
    expect(first.tokens.output).toBeGreaterThan(0);
    // What the model calls itself in its answers.
    expect(first.model).toMatch(/^(?:fake\/)?fake$/);
    expect(await real.git(["show", `${first.branch}:a.txt`])).toBe("hi");

    const asked = real.model.asked.length;
    real.model.conduct = () => ({ say: "Again" });
    const resumed = await real.term.run(`incr agent resume ${first.id} 'What did I say?'`);
    expect({ code: resumed.code, stdout: resumed.stdout }, resumed.stderr).toEqual({ code: 0, stdout: "Again\n" });
    const second = await real.last();
    expect(second).toMatchObject({
      id: first.id,
      agent_session_id: first.agent_session_id,
      runs: 2,
      status: "completed",
      cwd: first.cwd,
    });
    expect(real.model.asked.length).toBeGreaterThan(asked);
    expect(real.model.asked.at(-1)?.user).toContain("What did I say?");

    // A home of its own is what takes an agent longest: the rest happens in the same one.
    const seconds = `8${process.pid}`;
    const sleepers = () => commandLines().filter((line) => line.includes(seconds) && line.startsWith("sleep "));
    real.model.conduct = () => ({ run: `(setsid sleep ${seconds}1 &); sleep ${seconds}2` });
    const sleeping = real.term.start(real.run("Sleep"));
    await waitFor("its tool", () => sleepers().length === 2, { timeout: 30_000 });
    sleeping.kill("SIGINT");
    expect((await sleeping.finished).code).toBe(130);
    expect(sleepers()).toEqual([]);
    const record = await real.last();
    expect(record).toMatchObject({ status: "killed", reason: "interrupt", agent_session_id: expect.any(String) });

    real.model.conduct = () => ({ say: "Awake" });
    const awake = await real.term.run(`incr agent resume ${record.id} 'Wake up'`);
    expect({ code: awake.code, stdout: awake.stdout }, awake.stderr).toEqual({ code: 0, stdout: "Awake\n" });
  });
});
