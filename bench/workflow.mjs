/**
 * What one step of a workflow costs, the start of the program included: by the command, and by the scripts where the test tools are installed; as ratios to
 * a node that does nothing.
 *
 * Usage: node bench/workflow.mjs     (needs dist/cli: npm run build; `node scripts/test-tools.mjs bun node22` for the scripts)
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { installedTool } from "../scripts/test-tools.mjs";

const CLI = fileURLToPath(new URL("../dist/cli/", import.meta.url));
const SCRIPTS = ".claude/skills/session/scripts";
const RUNS = 21;

/** Runs all of it. Gives the promises that were not kept, as text: none was made here. */
export async function benchWorkflow(print = console.log) {
  const folder = mkdtempSync(join(tmpdir(), "incr-bench-"));
  try {
    cpSync(join(CLI, "skills", "session"), join(folder, ".claude", "skills", "session"), { recursive: true });
    const ways = [
      { name: "incr workflow", call: (verb) => [process.execPath, join(CLI, "incr.cjs"), "workflow", verb] },
    ];
    const [bun, node22] = [installedTool("bun"), installedTool("node22")];
    if (bun !== undefined) ways.push({ name: "with bun", call: (verb) => [bun, "run", `${SCRIPTS}/${verb}.ts`] });
    if (node22 !== undefined) ways.push({ name: "with Node 22", call: (verb) => [node22, `${SCRIPTS}/${verb}.ts`] });

    const times = measure(folder, [
      ["idle", () => [process.execPath, "-e", "0"]],
      ...ways.flatMap(({ name, call }) => [
        [`${name} set`, (n) => [...call("set"), "workflow:pr", "git:pr:monitor", JSON.stringify({ pr_number: n })]],
        [`${name} get`, () => [...call("get"), "workflow:pr"]],
      ]),
    ]);
    const idle = times.get("idle");
    print("workflows: median time, as a ratio to node -e 0");
    for (const [what, time] of times)
      if (what !== "idle") print(`  ${what.padEnd(36)}${(time / idle).toFixed(2).padStart(10)}`);
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Takes turns, so that a machine that is busy for a while is busy for all. */
function measure(folder, calls) {
  const times = new Map(calls.map(([what]) => [what, []]));
  for (let n = 0; n < RUNS + 1; n += 1) {
    for (const [what, call] of calls) {
      const [file, ...args] = call(n);
      const begin = performance.now();
      const { status, stderr } = spawnSync(file, args, { cwd: folder, env: environment() });
      if (status !== 0) throw new Error(`${what}: ${stderr}`);
      // The first run of each fills caches
      if (n > 0) times.get(what).push(performance.now() - begin);
    }
  }
  return new Map([...times].map(([what, all]) => [what, all.toSorted((a, b) => a - b)[RUNS >> 1]]));
}

/** NODE_EXTRA_CA_CERTS adds 27 ms to every start of Node 20, and says nothing about the program. */
function environment() {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  return env;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await benchWorkflow();
