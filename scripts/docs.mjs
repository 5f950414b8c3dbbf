/**
 * Makes the reference pages and the JSON Schemas from the declarations of commands, the table of errors and the schemas of records, so that they cannot
 * differ from what the program does: docs/reference/*.md, the same for the skills about workstreams, and schemas/**.json.
 *
 * Usage: node scripts/docs.mjs [--check]     (--check writes nothing and fails if a file is not what it should be)
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { keepDocComments } from "./docs/doc-comments.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Folders of which every file is generated. */
const GENERATED = [
  "docs/reference",
  "plugin/skills/implementing-workstreams/reference",
  "plugin/skills/planning-workstreams/reference",
  "schemas",
];

const wanted = await generate();
const differing = [...compare(wanted)];
if (process.argv.includes("--check")) {
  for (const file of differing) process.stdout.write(`${file} is not in sync with the sources\n`);
  if (differing.length > 0) process.stdout.write("run `npm run docs` and commit what it writes\n");
  process.exitCode = differing.length > 0 ? 1 : 0;
} else {
  for (const file of differing) write(file, wanted.get(file));
  process.stderr.write(differing.length > 0 ? `wrote ${differing.join(", ")}\n` : "everything is in sync\n");
}

/** Bundles the generator with the sources (Node cannot read TypeScript by itself) and runs it: file name → content. */
async function generate() {
  const esbuild = await import("esbuild");
  const bundle = join(root, ".cache", `docs-${process.pid}.cjs`);
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["scripts/docs/main.ts"],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "cjs",
    mainFields: ["module", "main"],
    external: ["fs-native-extensions"],
    define: { __INCR_FAULTS__: "false" },
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
    plugins: [keepDocComments(root)],
  });
  try {
    const { default: main } = await import(pathToFileURL(bundle).href);
    return new Map(Object.entries(await main.generateFiles()));
  } finally {
    rmSync(bundle, { force: true });
  }
}

function* compare(files) {
  const present = GENERATED.flatMap((folder) => listFiles(join(root, folder))).map((file) => relative(root, file));
  for (const file of new Set([...files.keys(), ...present])) {
    const content = present.includes(file) ? readFileSync(join(root, file), "utf8") : undefined;
    if (content !== files.get(file)) yield file;
  }
}

function write(file, content) {
  const path = join(root, file);
  if (content === undefined) return rmSync(path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function listFiles(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  } catch {
    return [];
  }
}
