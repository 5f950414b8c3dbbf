/**
 * How long a command takes from its start to its end, against a node that does nothing.
 *
 * Usage: node bench/start.mjs     (needs dist/cli/incr.cjs: npm run build)
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const INCR = fileURLToPath(new URL("../dist/cli/incr.cjs", import.meta.url));
const RUNS = 41;
const SESSIONS = 50;

const ROWS = [
  ["--version", ["--version"], undefined],
  ["session list --json, 50 sessions", ["session", "list", "--json"], 1.6],
  ["session list", ["session", "list"], undefined],
  ["workspace list --json", ["workspace", "list", "--json"], undefined],
];

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchStart(print = console.log) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "incr-bench-")));
  try {
    const { root, env } = prepare(folder);
    const run = (file, args) => {
      const { status, stderr } = spawnSync(file, args, { cwd: root, env, encoding: "utf8" });
      if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
    };
    const commands = [["-e", "0"], ...ROWS.map(([, args]) => [INCR].concat(args))];
    const times = commands.map(() => []);
    // Interleaved, so that whatever else the machine does falls on all of them alike; the first round fills caches.
    for (let round = 0; round <= RUNS; round++) {
      for (const [index, args] of commands.entries()) {
        const start = performance.now();
        run(process.execPath, args);
        if (round > 0) times[index].push(performance.now() - start);
      }
    }
    const [idle, ...medians] = times.map(median);
    print("start to end, as a ratio to                    node -e 0");
    return ROWS.flatMap(([what, , limit], index) => {
      const ratio = medians[index] / idle;
      print(`  ${what.padEnd(44)} ${ratio.toFixed(2).padStart(9)}`);
      return limit !== undefined && ratio > limit ? [`${what}: at most ${limit} times node -e 0`] : [];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A repository with 50 sessions: half of them active, the other half finished in the last days. */
function prepare(folder) {
  const root = join(folder, "app");
  const state = join(folder, "state");
  const env = { PATH: process.env.PATH, HOME: folder, INCR_STATE_DIR: state, INCR_DATA_DIR: join(folder, "data") };
  mkdirSync(root);
  for (const args of [
    ["init", "--quiet"],
    ["-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "--quiet", "--allow-empty", "--message=first"],
  ])
    execFileSync("git", args, { cwd: root, env });
  // One real command makes the files; the records are then multiplied.
  const id = execFileSync(process.execPath, [INCR, "todo", "create", "x"], { cwd: root, env, encoding: "utf8" }).trim();
  execFileSync(process.execPath, [INCR, "session", "start", id], { cwd: root, env, stdio: "ignore" });
  const file = join(state, "state.json");
  const value = JSON.parse(readFileSync(file, "utf8"));
  const [[key, workspace]] = Object.entries(value.workspaces);
  const [session] = Object.values(value.sessions);
  const slug = key.split("/")[0];
  const finished = [];
  for (let n = 1; n < SESSIONS; n++) {
    const name = `ws-${String(n + 1).padStart(3, "0")}`;
    const other = {
      ...session,
      id: `${session.id.slice(0, 5)}${String(n).padStart(3, "0")}`,
      todo_id: `todo${n}`,
      workspace_name: name,
    };
    if (n < SESSIONS / 2) {
      const lease = { ...workspace.lease, lease_id: `lease-${n}`, holder: { type: "session", id: other.id } };
      value.workspaces[`${slug}/${name}`] = { ...workspace, name, lease, path: workspace.path.replace("ws-001", name) };
      value.sessions[`${slug}/${other.id}`] = { ...other, lease_id: lease.lease_id };
    } else {
      const ended = { ...other, status: "completed", completed_at: new Date(Date.now() - n * 3_600_000).toISOString() };
      finished.push(JSON.stringify({ key: `${slug}/${other.id}`, at: ended.completed_at, record: ended }));
    }
  }
  writeFileSync(file, JSON.stringify(value));
  mkdirSync(join(state, "history"), { recursive: true });
  writeFileSync(join(state, "history", "sessions.jsonl"), `${finished.toReversed().join("\n")}\n`);
  return { root, env };
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchStart();
  for (const promise of broken) console.log(`not kept: ${promise}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
