/** A batch carried out by the real opencode, with a model that does what the test says: killed in the middle of a tool, gone on with, and finished. */
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LIMIT, openOpencode, PATIENCE } from "../agents/agent.ts";
import { startModel } from "../agents/model.ts";
import { projectOn } from "../support/project.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { approveIn, filesOf } from "./crew.ts";

test(
  "opencode carries out a batch, is killed in the middle of it, and finishes it in the same conversation",
  LIMIT,
  async () => {
    const repo = await makeRepo();
    const model = await startModel();
    const agent = await openOpencode(repo, model);
    const bin = makeTempDir("incr-real-");
    symlinkSync(agent.program, join(bin, "opencode"));
    const project = projectOn({ ...repo, env: { ...repo.env, ...agent.env } });
    const { term } = project;
    term.env["PATH"] = `${bin}:${term.env["PATH"]}:${agent.env["PATH"]}`;
    await approveIn(project);
    const files = filesOf(project);

    /** How often the model was asked about each thread. */
    const turns = new Map<string, number>();
    model.conduct = ({ user }) => {
      const thread = /hread (\d\d\.\d\d\.\d\d)/.exec(user)?.[1] ?? "";
      const turn = (turns.get(thread) ?? 0) + 1;
      turns.set(thread, turn);
      const work = `echo ${thread} >> ${thread}.txt`;
      if (thread === "01.01.02" && turn === 1) return { run: `${work}; sleep 300` };
      if (turn === (thread === "01.01.02" ? 2 : 1))
        return { run: `${work}; work update --task ${thread}.01 --status completed --report ok` };
      return { say: `Done ${thread}` };
    };
    const patient = { timeout: PATIENCE };
    const running = term.start("work multi --batch 1.1 --full-access", patient);
    const { process: identity } = await waitFor(
      "the tool of one, and the end of the other",
      () =>
        files.records("01.01.01")[0]?.status === "completed" &&
        Object.values<any>(project.state().opencode_sessions).find(({ cwd }) => existsSync(join(cwd, "01.01.02.txt"))),
      patient,
    );
    process.kill(identity.child_pid, "SIGKILL");
    expect((await running.finished).code).toBe(1);
    const [killed] = files.records("01.01.02");
    expect(killed).toMatchObject({
      status: "interrupted",
      sessionId: expect.stringMatching(/^ses_/),
      model: "fake/fake",
    });

    await term.ok("work fix --thread 1.1.2 --resume --piped --full-access", patient);
    expect(files.records("01.01.02")).toMatchObject([
      { status: "interrupted" },
      { status: "completed", sessionId: killed.sessionId },
    ]);
    await term.ok("work multi --batch 1.1", patient);
    const show = async (thread: string) => await project.git(["show", `incr/stream/001-login/base:${thread}.txt`]);
    expect(await show("01.01.01")).toBe("01.01.01");
    expect(await show("01.01.02")).toBe("01.01.02\n01.01.02");
    expect(files.json("tasks.json").tasks[0]).toMatchObject({ status: "completed", report: "ok" });
  },
);
