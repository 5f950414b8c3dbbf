/** The rules about who may import whom, and who may touch the outside world. A failing rule names the file and the line. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../src/", import.meta.url));

interface Source {
  /** Relative to src, with slashes. */
  file: string;
  text: string;
  /** The text with comments blanked out, line by line the same. */
  code: string;
}

const sources: Source[] = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8");
    return { file: relative(root, path), text, code: blankComments(text) };
  });

/** What each layer may import: layers, modules of node, and packages. Its own files, always. */
const LAYERS: Record<string, { layers: string[]; node: boolean | string[]; packages: string[] }> = {
  domain: { layers: [], node: false, packages: ["valibot"] },
  ports: { layers: ["domain"], node: false, packages: [] },
  // `node:path` only computes.
  usecases: { layers: ["domain", "ports"], node: ["node:path"], packages: [] },
  process: { layers: ["domain", "ports"], node: true, packages: [] },
  store: { layers: ["domain", "ports", "process"], node: true, packages: ["valibot", "fs-native-extensions"] },
  git: { layers: ["domain", "ports", "process", "store"], node: true, packages: [] },
  agents: { layers: ["domain", "ports", "process"], node: true, packages: ["valibot"] },
  jobs: { layers: ["domain", "ports", "process", "agents"], node: true, packages: [] },
  todos: { layers: ["domain", "ports", "process", "store", "git"], node: true, packages: ["valibot"] },
  journal: { layers: ["domain", "ports", "process", "store", "git"], node: true, packages: ["yaml"] },
  config: { layers: ["domain", "ports", "process", "store"], node: true, packages: ["valibot", "smol-toml"] },
  workflows: { layers: ["domain", "ports", "process", "store"], node: true, packages: [] },
  streams: { layers: ["domain", "ports", "process", "store", "agents"], node: true, packages: ["yaml"] },
  install: { layers: ["domain", "ports", "store"], node: true, packages: [] },
};

interface Edge {
  from: string;
  line: number;
  target: string;
  typeOnly: boolean;
}

const edges = sources.flatMap(findEdges);

test("there is something to check", () => {
  expect(sources.length).toBeGreaterThan(40);
  expect(edges.length).toBeGreaterThan(100);
});

