/**
 * What a note costs, the start of the program included, as a ratio to a node that does nothing; and what a hook adds to node's own start, in milliseconds, which
 * is the one promise that is an absolute time.
 *
 * Usage: node bench/journal.mjs     (needs dist/cli/incr.cjs: npm run build)
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const INCR = fileURLToPath(new URL("../dist/cli/incr.cjs", import.meta.url));
const RUNS = 20;
const HOOK_LIMIT_MS = 100;

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchJournal(print = console.log) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "incr-bench-")));
  try {
    const root = prepare(folder);
    const event = JSON.stringify({ session_id: "bench", cwd: root, prompt: "go on" });
    const times = measure(root, [
      ["node -e 0", ["-e", "0"]],
      ["incr log", [INCR, "log", "a note"]],
      ["incr hello", [INCR, "hello"]],
      ["incr hook session-start", [INCR, "hook", "session-start"], event],
      ["incr hook user-prompt", [INCR, "hook", "user-prompt"], event],
    ]);
    const idle = times.get("node -e 0");
    print("journal: median time                   to node -e 0    beyond it");
    const broken = [];
    for (const [what, time] of times) {
      if (what === "node -e 0") continue;
      print(`  ${what.padEnd(36)}${(time / idle).toFixed(2).padStart(12)}${(time - idle).toFixed(0).padStart(10)} ms`);
      if (what.startsWith("incr hook") && time - idle > HOOK_LIMIT_MS) {
        broken.push(`${what} answers within ${HOOK_LIMIT_MS} ms on top of node's start`);
      }
    }
    return broken;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A repository with a journal in which a session runs. */
function prepare(folder) {
  const root = join(folder, "app");
  execFileSync("git", ["init", "--quiet", root]);
  execFileSync(process.execPath, [INCR, "hello"], { cwd: root, env: environment(folder), stdio: "ignore" });
  return root;
}

/** Takes turns, so that a machine that is busy for a while is busy for all. The first turn fills caches. */
function measure(root, calls) {
  const times = new Map(calls.map(([what]) => [what, []]));
  const env = environment(join(root, ".."));
  for (let turn = 0; turn <= RUNS; turn += 1) {
    for (const [what, args, input = ""] of calls) {
      const begin = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, input, encoding: "utf8" });
      if (status !== 0) throw new Error(`${what}: ${stderr}`);
      if (turn > 0) times.get(what).push(performance.now() - begin);
    }
  }
  return new Map([...times].map(([what, all]) => [what, all.toSorted((a, b) => a - b)[RUNS >> 1]]));
}

function environment(folder) {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    INCR_STATE_DIR: join(folder, "state"),
    INCR_DATA_DIR: join(folder, "data"),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchJournal();
  for (const promise of broken) console.log(`not kept: ${promise}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
