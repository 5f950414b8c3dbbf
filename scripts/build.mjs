/**
 * Builds the program and the library:
 *
 *   dist/cli/program.cjs what most commands need of the command line, dist/cli/more.cjs the rest (lazy imports stay lazy inside them)
 *   dist/cli/incr.cjs    starts it, with compiled code from an earlier start; dist/cli/work.cjs starts it as `work`
 *   dist/cli/skills/     what `incr install` puts into repositories
 *   dist/test/           the same with fault points, for the tests
 *   dist/lib/            the typed library, ESM with declarations
 *
 * Usage: node scripts/build.mjs [--force] [cli] [test] [lib]     (cli and lib when none is named)
 *
 * A target whose inputs have not changed since it was built is skipped in a few milliseconds.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { skillFiles } from "./skill.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

/** Has a native binding. */
const EXTERNAL = ["fs-native-extensions"];

const TARGETS = {
  cli: {
    outputs: ["cli/program.cjs", "cli/more.cjs", "cli/incr.cjs", "cli/work.cjs", "cli/skills/session/SKILL.md"],
    build: () => bundle("cli", { faults: false }),
  },
  test: {
    outputs: ["test/program.cjs", "test/more.cjs", "test/incr.cjs", "test/work.cjs", "test/skills/session/SKILL.md"],
    build: () => bundle("test", { faults: true }),
  },
  lib: { outputs: ["lib/index.js", "lib/index.d.ts"], build: emitLibrary },
};

/**
 * Builds the named targets, each only if its sources differ from those it was last built from. Returns the names of those that were built.
 * Several builds may run at once: each writes aside and renames, so that a reader sees the old file or the new one.
 */
export async function build(names = ["cli", "lib"], { force = false } = {}) {
  const inputs = hashInputs();
  const built = [];
  for (const name of names) {
    const target = TARGETS[name];
    if (target === undefined) throw new Error(`no such build target: ${name}`);
    const stamp = join(dist, `.built-${name}`);
    const fresh =
      !force &&
      existsSync(stamp) &&
      readFileSync(stamp, "utf8") === inputs &&
      target.outputs.every((output) => existsSync(join(dist, output)));
    if (fresh) continue;
    await target.build();
    replaceFile(stamp, inputs);
    built.push(name);
  }
  return built;
}

