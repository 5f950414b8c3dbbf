/**
 * What the hooks cost an agent, as it runs them: the whole line, with its shell, found on the PATH (as by the plugin) and by way of git (as installed for a
 * repository, where the PATH has no incr). In milliseconds beyond node's own start, since that is what is promised.
 *
 * Usage: node bench/hooks.mjs     (needs dist/cli/incr.cjs: npm run build)
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const INCR = fileURLToPath(new URL("../dist/cli/incr.cjs", import.meta.url));
const PLUGIN = fileURLToPath(new URL("../plugin/hooks/hooks.json", import.meta.url));
const RUNS = 20;
const LIMIT_MS = 100;

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchHooks(print = console.log) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "incr-bench-")));
  try {
    const place = prepare(folder);
    const calls = [["node -e 0", { file: process.execPath, args: ["-e", "0"], env: place.withIncr }]];
    for (const [event, line] of readLines(PLUGIN)) calls.push([event, sh(line, place.withIncr)]);
    for (const [event, line] of readLines(join(place.root, ".claude", "settings.json")))
      calls.push([`${event}, by way of git`, sh(line, place.without)]);

    const times = measure(place.root, calls);
    const idle = times.get("node -e 0");
    print("hooks: median time                   beyond node -e 0");
    const broken = [];
    for (const [what, time] of times) {
      if (what === "node -e 0") continue;
      print(`  ${what.padEnd(36)}${(time - idle).toFixed(0).padStart(12)} ms`);
      if (time - idle > LIMIT_MS) broken.push(`the hook ${what} takes at most ${LIMIT_MS} ms beyond node's start`);
    }
    return broken;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A repository with a journal in which a session runs, and hooks of Claude Code. */
function prepare(folder) {
  const root = join(folder, "app");
  const bin = join(folder, "bin");
  mkdirSync(bin);
  symlinkSync(INCR, join(bin, "incr"));
  const common = { HOME: folder, INCR_STATE_DIR: join(folder, "state"), INCR_DATA_DIR: join(folder, "data") };
  const folders = (process.env.PATH ?? "").split(delimiter);
  const without = { ...common, PATH: [dirname(process.execPath), ...folders].join(delimiter) };
  const withIncr = { ...common, PATH: [bin, without.PATH].join(delimiter) };
  execFileSync("git", ["init", "--quiet", root]);
  for (const words of [["install", "claude", "--yes"], ["hello"]])
    execFileSync(process.execPath, [INCR, ...words], { cwd: root, env: withIncr, stdio: "ignore" });
  return { root, withIncr, without };
}

/** Event and command of each hook in a file. */
function readLines(file) {
  const { hooks } = JSON.parse(readFileSync(file, "utf8"));
  return Object.entries(hooks).map(([event, [group]]) => [event, group.hooks[0].command]);
}

function sh(line, env) {
  return { file: "sh", args: ["-c", line], env };
}

/** Takes turns, so that a machine that is busy for a while is busy for all. The first turn fills caches. */
function measure(root, calls) {
  const input = JSON.stringify({ session_id: "bench", cwd: root, prompt: "go on" });
  const times = new Map(calls.map(([what]) => [what, []]));
  for (let turn = 0; turn <= RUNS; turn += 1) {
    for (const [what, { file, args, env }] of calls) {
      const begin = performance.now();
      const { status, stdout } = spawnSync(file, args, { cwd: root, env, input, encoding: "utf8" });
      if (status !== 0 || (what.startsWith("SessionStart") && stdout === "")) throw new Error(`${what} does not work`);
      if (turn > 0) times.get(what).push(performance.now() - begin);
    }
  }
  return new Map([...times].map(([what, all]) => [what, all.toSorted((a, b) => a - b)[RUNS >> 1]]));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchHooks();
  for (const promise of broken) console.log(`not kept: ${promise}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
