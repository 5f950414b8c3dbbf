/** A repository in which `claude` is the small program of the tests, for whatever is measured beside an agent. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const CLI = fileURLToPath(new URL("../dist/cli/incr.cjs", import.meta.url));
const AGENT = fileURLToPath(new URL("../test/agents/fake/agent.mjs", import.meta.url));

/** With one empty commit. Gives the repository and the environment in which programs use it, and nothing of this user's. */
export function makeProject(folder) {
  const root = join(folder, "app");
  const bin = join(folder, "bin");
  for (const path of [root, bin]) mkdirSync(path);
  writeFileSync(join(bin, "claude"), `#!/bin/sh\nexec "${process.execPath}" "${AGENT}" claude "$@"\n`);
  chmodSync(join(bin, "claude"), 0o755);
  const env = environment(folder, bin);
  const identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
  for (const args of [
    ["init", "--quiet"],
    [...identity, "commit", "--quiet", "--allow-empty", "-m", "first"],
  ]) {
    const { status, stderr } = spawnSync("git", args, { cwd: root, env });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  }
  return { root, env };
}

function environment(folder, bin) {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;
  return {
    ...env,
    PATH: `${bin}:${env.PATH}`,
    INCR_STATE_DIR: join(folder, "state"),
    INCR_DATA_DIR: join(folder, "data"),
    FAKE_AGENT_HOME: join(folder, "agents"),
  };
}
