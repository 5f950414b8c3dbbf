/**
 * What todos cost when there are many: a list of 10 000 and a change of one among them, as ratios to a node that does nothing, to git reading the same
 * files, and to the same with 100 todos.
 *
 * Usage: node bench/todos.mjs     (needs dist/cli/incr.cjs: npm run build)
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const INCR = fileURLToPath(new URL("../dist/cli/incr.cjs", import.meta.url));
const REF = "refs/incr/todos";
const RUNS = 11;

/** Runs all of it. Gives the promises that were not kept, as text. */
export async function benchTodos(print = console.log) {
  const folder = mkdtempSync(join(tmpdir(), "incr-bench-"));
  try {
    const encodeTodo = await loadEncoder();
    const few = fillRepository(folder, encodeTodo, 100);
    const many = fillRepository(folder, encodeTodo, 10_000);
    const idle = median(() => run(process.execPath, ["-e", "0"], few));
    print("todos: median time, as a ratio to             node -e 0      git itself      100 todos");
    const git = { few: median(() => readWithGit(few)), many: median(() => readWithGit(many)) };
    for (const [what, args, asGit] of [
      ["list --json", () => ["todo", "list", "--json"], true],
      ["list", () => ["todo", "list"], true],
      ["ready --limit 1", () => ["todo", "ready", "--limit", "1"], true],
      ["update of one", (repo, n) => ["todo", "update", repo.ids[n], "--title", `Title ${n}`], false],
      ["create", (_, n) => ["todo", "create", `Title ${n}`], false],
    ]) {
      const [small, large] = [few, many].map((repo) =>
        median((n) => run(process.execPath, [INCR, ...args(repo, n)], repo)),
      );
      const label = (count) => `  ${String(what)}, ${count} todos`.padEnd(38);
      print(`${label("100")}${cell(small / idle)}${asGit ? cell(small / git.few) : ""}`);
      print(
        `${label("10 000")}${cell(large / idle)}${cell(asGit ? large / git.many : undefined)}${cell(large / small)}`,
      );
    }
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text of todo files, as the program writes it. */
async function loadEncoder() {
  const entry = fileURLToPath(new URL("../src/todos/format.ts", import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  const { encodeTodo } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`
  );
  return encodeTodo;
}

/** A repository with so many todos, a quarter of them waiting for another one, packed as git keeps them in the long run. */
function fillRepository(folder, encodeTodo, count) {
  const dir = mkdtempSync(join(folder, "repo-"));
  const repo = { dir, folder, ids: Array.from({ length: count }, (_, n) => idOf(n)) };
  run("git", ["init", "--quiet"], repo);
  const time = (n) => new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
  const file = (path, text) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  const files = repo.ids.map((id, n) => {
    const waits =
      n > 0 && n % 4 === 0 ? [{ todo_id: id, depends_on_id: repo.ids[n - 1], created_at: time(n) }] : undefined;
    const todo = {
      id,
      title: `Make part ${n} of the work easier to understand`,
      description: "A sentence or two about what is wanted here, and why it matters to those who use it.",
      status: "open",
      priority: n % 5,
      type: ["task", "bug", "feature"][n % 3],
      created_at: time(n),
      updated_at: time(n),
      dependencies: waits,
    };
    return file(`${id[0]}/${id}.json`, encodeTodo(todo));
  });
  const head = `commit ${REF}\ncommitter bench <bench@localhost> 0 +0000\ndata 0\n`;
  run("git", ["fast-import", "--quiet", "--done"], repo, `${head}${file("version", "1\n")}${files.join("")}done\n`);
  run("git", ["gc", "--quiet"], repo);
  return repo;
}

/** The same files, read by git alone. */
function readWithGit(repo) {
  const tree = run("git", ["ls-tree", "-r", "--format=%(objectname)", REF], repo);
  run("git", ["cat-file", "--batch"], repo, tree);
}

function idOf(n) {
  const digest = createHash("sha256").update(`todo ${n}`).digest();
  return [...digest.subarray(0, 8)].map((byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte & 31]).join("");
}

function run(file, args, { dir, folder }, input = "") {
  const env = { ...process.env, INCR_STATE_DIR: join(folder, "state"), INCR_DATA_DIR: join(folder, "data") };
  // It adds 27 ms to every start of Node 20, and says nothing about the program.
  delete env.NODE_EXTRA_CA_CERTS;
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: dir, env, input, maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

function median(work) {
  const times = Array.from({ length: RUNS }, (_, n) => {
    const begin = performance.now();
    work(n);
    return performance.now() - begin;
  });
  return times.toSorted((a, b) => a - b)[RUNS >> 1];
}

function cell(ratio) {
  return (ratio === undefined ? "" : ratio.toFixed(1)).padStart(15);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const broken = await benchTodos();
  for (const promise of broken) console.error(`not kept: ${promise}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
