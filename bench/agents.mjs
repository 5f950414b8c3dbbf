/**
 * What watching over an agent costs: a run of two seconds through `incr agent run`, in place and in a workspace of its own, against the same agent called
 * directly. The agents are the small programs of the tests.
 *
 * Usage: node bench/agents.mjs     (needs dist/cli: npm run build)
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CLI, makeProject } from "./agent-project.mjs";

const RUNS = 5;
/** What we promise of a run of two seconds. */
const MOST = 1.15;
const PROMPT = `@${JSON.stringify([{ wait: 1000 }, { say: "half" }, { run: "sleep 1" }, { say: "done" }])}`;

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchAgents(print = console.log) {
  const folder = mkdtempSync(join(tmpdir(), "incr-bench-"));
  try {
    const { root, env } = makeProject(folder);
    const run = (...flags) => [process.execPath, CLI, "agent", "run", "--harness", "claude", ...flags, PROMPT];
    const direct = ["claude", "--print", "--session-id", "11111111-2222-4333-8444-555555555555"];
    const times = measure({ cwd: root, env }, [
      ["called directly", direct, PROMPT],
      ["in place", run("--in-place"), ""],
      ["in a workspace of its own", run(), ""],
    ]);
    const least = times.get("called directly");
    print("agents: a run of two seconds, as a ratio to the agent called directly");
    for (const [what, time] of times) print(`  ${what.padEnd(36)}${(time / least).toFixed(3).padStart(10)}`);
    const worst = times.get("in a workspace of its own") / least;
    return worst > MOST
      ? [`a run of an agent takes ${worst.toFixed(2)} times as long as without incr, not ${MOST}`]
      : [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Takes turns, so that a machine that is busy for a while is busy for all. */
function measure(options, calls) {
  const times = new Map(calls.map(([what]) => [what, []]));
  for (let n = 0; n < RUNS + 1; n += 1) {
    for (const [what, [file, ...args], input] of calls) {
      const begin = performance.now();
      const { status, stderr } = spawnSync(file, args, { ...options, input });
      if (status !== 0) throw new Error(`${what}: ${stderr}`);
      // The first run of each fills caches, and makes the workspace
      if (n > 0) times.get(what).push(performance.now() - begin);
    }
  }
  return new Map([...times].map(([what, all]) => [what, all.toSorted((a, b) => a - b)[RUNS >> 1]]));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchAgents();
  for (const promise of broken) console.log(`NOT KEPT: ${promise}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
