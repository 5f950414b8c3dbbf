/**
 * What a job costs beside its agents: one with a round of two seconds for each agent against the same agents called directly, and how long it takes to write an iteration
 * down after a thousand of them against after ten. The agents are the small programs of the tests.
 *
 * Usage: node bench/jobs.mjs     (needs dist/cli: npm run build)
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { CLI, makeProject } from "./agent-project.mjs";

const OUT = fileURLToPath(new URL("../dist/bench/", import.meta.url));
const RUNS = 3;
/** What we promise of agents that take two seconds each. */
const MOST = 1.15;
/** What we promise of a thousand iterations: about as fast as ten. */
const MOST_TO_WRITE = 1.2;

/** Implements, accepts, finds nothing left to do, accepts the whole: each in two seconds. */
const CONDUCT = `
export function stepsFor(prompt) {
  const code = prompt.includes(".incr-review\`")
    ? "echo ACCEPT > .incr-review"
    : "test -e work.txt || { echo done > work.txt; echo 'Add the work' > .incr-commit-message; }";
  return [{ wait: 1000 }, { say: "half" }, { run: code + "; sleep 1" }, { say: "done" }];
}
`;
const CALLS = 4;

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchJobs(print = console.log) {
  const folder = mkdtempSync(join(tmpdir(), "incr-bench-"));
  try {
    return [...benchRound(folder, print), ...(await benchRecord(folder, print))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function benchRound(folder, print) {
  const { root, env } = makeProject(folder);
  const conduct = join(folder, "conduct.mjs");
  writeFileSync(conduct, CONDUCT);
  const options = { cwd: root, env: { ...env, FAKE_AGENT_CONDUCT: conduct } };
  const times = { direct: [], job: [] };
  for (let n = 0; n < RUNS + 1; n += 1) {
    const direct = time(() => callDirectly(options, n));
    const job = time(() =>
      run(options, [process.execPath, CLI, "job", "do", "--harness", "claude", "--title", `Work ${n}`]),
    );
    // The first run of each fills caches, and makes the workspace
    if (n === 0) continue;
    times.direct.push(direct);
    times.job.push(job);
  }
  // The best of each: whatever else the machine does only makes them longer.
  const ratio = Math.min(...times.job) / Math.min(...times.direct);
  print("jobs: a round with a review of the whole, as a ratio to its four agents of two seconds called directly");
  print(`  ${"one round".padEnd(36)}${ratio.toFixed(3).padStart(10)}`);
  return ratio > MOST ? [`a job takes ${ratio.toFixed(2)} times as long as its agents, not ${MOST}`] : [];
}

/** What the agents of the job do, without the job. */
function callDirectly({ cwd, env }, n) {
  for (let call = 0; call < CALLS; call += 1) {
    const id = `11111111-2222-4333-8444-${String(n * CALLS + call).padStart(12, "0")}`;
    const folder = join(cwd, "..", "direct");
    mkdirSync(folder, { recursive: true });
    const input = call % 2 === 0 ? "Work" : "Answer in `.incr-review`";
    run({ cwd: folder, env, input }, ["claude", "--print", "--session-id", id]);
  }
}

/** The record of a job with ten iterations and with a thousand, each beside other records, in a state of its own. */
async function benchRecord(folder, print) {
  await build({
    stdin: {
      contents: [
        'export { createJsonStore } from "./src/store/json-store.ts";',
        'export * from "./src/domain/job/job.ts";',
        'export * from "./src/domain/job/changes.ts";',
      ].join("\n"),
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
    },
    outfile: join(OUT, "jobs.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["fs-native-extensions"],
    define: { __INCR_FAULTS__: "false" },
    logOverride: { "empty-import-meta": "silent" },
  });
  const jobs = createRequire(import.meta.url)(join(OUT, "jobs.cjs"));
  const [few, many] = [await openRecord(folder, jobs, 10), await openRecord(folder, jobs, 1000)];
  const times = { few: [], many: [] };
  for (let n = 0; n < 300; n += 1) {
    times.few.push(await timeOf(few));
    times.many.push(await timeOf(many));
  }
  const ratio = quantile(times.many, 0.25) / quantile(times.few, 0.25);
  print("jobs: writing an iteration down after 1 000 of them, as a ratio to after ten");
  print(`  ${"one iteration".padEnd(36)}${ratio.toFixed(3).padStart(10)}`);
  return ratio > MOST_TO_WRITE
    ? [`an iteration after 1 000 takes ${ratio.toFixed(2)} times as long to write down as after ten`]
    : [];
}

/** Writes one more iteration, and takes it back by writing the record as it was. */
async function openRecord(folder, jobs, count) {
  const store = jobs.createJsonStore({ dir: join(folder, `job-${count}`) });
  const now = "2026-01-07T14:30:00.000Z";
  let job = newJob(jobs, now);
  for (let n = 0; n < count; n += 1) job = iterate(jobs, job, n, now);
  await store.transact((tx) => tx.put("jobs", "app/job", job));
  return async () => {
    await store.transact(async (tx) =>
      tx.put("jobs", "app/job", iterate(jobs, await tx.find("jobs", "app/job"), count, now)),
    );
    await store.transact((tx) => tx.put("jobs", "app/job", job));
  };
}

function newJob(jobs, now) {
  return jobs.startJob(
    {
      id: "job",
      repo: "app",
      todo_id: "todo",
      place: { workspace_name: "ws-001", lease_id: "k3xqk3xqk3xqk3xqk3xq" },
      branch: "incr/todo-work",
      base: "0123456789abcdef0123456789abcdef01234567",
      harness: "claude",
      models: {},
      limits: { max_rounds: 2000, time_limit_ms: 3_600_000 },
      process: { host: "h", boot_id: "b", pid: 1, started_at: "1" },
      log: "logs/jobs/app/job.jsonl",
    },
    now,
  );
}

/** A change that is drafted, tested, sent back by the reviewer ten times, then accepted. */
function iterate(jobs, job, n, now) {
  const commit = {
    commit_id: String(n).padStart(40, "0"),
    draft_message: "Add the work\n\nAs the reviewer wants it.\n",
    opencode_session_id: "k3xqk3xq",
  };
  const drafted = jobs.draftCommit(job, { change_id: `change-${n}`, commit }, now);
  const tested = jobs.passTests(drafted, true, now);
  const outcome = n % 10 === 9 ? "ACCEPT" : "REQUEST_CHANGES";
  const review = { outcome, comments: "work.txt:1 is not reviewed".repeat(10), reviewed_at: now };
  const reviewed = jobs.recordReview(tested, review, now);
  return outcome === "ACCEPT" ? jobs.confirmCommit(reviewed, now) : reviewed;
}

function run(options, [file, ...args]) {
  const { status, stderr } = spawnSync(file, args, options);
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
}

function time(work) {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

async function timeOf(work) {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function quantile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchJobs();
  for (const promise of broken) console.log(`NOT KEPT: ${promise}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
