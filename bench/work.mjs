/**
 * What workstreams cost: a plan of 10 stages with 5 batches of 5 threads of 5 tasks each, as ratios to a node that does nothing.
 *
 * Usage: node bench/work.mjs     (needs dist/cli/incr.cjs: npm run build)
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const INCR = fileURLToPath(new URL("../dist/cli/incr.cjs", import.meta.url));
const RUNS = 21;
const STREAM = "001-bench";

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchWork(print = console.log) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "incr-bench-")));
  try {
    const approving = approveAll(root);

    const reads = [["status"], ["list"], ["tree"], ["validate"]];
    const update = (n) => [
      "update",
      "--task",
      `${(n % 10) + 1}.1.1.1`,
      "--status",
      "completed",
      "--report",
      `run ${n}`,
    ];
    const calls = [["-e", "0"], ...reads.map((args) => [INCR, "work", ...args]), undefined];
    const times = calls.map(() => []);
    for (let round = 0; round <= RUNS; round++) {
      for (const [index, call] of calls.entries()) {
        const ms = time(root, call ?? [INCR, "work", ...update(round)]);
        if (round > 0) times[index].push(ms);
      }
    }
    const [idle, ...medians] = times.map(median);
    const alone = [];
    const many = [];
    const nothing = [];
    for (let round = 0; round < RUNS; round++) {
      nothing.push(await together(root, 16, () => ["-e", "0"]));
      many.push(await together(root, 16, (n) => [INCR, "work", ...update(n)]));
      // Started and waited for in the same way
      alone.push(await together(root, 1, (n) => [INCR, "work", ...update(n)]));
    }
    const one = median(alone);

    print("1 250 tasks, as a ratio to                       node -e 0");
    const rows = [
      ...reads.map(([name], index) => [`work ${name}`, medians[index] / idle, 2]),
      ["work update", medians.at(-1) / idle, undefined],
      ["approving plan and tasks", approving / idle, 10],
      ["16 times node -e 0 at once, to one update", median(nothing) / one, undefined],
      ["16 updates at once, to one update", median(many) / one, 6],
    ];
    for (const [what, ratio] of rows) print(`  ${what.padEnd(44)} ${ratio.toFixed(2).padStart(9)}`);
    return rows.flatMap(([what, ratio, limit]) =>
      limit !== undefined && ratio > limit ? [`${what}: at most ${limit} times`] : [],
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Makes a repository with a stream. @returns how long it took to approve plan and tasks, in ms */
function approveAll(root) {
  mkdirSync(join(root, ".git", "objects"), { recursive: true });
  mkdirSync(join(root, ".git", "refs"));
  writeFileSync(join(root, ".git", "HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(root, "plan.md"), bigPlan());
  const work = (...args) => time(root, [INCR, "work", ...args]);
  work("create", "--plan", "plan.md");
  return work("approve", "plan") + approveTasks(root, work);
}

/** Fills the list that the plan's approval wrote, outside of the measurement. */
function approveTasks(root, work) {
  const file = join(root, "work", STREAM, "TASKS.md");
  const five = (id) => [1, 2, 3, 4, 5].map((n) => `- [ ] Task ${id}.0${n}: Do part ${n} of it`).join("\n");
  writeFileSync(
    file,
    readFileSync(file, "utf8").replaceAll(/^- \[ \] Task (\d\d\.\d\d\.\d\d)\.01:$/gm, (_, id) => five(id)),
  );
  return work("approve", "tasks");
}

function bigPlan() {
  const pad = (n) => String(n).padStart(2, "0");
  const range = (count, make) => Array.from({ length: count }, (_, index) => make(pad(index + 1))).join("\n");
  const thread = (n) =>
    `###### Thread ${n}: Part ${n}\n\n**Summary:**\nA part.\n\n**Details:**\n- one\n  - two\n\n  \`\`\`ts\n  # no heading\n  \`\`\`\n`;
  const batch = (n) => `##### Batch ${n}: Batch ${n}\n\nSide by side.\n\n${range(5, thread)}`;
  const stage = (n) =>
    `### Stage ${n}: Stage ${n}\n\n#### Stage Definition\n\nDone.\n\n#### Stage Constitution\n\n**Inputs:**\n- none\n\n#### Stage Questions\n\n- [x] Sure? Yes\n\n#### Stage Batches\n\n${range(5, batch)}`;
  return `# Plan: Bench\n\n## Summary\n\nMuch.\n\n## References\n\n- none\n\n## Stages\n\n${range(10, stage)}`;
}

function time(cwd, args) {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, env: environment(cwd), encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  return performance.now() - begin;
}

async function together(cwd, count, args) {
  const begin = performance.now();
  const ends = Array.from({ length: count }, (_, n) => {
    const child = spawn(process.execPath, args(n), { cwd, env: environment(cwd), stdio: "ignore" });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) =>
        code === 0 ? resolve() : reject(new Error(`${args(n).join(" ")}: ended with ${code}`)),
      );
    });
  });
  await Promise.all(ends);
  return performance.now() - begin;
}

/** NODE_EXTRA_CA_CERTS adds to every start of Node 20, and says nothing about the program. */
function environment(home) {
  const { NODE_EXTRA_CA_CERTS: _, XDG_CACHE_HOME: _cache, ...env } = process.env;
  return { ...env, HOME: home };
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchWork();
  for (const promise of broken) console.log(`not kept: ${promise}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