async function bundle(folder, { faults }) {
  const { chunks, main, first } = await splitProgram("src/cli/main.ts", { faults });
  const parts = {
    program: { ids: [...chunks.keys()].filter((id) => first.has(id)), start: `require("${main}");` },
    more: { ids: [...chunks.keys()].filter((id) => !first.has(id)), start: "" },
  };
  const hash = createHash("sha256");
  forgetCompiled(folder);
  for (const [name, { ids, start }] of Object.entries(parts)) {
    const table = ids.map((id) => `"${id}": () => require("${id}")`).join(",");
    const elsewhere = (id) => (ids.includes(id) ? undefined : `./${name === "program" ? "more" : "program"}.cjs#${id}`);
    const text = Buffer.from(await joinChunks(chunks, `exports.chunks = {${table}};\n${start}`, elsewhere)).toString(
      "latin1",
    );
    // As a function, as node itself has it before it runs a module.
    const part = `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
    hash.update(part);
    replaceFile(join(dist, folder, `${name}.cjs`), part);
  }
  const launcher = readFileSync(join(root, "scripts", "launcher.cjs"), "utf8");
  replaceFile(join(dist, folder, "incr.cjs"), launcher.replace("__BUILD__", hash.digest("hex").slice(0, 16)), 0o755);
  replaceFile(join(dist, folder, "work.cjs"), '#!/usr/bin/env node\nrequire("./incr.cjs");\n', 0o755);
  for (const { path, content } of await skillFiles({ faults, version: version() }))
    replaceFile(join(dist, folder, "skills", "session", path), content);
}

/** Compiled code of earlier builds is of no use any more. Programs that run meanwhile may add to it, so that it is first taken away from them. */
function forgetCompiled(folder) {
  const aside = join(dist, `.compiled-${folder}-${process.pid}`);
  try {
    renameSync(join(dist, folder, ".compiled"), aside);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

/** The program that begins at `entry`, as the text of one CommonJS file. */
export async function bundleProgram(entry, { faults }) {
  const { chunks, main } = await splitProgram(entry, { faults });
  return await joinChunks(chunks, `require("${main}");`, () => undefined);
}

const COMMON = {
  platform: "node",
  target: "node20",
  // ASCII: a text with any wider character is held, read and compiled at twice the size.
  charset: "ascii",
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
  // Code that runs unbundled too asks for `__filename` first.
  logOverride: { "empty-import-meta": "silent" },
};

/** Lazily imported modules that most starts need; what only others need is kept out of their way, in a file of its own. */
const FIRST = [
  /^src\/cli\/(compose|help)\.ts$/,
  /^src\/cli\/commands\/(session|workspace|rescue|todo|workflow|hello|log|bye|hook|journal|help)(\/.*)?\.ts$/,
  /^src\/(git|todos|process)\//,
];

/**
 * esbuild alone would lift every function of a lazily imported module to the top of the file, where each start has to make all of them, whatever command was
 * typed. So the modules are first split into chunks by what imports them.
 * @returns the chunks as CommonJS by id, the id of the one to start with, and the ids of those that most starts need
 */
async function splitProgram(entry, { faults }) {
  const esbuild = await import("esbuild");
  const split = await esbuild.build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: { main: entry },
    outdir: dist,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: "esm",
    external: EXTERNAL,
    define: { __INCR_FAULTS__: String(faults), __INCR_VERSION__: JSON.stringify(version()) },
  });
  const names = new Map(split.outputFiles.map(({ path }, index) => [basename(path), `./m${index}.js`]));
  const chunks = new Map();
  await Promise.all(
    split.outputFiles.map(async ({ path, text }) => {
      const imports = text.replaceAll(/"\.\/([\w-]+\.js)"/g, (found, name) =>
        names.has(name) ? `"${names.get(name)}"` : found,
      );
      // `import()` becomes `require()`, which spares the start of the ESM loader.
      const options = { ...COMMON, format: "cjs", supported: { "dynamic-import": false } };
      const { code } = await esbuild.transform(imports, options);
      chunks.set(names.get(basename(path)), withoutInterop(code));
    }),
  );
  return { chunks, main: names.get("main.js"), first: findFirst(split.metafile.outputs, names) };
}

/** The ids of the entry's chunk, of the lazy ones that FIRST names, and of all that these import at once. */
function findFirst(outputs, names) {
  const all = Object.entries(outputs).map(([path, output]) => ({ name: basename(path), ...output }));
  const queue = all.filter(
    ({ name, entryPoint }) => name === "main.js" || FIRST.some((pattern) => pattern.test(entryPoint ?? "")),
  );
  const first = new Set();
  for (let output = queue.pop(); output !== undefined; output = queue.pop()) {
    const id = names.get(output.name);
    if (first.has(id)) continue;
    first.add(id);
    const direct = output.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
    queue.push(...all.filter(({ name }) => direct.includes(name)));
  }
  return first;
}

/**
 * Joins chunks behind `start` into the text of one CommonJS file: each becomes a function of its own, and of one that is not needed V8 reads nothing but the
 * name. `elsewhere` says under which name a chunk is required that is not in this file.
 */
async function joinChunks(chunks, start, elsewhere) {
  const esbuild = await import("esbuild");
  const joined = await esbuild.build({
    ...COMMON,
    stdin: { contents: start, resolveDir: root, sourcefile: "start.js" },
    write: false,
    bundle: true,
    format: "cjs",
    external: EXTERNAL,
    // Names stay, so that the stack trace of a bug can be read.
    minifyWhitespace: true,
    plugins: [fromMemory(chunks, elsewhere)],
  });
  return joined.outputFiles[0].contents;
}

/** Chunks import nothing but each other and node, so nothing has to be copied between the two kinds of modules at every start. */
function withoutInterop(code) {
  return code
    .replace(/module\.exports = __toCommonJS\((\w+)\);/, "module.exports = $1;")
    .replaceAll(/__toESM\((require\("\.\/m\d+\.js"\))\)/g, "$1");
}

function fromMemory(files, elsewhere) {
  return {
    name: "from-memory",
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path }) => {
        if (!files.has(path)) return undefined;
        const other = elsewhere(path);
        return other === undefined ? { path, namespace: "chunk" } : { path: other, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: "chunk" }, ({ path }) => ({ contents: files.get(path), loader: "js" }));
    },
  };
}

function version() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}

function emitLibrary() {
  const aside = join(dist, `.lib-${process.pid}`);
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", aside], {
      cwd: root,
      stdio: "inherit",
    });
    const lib = join(dist, "lib");
    mkdirSync(lib, { recursive: true });
    const kept = new Set(listFiles(aside).map((file) => relative(aside, file)));
    for (const file of kept) replaceFile(join(lib, file), readFileSync(join(aside, file)));
    for (const file of listFiles(lib)) if (!kept.has(relative(lib, file))) rmSync(file);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Everything that decides what the outputs are, as one hash. */
function hashInputs() {
  const hash = createHash("sha256");
  const files = [
    ...listFiles(join(root, "src")),
    ...listFiles(join(root, "skills")),
    ...[
      "scripts/build.mjs",
      "scripts/launcher.cjs",
      "scripts/skill.mjs",
      "package.json",
      "package-lock.json",
      "tsconfig.json",
      "tsconfig.build.json",
    ].map((file) => join(root, file)),
  ];
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .toSorted();
}

function replaceFile(file, content, mode = 0o644) {
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}.tmp`;
  writeFileSync(aside, content);
  chmodSync(aside, mode);
  renameSync(aside, file);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const words = process.argv.slice(2);
  const names = words.filter((word) => !word.startsWith("-"));
  const built = await build(names.length > 0 ? names : undefined, { force: words.includes("--force") });
  process.stderr.write(built.length > 0 ? `built ${built.join(", ")}\n` : "nothing has changed since the last build\n");
}
