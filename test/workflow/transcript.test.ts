/** The documented examples, typed in all three ways; and whatever else is typed, all three do the same. */
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runProcess, type Finished } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import {
  DOCUMENTED,
  readArchives,
  readFiles,
  readState,
  sameTimes,
  sessionsFolder,
  statePath,
  writeState,
} from "./files.ts";
import { copyScripts, openWays, SCRIPTS, WAY_NAMES, type Verb, type Way, type WayName } from "./ways.ts";

let ways: Record<WayName, Way>;
beforeAll(async () => {
  ways = await openWays();
}, 300_000);

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
const TODAY = () => new Date().toISOString().slice(0, 10);

describe.each(WAY_NAMES)("%s", (name) => {
  /** A terminal in a repository of CommonJS packages, in which what the documentation types is what runs. */
  async function open(): Promise<{ folder: string; term: Terminal; type: (verb: Verb) => string }> {
    const { root, env } = await makeRepo({ files: { "package.json": '{"type":"commonjs"}' } });
    copyScripts(root);
    const term = openTerminal({ root, env });
    const [program] = ways[name].call("get");
    if (name === "incr workflow") return { folder: root, term, type: (verb) => `incr workflow ${verb}` };
    const bin = makeTempDir();
    symlinkSync(program, join(bin, name === "bun" ? "bun" : "node"));
    term.env = { ...term.env, PATH: `${bin}:${term.env["PATH"]}` };
    return { folder: root, term, type: (verb) => `${name === "bun" ? "bun run" : "node"} ${SCRIPTS}/${verb}.ts` };
  }

  test("starts a workflow, takes it on with context, and shows it", async () => {
    const { folder, term, type } = await open();
    expect(await term.ok(`${type("get")} workflow:pr`)).toBe("null");
    expect(await term.ok(`${type("get")} --all`)).toBe("[]");
    expect(existsSync(join(folder, "ia"))).toBe(false);

    await term.ok(`${type("set")} workflow:pr init`);
    await term.ok(`${type("set")} workflow:pr git:pr:monitor '{"pr_number":8}'`);
    expect(await term.ok(`${type("get")} workflow:pr`)).toMatch(
      /^\{"step":"git:pr:monitor","context":\{"pr_number":8\},.*\}$/,
    );
    expect(readState(folder, "workflow:pr")).toEqual({
      started_at: TIME,
      updated_at: TIME,
      step: "git:pr:monitor",
      steps: ["init", "git:pr:monitor"],
      context: { pr_number: 8 },
    });

    await term.ok(`${type("set")} workflow:feature init`);
    const all = await term.ok(`${type("get")} --all`);
    expect(all).toMatch(
      /^\[\{"workflow":"workflow:feature","step":"init",.*\{"workflow":"workflow:pr","step":"git:pr:monitor",.*\]$/,
    );
    expect(all.split("\n")).toHaveLength(1);
    expect(JSON.parse(all)[1]).toEqual({ workflow: "workflow:pr", ...readState(folder, "workflow:pr") });
  });

  test("forgets a workflow, and does not mind if there is none", async () => {
    const { folder, term, type } = await open();
    await term.ok(`${type("set")} workflow:pr init`);
    expect(await term.ok(`${type("reset")} workflow:pr`)).toBe("");
    expect(readState(folder, "workflow:pr")).toBeNull();
    expect(await term.ok(`${type("reset")} workflow:pr`)).toBe("");
    expect(readArchives(folder)).toEqual({});
  });

  test("archives a workflow and ends it", async () => {
    const { folder, term, type } = await open();
    writeState(folder, "workflow:pr", { ...DOCUMENTED, context: { branch: "feat/xxx" } });
    const first = `ia/state/sessions/archives/${TODAY()}-workflow-pr-feat-xxx.md`;
    expect(await term.ok(`${type("save")} workflow:pr`)).toBe(first);
    expect(await term.ok(`cat ${first}`)).toMatch(
      /^# workflow:pr\n\n- Status: completed\n- Started: 2025-01-29T15:00:00Z\n/,
    );
    expect(readState(folder, "workflow:pr")).toBeNull();

    await term.ok(`${type("set")} workflow:pr init '{"branch":"feat/xxx"}'`);
    const second = first.replace(/\.md$/, "-2.md");
    expect(await term.ok(`${type("save")} workflow:pr --status=failed --notes="CI blocked"`)).toBe(second);
    expect(await term.ok(`cat ${second}`)).toMatch(/- Status: failed\n[^]*## Notes\n\nCI blocked$/);
    expect(Object.keys(readArchives(folder))).toHaveLength(2);

    expect(await term.fails(3, `${type("save")} workflow:pr`)).toMatch(
      /^error: there is no workflow workflow:pr in progress\n/,
    );
  });
});

interface Typed {
  verb: Verb;
  args: string[];
  /** What is done to the folder before. */
  before?: (folder: string) => void;
}

const CONTEXTS = [
  "[]",
  "null",
  "8",
  '"text"',
  '{"a":',
  "",
  "{'a':1}",
  '{"a":1}x',
  '{"a":"\u0001"}',
  '{"__proto__":{"x":1},"b":"\u0085é\u2028"}',
];
const NAMES = [
  "",
  ".",
  "..",
  "a/b",
  "a\\b",
  "../x",
  "/x",
  "-x",
  "--",
  "a\nb",
  ".x",
  "a..b",
  "w".repeat(201),
  "a b:ü",
  "w".repeat(200),
];

const CASES: Record<string, Typed[]> = {
  "a whole life": [
    { verb: "set", args: ["workflow:pr", "init", '{"branch":"Feat/X y"}'] },
    { verb: "set", args: ["workflow:pr", "find", '{"a":{"b":1},"n":null}'] },
    { verb: "set", args: ["workflow:pr", "init", '{"a":{"c":2}}'] },
    { verb: "get", args: ["workflow:pr"] },
    { verb: "get", args: ["workflow:pr", "--json"] },
    { verb: "get", args: ["--all"] },
    { verb: "save", args: ["workflow:pr", "--notes", "line\n# line"] },
    { verb: "save", args: ["workflow:pr"] },
    { verb: "get", args: ["workflow:pr"] },
    { verb: "set", args: ["workflow:pr", "again", "--json"] },
    { verb: "save", args: ["--json", "workflow:pr"] },
    { verb: "reset", args: ["workflow:pr", "--json"] },
  ],
  "what is unknown stays": [
    {
      verb: "get",
      args: ["w"],
      before: (folder) => writeState(folder, "w", { ...DOCUMENTED, owner: "kim", workflow: "other" }),
    },
    { verb: "get", args: ["--all"] },
    { verb: "set", args: ["w", "next"] },
    { verb: "save", args: ["w"] },
  ],
  "files of other programs": [
    {
      verb: "get",
      args: ["w"],
      before: (folder) =>
        writeState(
          folder,
          "w",
          `\uFEFF{"started_at":"2025-01-29T15:00:00.123Z","step":"a","updated_at":"2025-01-29T16:00:00+01:00"}`,
        ),
    },
    { verb: "set", args: ["w", "b"] },
    { verb: "get", args: ["--all"], before: (folder) => writeFileSync(join(sessionsFolder(folder), "-x.json"), "{}") },
  ],
  "damaged files": [
    { verb: "get", args: ["w"], before: (folder) => writeState(folder, "w", '{"step":') },
    { verb: "set", args: ["w", "b"] },
    { verb: "save", args: ["w"] },
    { verb: "set", args: ["ok", "b"] },
    { verb: "get", args: ["--all"], before: (folder) => writeState(folder, "empty", "") },
    { verb: "get", args: ["empty"] },
    { verb: "get", args: ["folder"], before: (folder) => mkdirSync(statePath(folder, "folder")) },
    { verb: "set", args: ["folder", "a"] },
    { verb: "get", args: ["list"], before: (folder) => writeState(folder, "list", "[]") },
    { verb: "set", args: ["list", "a"] },
    { verb: "reset", args: ["w"] },
    { verb: "reset", args: ["empty"] },
    { verb: "get", args: ["--all"] },
  ],
  "a file in place of a folder": [
    { verb: "get", args: ["--all"], before: (folder) => writeFileSync(join(folder, "ia"), "") },
    { verb: "get", args: ["w"] },
    { verb: "set", args: ["w", "a"] },
    { verb: "save", args: ["w"] },
    { verb: "reset", args: ["w"] },
  ],
  "a lock that is no lock": [
    {
      verb: "set",
      args: ["w", "a"],
      before: (folder) => mkdirSync(join(sessionsFolder(folder), ".w.lock"), { recursive: true }),
    },
    { verb: "get", args: ["w"] },
  ],
  "malformed lines": [
    { verb: "get", args: [] },
    { verb: "get", args: ["a", "b"] },
    { verb: "get", args: ["a", "--all"] },
    { verb: "get", args: ["--al"] },
    { verb: "get", args: ["--all=yes"] },
    { verb: "set", args: ["a"] },
    { verb: "set", args: ["a", "b", "{}", "c"] },
    { verb: "set", args: ["a", ""] },
    { verb: "set", args: ["a", "x\ny"] },
    { verb: "set", args: ["--", "--all", "init"] },
    { verb: "set", args: ["a", "--", "-step"] },
    { verb: "reset", args: ["--all"] },
    { verb: "reset", args: [] },
    { verb: "save", args: ["a", "--status", "lost"] },
    { verb: "save", args: ["a", "--status=failed", "--status=completed"] },
    { verb: "save", args: ["a", "--notes"] },
    { verb: "save", args: ["a", "--notes", "--status"] },
    { verb: "get", args: ["-C", "/no/such/folder", "a"] },
    { verb: "get", args: ["-C", "ia/state", "a"] },
    { verb: "get", args: ["--version"] },
  ],
  "contexts that are none": CONTEXTS.map((context) => ({ verb: "set", args: ["w", "a", context] })),
  "names that are none": NAMES.flatMap((name) =>
    (["set", "get", "reset", "save"] as const).map((verb) => ({ verb, args: verb === "set" ? [name, "a"] : [name] })),
  ),
};

describe.each(Object.keys(CASES))("%s", (title) => {
  test("is the same in all three ways: stdout, exit codes, files", { timeout: 240_000 }, async () => {
    const [first, ...others] = await Promise.all(Object.values(ways).map((way) => play(way, CASES[title] ?? [])));
    for (const other of others) expect(other).toEqual(first);
    // A bug of ours would be the same everywhere too
    expect(first?.map(({ code }) => code)).not.toContain(70);
    expect(first?.every(({ code, stdout, stderr }) => code === 0 || (stdout === "" && stderr === "error"))).toBe(true);
  });
});

/** What came of each line, with the files after it. */
async function play(way: Way, typed: readonly Typed[]) {
  const folder = makeTempDir();
  copyScripts(folder);
  const played = [];
  for (const { verb, args, before } of typed) {
    before?.(folder);
    const result = await way.run(folder, verb, args);
    played.push({
      verb,
      args,
      code: result.code,
      stdout: same(result.stdout, folder),
      stderr: kind(result),
      files: readFiles(folder),
    });
  }
  return played;
}

function same(text: string, folder: string): string {
  return sameTimes(text.replaceAll(folder, "<folder>"));
}

/** Hints and messages of the system differ; whether there is an error, of one line and a hint, does not. */
function kind({ stderr, code }: Finished): string {
  if (code === 0) return stderr === "" ? "nothing" : "said";
  if (!stderr.startsWith("{")) return /^error: .*\n(?:hint: .*\n)?$/.test(stderr) ? "error" : stderr;
  return (JSON.parse(stderr) as { level: string }).level;
}

test.skipIf(isUnstoppable())("a folder that may not be written is an error, and stays as it is", async () => {
  for (const way of Object.values(ways)) {
    const folder = makeTempDir();
    copyScripts(folder);
    writeState(folder, "w", DOCUMENTED);
    chmodSync(sessionsFolder(folder), 0o555);
    const before = readFiles(folder);
    for (const [verb, ...args] of [
      ["set", "w", "next"],
      ["set", "new", "a"],
      ["reset", "w"],
      ["save", "w"],
    ] as const) {
      const [file, ...first] = withoutRights(way.call(verb));
      const { code, stderr, stdout } = await runProcess(file, [...first, ...args], { cwd: folder });
      expect({ code, stdout }, `${way.name} ${verb}: ${stderr}`).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^error: cannot \w+ .*: permission denied\n(?:hint: .*\n)?$/);
      expect(readFiles(folder)).toEqual(before);
    }
    expect(JSON.parse((await way.run(folder, "get", ["w"])).stdout)).toEqual(DOCUMENTED);
    chmodSync(sessionsFolder(folder), 0o755);
    rmSync(join(folder, "ia"), { recursive: true });
  }
});

/** Root may write everywhere: it is started without that right. */
function withoutRights(call: [string, ...string[]]): [string, ...string[]] {
  if (process.getuid?.() !== 0) return call;
  return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", ...call];
}

function isUnstoppable(): boolean {
  return process.getuid?.() === 0 && process.env["CI"] === undefined && lacks("setpriv");
}
