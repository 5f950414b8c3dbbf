/** A project in which the real opencode, Claude Code or codex can be run by incr, with a model that does what the test says. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Harness } from "../../src/domain/config-file.ts";
import { projectOn, type Project } from "../support/project.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openClaude, openCodex, openOpencode, type Agent } from "./agent.ts";
import { startModel, type Model } from "./model.ts";

const OPEN: Record<Harness, (repo: TestRepo, model: Model) => Promise<Agent>> = {
  opencode: openOpencode,
  claude: openClaude,
  codex: openCodex,
};

export interface RealProject extends Project {
  model: Model;
  /** The agent's own home folder. */
  home: string;
}

/** Opens it, with one of them on the PATH. */
export async function openRealProject(harness: Harness): Promise<RealProject> {
  const repo = await makeRepo();
  const model = await startModel();
  const agent = await OPEN[harness](repo, model);
  const bin = makeTempDir("incr-real-");
  symlinkSync(agent.program, join(bin, harness));
  // As root, Claude Code does everything only where it is told that this is a sandbox.
  const env = { ...repo.env, ...agent.env, IS_SANDBOX: "1", PATH: `${bin}:${agent.env["PATH"]}` };
  const project = projectOn({ ...repo, env });
  project.term.env["PATH"] = `${bin}:${project.term.env["PATH"]}`;
  return { ...project, model, home: agent.home };
}
