/**
 * What a workspace costs in a repository of 20 000 files: taking one from the pool (the start of the program included) against `git worktree add`, and
 * giving it back with work in it.
 *
 * Usage: node bench/workspace.mjs     (needs dist/cli: npm run build)
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const CLI = fileURLToPath(new URL("../dist/cli/incr.cjs", import.meta.url));
const FILES = 20_000;
const RUNS = 3;
/** What we promise of taking one from the pool. */
const MOST = 0.5;

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchWorkspaces(print = console.log) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "incr-bench-")));
  try {
    const root = prepare(folder);
    const times = measure(folder, root);
    const add = times.get("git worktree add");
    print(`workspaces: ${FILES} files, as a ratio to git worktree add`);
    for (const [what, time] of times) print(`  ${what.padEnd(36)}${(time / add).toFixed(3).padStart(10)}`);
    const ratio = times.get("incr workspace acquire") / add;
    return ratio > MOST
      ? [`a workspace from the pool takes ${ratio.toFixed(2)} of the time of git worktree add, not ${MOST}`]
      : [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A repository whose workspace in the pool stands where the last session left it: at another commit than the next one starts from. */
function prepare(folder) {
  const root = join(folder, "app");
  for (let n = 0; n < FILES; n += 1) {
    const directory = join(root, `d${n % 200}`);
    if (n < 200) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${n}.txt`), `file ${n}\n${"line\n".repeat(20)}`);
  }
  const git = caller(folder, root, "git");
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "x");
  git("config", "user.email", "x@example.com");
  git("add", ".");
  git("commit", "--quiet", "-m", "first");
  const incr = caller(folder, root, process.execPath, CLI);
  incr("workspace", "acquire", "--purpose", "bench");
  incr("workspace", "release", "1");
  return root;
}

/** Takes turns, so that a machine that is busy for a while is busy for all. The first turn fills caches. */
function measure(folder, root) {
  const git = caller(folder, root, "git");
  const incr = caller(folder, root, process.execPath, CLI);
  const times = new Map();
  const clock = (turn, what, work) => {
    const begin = performance.now();
    const out = work();
    if (turn > 0) times.set(what, [...(times.get(what) ?? []), performance.now() - begin]);
    return out;
  };
  for (let turn = 0; turn <= RUNS; turn += 1) {
    // The next session starts somewhere else, as it does in life.
    writeFileSync(join(root, "d0", "f0.txt"), `turn ${turn}\n`);
    git("commit", "--quiet", "--all", "-m", `turn ${turn}`);
    clock(turn, "git worktree add", () => git("worktree", "add", "--quiet", "--detach", join(folder, "tree")));
    git("worktree", "remove", "--force", join(folder, "tree"));
    const path = clock(turn, "incr workspace acquire", () => incr("workspace", "acquire", "--purpose", "bench")).trim();
    for (let n = 0; n < 10; n += 1) writeFileSync(join(path, `d${n}`, `new${n}.txt`), `turn ${turn}\n`);
    clock(turn, "incr workspace release, 10 new files", () => incr("workspace", "release", "1"));
  }
  return new Map([...times].map(([what, all]) => [what, all.toSorted((a, b) => a - b)[RUNS >> 1]]));
}

function caller(folder, cwd, file, ...first) {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    HOME: folder,
    INCR_STATE_DIR: join(folder, "state"),
    INCR_DATA_DIR: join(folder, "data"),
  };
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(file, [...first, ...args], { cwd, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
    return stdout;
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchWorkspaces();
  for (const promise of broken) console.log(`NOT KEPT: ${promise}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
