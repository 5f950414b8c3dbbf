/** `incr job` with the real opencode, Claude Code and codex, and a model that needs two rounds: its tests fail once, and its reviewer sends it back once. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openClaude, openCodex, openOpencode, type Agent } from "../agents/agent.ts";
import { startModel, type Model } from "../agents/model.ts";
import { projectOn, type Project } from "../support/project.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { codeFor, kindOf, TEST_COMMAND } from "./conduct.mjs";

const OPEN: Record<string, (repo: TestRepo, model: Model) => Promise<Agent>> = {
  opencode: openOpencode,
  claude: openClaude,
  codex: openCodex,
};

interface Real extends Project {
  model: Model;
  /** What was asked of the agents, in order. */
  asked: string[];
}

async function openReal(harness: string): Promise<Real> {
  const repo = await makeRepo();
  const model = await startModel();
  const agent = await OPEN[harness]!(repo, model);
  const bin = makeTempDir("incr-real-");
  symlinkSync(agent.program, join(bin, harness));
  // As root, Claude Code does everything only where it is told that this is a sandbox.
  const env = { ...repo.env, ...agent.env, IS_SANDBOX: "1", PATH: `${bin}:${agent.env["PATH"]}` };
  const project = projectOn({ ...repo, env });
  project.term.env["PATH"] = `${bin}:${project.term.env["PATH"]}`;
  const asked: string[] = [];
  model.conduct = ({ user, results }) => {
    const last = kindOf(user);
    if (results.length >= last.asked) return { say: "Done." };
    asked.push(last.kind);
    return { run: codeFor(user) };
  };
  await project.write(
    "incr.toml",
    `[job]\nharness = "${harness}"\ntest-commands = [${JSON.stringify(TEST_COMMAND)}]\n`,
  );
  await project.term.ok("incr trust --yes 2>/dev/null");
  return { ...project, model, asked };
}

describe.each(Object.keys(OPEN))("%s", (harness) => {
  test("does a todo in two rounds", async () => {
    const real = await openReal(harness);
    const result = await real.term.run("incr job do --full-access --title 'Do the work'", { timeout: 120_000 });
    console.log(result.stdout, result.stderr, real.asked);
    expect(result.code).toBe(0);
  });
});
