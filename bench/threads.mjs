/**
 * What carrying out a thread costs beside its agent: a batch of many threads, one after the other, against a batch of one, and against the same agent called
 * directly. The agent is the small program of the tests.
 *
 * Usage: node bench/threads.mjs     (needs dist/cli: npm run build)
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CLI, makeProject } from "./agent-project.mjs";

const RUNS = 3;
const MANY = 9;
/** What we promise of each thread, in ms. */
const MOST = 100;

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchThreads(print = console.log) {
  const folder = mkdtempSync(join(tmpdir(), "incr-bench-"));
  try {
    const { root, env } = makeProject(folder);
    const call = (file, args, input = "") => {
      const begin = performance.now();
      const { status, stderr } = spawnSync(file, args, { cwd: root, env, input });
      if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
      return performance.now() - begin;
    };
    const work = (...args) => call(process.execPath, [CLI, "work", ...args]);

    const times = { node: [], direct: [], one: [], many: [] };
    const carryOut = (threads, number) => {
      const stream = makeStream(root, work, threads, number);
      return work("multi", "--batch", "1.1", "--max-parallel", "1", "--harness", "claude", "--stream", stream);
    };
    for (let n = 0; n <= RUNS; n += 1) {
      const node = Math.min(...Array.from({ length: 3 }, () => call(process.execPath, ["-e", "0"])));
      const direct = call("claude", ["--print", "--session-id", "11111111-2222-4333-8444-555555555555"], PROMPT);
      const one = carryOut(1, 2 * n + 1);
      const many = carryOut(MANY, 2 * n + 2);
      // The first of each fills caches, and makes the workspace
      if (n > 0) for (const [what, time] of Object.entries({ node, direct, one, many })) times[what].push(time);
    }
    const [node, direct, one, many] = Object.values(times).map((all) => Math.min(...all));
    const cost = (many - one) / (MANY - 1) - direct;
    print("threads: what each costs beside its agent, in ms");
    print(`  ${"node -e 0".padEnd(36)}${node.toFixed(0).padStart(10)}`);
    print(`  ${"the agent called directly".padEnd(36)}${direct.toFixed(0).padStart(10)}`);
    print(`  ${"a batch of one thread".padEnd(36)}${one.toFixed(0).padStart(10)}`);
    print(`  ${`a batch of ${MANY}, one after the other`.padEnd(36)}${many.toFixed(0).padStart(10)}`);
    print(`  ${"scheduling, per thread".padEnd(36)}${cost.toFixed(0).padStart(10)}`);
    return cost > MOST ? [`carrying out a thread costs ${cost.toFixed(0)} ms beside its agent, not ${MOST}`] : [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PROMPT = `@${JSON.stringify([{ say: "done" }])}`;

/** One batch of so many threads, approved. */
function makeStream(root, work, threads, number) {
  const names = Array.from({ length: threads }, (_, n) => String(n + 1).padStart(2, "0"));
  const parts = names.map((name) => `###### Thread ${name}: T${name}\n\n**Summary:**\nx\n\n**Details:**\n- x\n`);
  const plan = `# Plan: S${number}\n\n## Summary\n\nx\n\n## Stages\n\n### Stage 01: A\n\n#### Stage Definition\n\nx\n\n#### Stage Constitution\n\n**Inputs:**\n- none\n\n#### Stage Questions\n\n#### Stage Batches\n\n##### Batch 01: B\n\nx\n\n${parts.join("\n")}`;
  writeFileSync(join(root, "draft.md"), plan);
  const stream = `${String(number).padStart(3, "0")}-s${number}`;
  const file = (name) => join(root, "work", stream, name);
  work("create", "--plan", "draft.md");
  work("approve", "plan", "--stream", stream);
  writeFileSync(
    file("TASKS.md"),
    readFileSync(file("TASKS.md"), "utf8").replaceAll(/^(- \[ \] Task [\d.]+:)$/gm, "$1 x"),
  );
  work("approve", "tasks", "--stream", stream);
  for (const name of names) writeFileSync(file(`prompts/01.01.${name}.md`), PROMPT);
  return stream;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchThreads();
  for (const promise of broken) console.log(`NOT KEPT: ${promise}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