describe("imports", () => {
  test("go in the direction of the arrow: cli → usecases → domain, adapters → ports", () => {
    expect(edges.filter((edge) => !isAllowed(edge)).map(show)).toEqual([]);
  });

  test("only one module starts child processes", () => {
    const wrong = edges.filter(
      ({ from, target, typeOnly }) =>
        /^(node:)?child_process$/.test(target) && !typeOnly && from !== "process/child.ts",
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test("carry their extension, and node's own modules their prefix", () => {
    const wrong = edges.filter(({ target }) =>
      target.startsWith(".") ? !target.endsWith(".ts") : isBuiltinWithoutPrefix(target),
    );
    expect(wrong.map(show)).toEqual([]);
  });
});

/**
 * Each rule: what only some files may do. A file may be exempt by saying so and why in its leading docstring: `Exempt from the rule on <name>: …`.
 */
const RESERVED: { name: string; pattern: RegExp; allowed: (file: string) => boolean }[] = [
  { name: "the environment", pattern: /\bprocess\.env\b/, allowed: isIn("cli/start.ts", "cli/host.ts") },
  { name: "exiting", pattern: /\bprocess\.(?:exit|exitCode|abort)\b/, allowed: isIn("cli/start.ts") },
  // A default for callers of the library who do not hand in a clock is fine.
  { name: "time", pattern: /\bDate\.now\(|(?<!\?\? \(?(?:\(\) => )?)\bnew Date\(\)/, allowed: isIn("cli/") },
  {
    name: "the stopwatch",
    pattern: /\bperformance\.(?:now|timeOrigin)\b/,
    allowed: isIn("cli/", "process/", "store/", "git/", "todos/"),
  },
  {
    name: "randomness",
    pattern: /\bMath\.random\(|\brandomBytes\(|\brandomUUID\(|\brandomInt\(/,
    allowed: isIn("cli/compose.ts"),
  },
  {
    name: "stdout and stderr",
    pattern: /\bprocess\.(?:stdout|stderr)\b|\bconsole\.|\bwriteSync\([12],/,
    allowed: isIn("cli/sink.ts", "cli/host.ts", "cli/prompt.ts"),
  },
  { name: "answers", pattern: /\bstdout\.write\(/, allowed: isIn("cli/output.ts") },
];

describe.each(RESERVED)("only a few modules know $name", ({ name, pattern, allowed }) => {
  test("and no other", () => {
    const wrong = sources
      .filter(
        ({ file, text }) =>
          !allowed(file) && !text.slice(0, text.indexOf("*/")).includes(`Exempt from the rule on ${name}: `),
      )
      .flatMap(({ file, code }) => matchingLines(code, pattern).map((line) => `src/${file}:${line}`));
    expect(wrong).toEqual([]);
  });
});

describe("files", () => {
  test("are named by nouns of the glossary, not by what kind of code they hold", () => {
    const vague = sources.filter(({ file }) =>
      /\b(?:utils?|helpers?|common|manager|types|misc|shared|lib)\b/.test(file.replaceAll("/", " ")),
    );
    expect(vague.map(({ file }) => file)).toEqual([]);
  });

  test("are one thought each", () => {
    const long = sources
      .map(({ file, text }) => ({ file, lines: text.split("\n").length }))
      .filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });

  test("hold no unfinished marks", () => {
    const wrong = sources.flatMap(({ file, text }) =>
      matchingLines(text, /\b(?:TODO:|FIXME|XXX|HACK)\b/).map((line) => `src/${file}:${line}`),
    );
    expect(wrong).toEqual([]);
  });
});

test("exported functions have a docstring; that of the file will do for its only one", () => {
  const wrong = sources.flatMap(({ file, text }) => {
    const lines = text.split("\n");
    if (text.startsWith("/**") && matchingLines(text, /^export (?:async )?function/).length === 1) return [];
    return lines.flatMap((line, index) => {
      const name = /^export (?:async )?function\*? (\w+)|^export const (\w+) = (?:async )?\(/.exec(line);
      if (name === null || isDocumented(lines, index) || isCommandBody(file, name[1] ?? name[2] ?? "")) return [];
      return [`src/${file}:${index + 1} ${line.slice(0, 80)}`];
    });
  });
  expect(wrong).toEqual([]);
});

function isAllowed({ from, target }: Edge): boolean {
  const layer = layerOf(from);
  const rules = LAYERS[layer];
  if (target.startsWith(".")) {
    const targetLayer = layerOf(normalize(join(dirname(from), target)));
    return rules === undefined
      ? layer === "cli" || targetLayer !== "cli"
      : targetLayer === layer || rules.layers.includes(targetLayer);
  }
  if (rules === undefined) return true;
  if (target.startsWith("node:")) return Array.isArray(rules.node) ? rules.node.includes(target) : rules.node;
  return rules.packages.some((name) => target === name || target.startsWith(`${name}/`));
}

/** The first folder, or the file itself for what lies directly in src: entry points, which may import everything but the command line. */
function layerOf(file: string): string {
  return file.includes("/") ? (file.split("/")[0] ?? "") : file;
}

function isIn(...places: string[]): (file: string) => boolean {
  return (file) => places.some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place));
}

function isBuiltinWithoutPrefix(target: string): boolean {
  return /^(?:fs|path|os|util|crypto|child_process|url|net|tty|stream|events|timers|readline|module)(?:\/|$)/.test(
    target,
  );
}

/** `run`, `render` and `answer` of a command mean the same everywhere. */
function isCommandBody(file: string, name: string): boolean {
  return file.startsWith("cli/commands/") && ["run", "render", "answer"].includes(name);
}

/** A docstring ends right above, or above lines for the linter and overloads. */
function isDocumented(lines: readonly string[], index: number): boolean {
  let above = index - 1;
  while (above >= 0 && /^\/\/ oxlint-|^export (?:async )?function .*;$/.test(lines[above] ?? "")) above -= 1;
  return /\*\/\s*$/.test(lines[above] ?? "");
}

function findEdges({ file, code }: Source): Edge[] {
  const pattern =
    /\b(import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?"([^"\n]+)"|\bimport\(\s*"([^"\n]+)"\s*\)|\brequire\(\s*"([^"\n]+)"\s*\)/g;
  return [...code.matchAll(pattern)].map((match) => ({
    from: file,
    line: code.slice(0, match.index).split("\n").length,
    target: match[3] ?? match[4] ?? match[5] ?? "",
    typeOnly: match[2] !== undefined || /^(?:import|export)\s*\{(?:\s*type\s+\w+,?)+\s*\}/.test(match[0]),
  }));
}

function show({ from, line, target }: Edge): string {
  return `src/${from}:${line} imports ${target}`;
}

function matchingLines(text: string, pattern: RegExp): number[] {
  return text.split("\n").flatMap((line, index) => (pattern.test(line) ? [index + 1] : []));
}

/** Blanks comments and keeps line breaks; `//` inside of a string (an address) is left alone. */
function blankComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "))
    .replaceAll(/(^|[\s;{}(,])\/\/.*$/gm, "$1");
}

test("the scanner sees what it has to see", () => {
  const scan = (code: string) =>
    findEdges({ file: "domain/x.ts", text: code, code: blankComments(code) }).map(({ target, typeOnly }) => [
      target,
      typeOnly,
    ]);
  expect(scan('import { a,\n b } from "./a.ts";\nexport * from "./b.ts";\nimport "./c.ts";')).toEqual([
    ["./a.ts", false],
    ["./b.ts", false],
    ["./c.ts", false],
  ]);
  expect(
    scan('import type { A } from "node:fs";\nimport { type B } from "./b.ts"; const c = await import("yaml");'),
  ).toEqual([
    ["node:fs", true],
    ["./b.ts", true],
    ["yaml", false],
  ]);
  expect(scan('// import "./no.ts"\n/* import "./no.ts" */ const x = "http://import";')).toEqual([]);
  expect(isAllowed({ from: "domain/a.ts", line: 1, target: "../store/b.ts", typeOnly: false })).toBe(false);
  expect(isAllowed({ from: "domain/a.ts", line: 1, target: "node:fs", typeOnly: false })).toBe(false);
  expect(isAllowed({ from: "usecases/a/b.ts", line: 1, target: "../../cli/c.ts", typeOnly: true })).toBe(false);
  expect(isAllowed({ from: "index.ts", line: 1, target: "./cli/c.ts", typeOnly: false })).toBe(false);
  expect(isAllowed({ from: "usecases/a/b.ts", line: 1, target: "../../ports/c.ts", typeOnly: false })).toBe(true);
  expect(basename(root)).toBe("src");
});
