/**
 * Builds the program and the library:
 *
 *   dist/cli/program.cjs the command line in chunks, with an index of where each begins and what it needs
 *   dist/cli/incr.cjs    starts those chunks that a command needs, with compiled code from earlier starts; dist/cli/work.cjs starts it as `work`
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
    outputs: ["program.cjs", "incr.cjs", "work.cjs", "skills/session/SKILL.md"].map((file) => `cli/${file}`),
    build: () => bundle("cli", { faults: false }),
  },
  test: {
    outputs: ["program.cjs", "incr.cjs", "work.cjs", "skills/session/SKILL.md"].map((file) => `test/${file}`),
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
  const { text, build } = joinChunks(await splitProgram({ faults }));
  forgetCompiled(folder);
  replaceFile(join(dist, folder, "program.cjs"), text);
  replaceFile(join(dist, folder, "incr.cjs"), await makeLauncher(build, { faults }), 0o755);
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

/** In one file, and without its comments, which every start would read. */
async function makeLauncher(build, { faults }) {
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    ...COMMON,
    entryPoints: [join(root, "scripts", "launcher.cjs")],
    bundle: true,
    write: false,
    format: "cjs",
    minifyWhitespace: true,
    define: { __INCR_FAULTS__: String(faults) },
  });
  return outputFiles[0].text.replace("__BUILD__", build);
}

/** The program that begins at `entry`, as the text of one CommonJS file. */
export async function bundleProgram(entry, { faults }) {
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({ ...bundling({ faults }), entryPoints: [entry], format: "cjs" });
  return outputFiles[0].contents;
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

const bundling = ({ faults }) => ({
  ...COMMON,
  absWorkingDir: root,
  outdir: dist,
  write: false,
  bundle: true,
  external: EXTERNAL,
  define: {
    __INCR_FAULTS__: String(faults),
    __INCR_VERSION__: JSON.stringify(version()),
    __INCR_BUILD__: JSON.stringify(hashInputs().slice(0, 16)),
  },
});

/**
 * esbuild alone would lift every function of a lazily imported module to the top of the file, where each start has to make all of them, whatever command was
 * typed. So the modules are split into chunks by what imports them.
 * @returns the chunks as CommonJS, each with its id and the ids of those that it imports at once; the entry's chunk is the first
 */
async function splitProgram({ faults }) {
  const esbuild = await import("esbuild");
  const { outputFiles, metafile } = await esbuild.build({
    ...bundling({ faults }),
    entryPoints: { main: "src/cli/main.ts", schemas: "scripts/valibot/whole.mjs" },
    external: [...EXTERNAL, SCHEMAS],
    plugins: [lazySchemas],
    metafile: true,
    splitting: true,
    format: "esm",
  });
  const imports = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [
      basename(path),
      output.imports.filter(({ kind, external }) => kind === "import-statement" && !external),
    ]),
  );
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const names = [...texts.keys()].toSorted((a, b) => Number(b === "main.js") - Number(a === "main.js"));
  const ids = new Map(names.map((name, number) => [name, `./${number}`]));
  const idOf = (path) => ids.get(path === SCHEMAS ? "schemas.js" : path.replace("./", "")) ?? path;
  return await Promise.all(
    names.map(async (name) => ({
      id: ids.get(name),
      needs: imports.get(name).map(({ path }) => ids.get(basename(path))),
      code: await toCommonJs(
        texts.get(name).replaceAll(/"(\.\/[\w-]+\.js|valibot\/whole)"/g, (_, path) => JSON.stringify(idOf(path))),
      ),
    })),
  );
}

/** What `scripts/valibot/lazy.mjs` calls the chunk with the library itself. */
const SCHEMAS = "valibot/whole";
const lazySchemas = {
  name: "lazy-schemas",
  setup(build) {
    build.onResolve({ filter: /^valibot$/ }, ({ importer }) =>
      importer.endsWith("whole.mjs")
        ? undefined
        : { path: join(root, "scripts", "valibot", "lazy.mjs"), sideEffects: false },
    );
  },
};

/** `import()` becomes `require()`, which spares the start of the ESM loader. Names stay, so that the stack trace of a bug can be read. */
async function toCommonJs(text) {
  const esbuild = await import("esbuild");
  const { code } = await esbuild.transform(text, {
    ...COMMON,
    format: "cjs",
    supported: { "dynamic-import": false },
  });
  // Chunks import nothing but each other and node, so nothing has to be copied between the two kinds of modules at every start.
  const bare = code
    .replace(/module\.exports = __toCommonJS\((\w+)\);/, "module.exports = $1;")
    .replaceAll(/__toESM\((require\("\.\/\d+"\))\)/g, "$1");
  const chunk = (await esbuild.transform(bare, { ...COMMON, minifyWhitespace: true, treeShaking: true })).code;
  // esbuild leaves them in regular expressions.
  return chunk.replaceAll(/[^\0-\x7F]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * One script whose value is a function that gives all chunks by id. The launcher makes the same of some of them, each beginning in the same line, so that the
 * place in a stack trace is a place in this file. Its first line says which build it is and where in it the index begins, its last line is the index.
 */
function joinChunks(chunks) {
  const build = createHash("sha256").update(JSON.stringify(chunks)).digest("hex").slice(0, 16);
  const begin = (offset) =>
    `(function(require,__filename,__dirname){return{//${build} ${String(offset).padStart(10)}\n`;
  let text = begin(0);
  let line = 1;
  const index = {};
  for (const { id, needs, code } of chunks) {
    // ASCII, so that a character is a byte.
    const part = `"${id}":function(exports,module){${code.trimEnd()}\n},\n`;
    const lines = part.split("\n").length - 1;
    index[id] = { offset: text.length, length: part.length, line, lines, needs };
    text += part;
    line += lines;
  }
  const end = "}})\n//";
  return { text: `${text.replace(begin(0), begin(text.length + end.length))}${end}${JSON.stringify(index)}\n`, build };
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
    ...listFiles(join(root, "scripts", "valibot")),
    ...[
      "scripts/build.mjs",
      "scripts/handover.cjs",
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
