import { describe, expect, test } from "vitest";
import { declareCommand, type CommandSpec } from "../../src/cli/command.ts";
import { parseInput } from "../../src/cli/parse.ts";

const create = declareCommand({
  path: ["todo", "create"],
  summary: "Write down what is wanted",
  args: { title: { required: true, description: "What" }, file: { variadic: true, description: "Files" } },
  flags: {
    priority: { type: "int", short: "p", min: 0, max: 4, default: 2, description: "How urgent" },
    type: { type: "string", choices: ["task", "bug"], description: "Kind" },
    "time-limit": { type: "duration", min: 1, max: 172_800_000, description: "How long" },
    dep: { type: "string", multiple: true, description: "Depends on" },
    only: { type: "string", multiple: true, choices: ["open", "done"], description: "Which" },
    force: { type: "boolean", short: "f", description: "Even so" },
  },
  json: "todo",
  examples: [{ run: 'incr todo create "Fix it"' }],
});

function parse(line: string, spec: CommandSpec = create) {
  return parseInput(spec, line === "" ? [] : line.split(" ")).input;
}

describe("what is understood", () => {
  test("arguments and flags arrive under their names in camelCase, with defaults", () => {
    expect(parse("title")).toEqual({
      args: { title: "title", file: [] },
      flags: { priority: 2, type: undefined, timeLimit: undefined, dep: [], only: [], force: false },
      rest: [],
    });
  });

  test.each([
    ["t -p 0", { priority: 0 }],
    ["t -p0", { priority: 0 }],
    ["t --priority=4", { priority: 4 }],
    ["t --type bug", { type: "bug" }],
    ["t --time-limit 1h30m", { timeLimit: 5_400_000 }],
    ["t --dep a --dep=b", { dep: ["a", "b"] }],
    ["t -f", { force: true }],
    ["-f t", { force: true }],
    ["t --force --force", { force: true }],
    ["t -fp 1", { force: true, priority: 1 }],
    ["t --dep=--force", { dep: ["--force"], force: false }],
    ["t --dep=", { dep: [""] }],
    ["t --dep -", { dep: ["-"] }],
  ])("%s", (line, flags) => {
    expect(parse(line).flags).toMatchObject(flags);
  });

  test("a value may begin like an item of a list", () => {
    const { input } = parseInput(create, ["t", "--dep", "- a\n- b", "-f"]);
    expect(input.flags).toMatchObject({ dep: ["- a\n- b"], force: true });
  });

  test("a variadic argument takes the words that are left, and after -- dashes mean nothing", () => {
    expect(parse("t a b").args).toEqual({ title: "t", file: ["a", "b"] });
    expect(parse("-f -- --title -x").args).toEqual({ title: "--title", file: ["-x"] });
  });

  test("global flags", () => {
    const { globals } = parseInput(create, ["-C", "/x", "t", "--json", "--no-color"]);
    expect(globals).toEqual({ json: true, noColor: true, help: false, version: false, directory: "/x" });
  });
});

describe("what is refused, as a usage error", () => {
  test.each([
    ["", "missing <title>"],
    ["t --forse", "unknown flag --forse, did you mean --force?"],
    ["t --time 3m", "unknown flag --time, did you mean --time-limit?"],
    ["t --xyzzy", "unknown flag --xyzzy"],
    ["t -x", "unknown flag -x"],
    ["t --C /x", "unknown flag --C"],
    ["t --__proto__ x", "unknown flag --__proto__"],
    ["t --constructor", "unknown flag --constructor"],
    ["t --force=yes", "--force takes no value"],
    ["t --force=", "--force takes no value"],
    ["t --type", "--type needs a value"],
    ["t --type --force", "--type needs a value, and `--force` is a flag"],
    ["t --dep -p", "--dep needs a value, and `-p` is a flag"],
    ["t --type bug --type task", "--type was given twice"],
    ["t -p 1 --priority 2", "--priority was given twice"],
    ["t --type nothing", "--type must be task or bug, not `nothing`"],
    ["t -p 5", "--priority must be a whole number from 0 to 4, not `5`"],
    ["t -p -1", "--priority must be a whole number from 0 to 4, not `-1`"],
    ["t -p 1.5", "--priority must be a whole number from 0 to 4, not `1.5`"],
    ["t -p 0x1", "--priority must be a whole number from 0 to 4, not `0x1`"],
    ["t --time-limit 90", "--time-limit must be a length of time such as 90s, 10m or 1h30m, up to 2d, not `90`"],
    ["t --time-limit 0s", "--time-limit must be a length of time such as 90s, 10m or 1h30m, up to 2d, not `0s`"],
    ["t --time-limit 49h", "--time-limit must be a length of time such as 90s, 10m or 1h30m, up to 2d, not `49h`"],
    ["t --only all", "--only must be open or done, not `all`"],
  ])("%j: %s", (line, message) => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ code: "usage", message, exitCode: 2 }));
  });

  test("an empty word, which is nearly always an unset variable", () => {
    expect(() => parseInput(create, [""])).toThrow("<title> is empty");
  });

  test("a list in one word: each has a flag of its own", () => {
    expect(() => parse("t --only open,done")).toThrow(
      expect.objectContaining({ hint: "incr todo create --only open --only done" }),
    );
    expect(() => parse("t --only open,dune")).toThrow(expect.objectContaining({ hint: "incr todo create --help" }));
  });

  test("extra words, with the quotes that a sentence lacks", () => {
    const show = declareCommand({
      path: ["todo", "show"],
      summary: "Show",
      args: { id: { description: "Id", complete: "todo" } },
      examples: [{ run: "incr todo show" }],
    });
    const note = declareCommand({
      path: ["todo", "note"],
      summary: "Note",
      args: { text: { description: "Text" } },
      examples: [{ run: "incr todo note" }],
    });
    expect(() => parse("a b", show)).toThrow(
      expect.objectContaining({ message: "unexpected word `b`", hint: "incr todo show --help" }),
    );
    expect(() => parse("a b c", note)).toThrow(
      expect.objectContaining({
        message: "unexpected word `b`",
        hint: "put <text> in quotes if it has several words: incr todo note '…'",
      }),
    );
  });

  test("--json where there is no JSON answer", () => {
    const init = declareCommand({ path: ["init"], summary: "Init", examples: [{ run: "incr init" }] });
    expect(() => parse("--json", init)).toThrow("incr init has no JSON answer");
  });

  test("a missing required flag", () => {
    const add = declareCommand({
      path: ["add"],
      summary: "Add",
      flags: { name: { type: "string", required: true, description: "Name" } },
      examples: [{ run: "incr add --name x" }],
    });
    expect(() => parse("", add)).toThrow("missing --name");
    expect(() => parse("--name=", add)).toThrow("--name is empty");
    expect(() => parseInput(add, ["--name", " "])).toThrow("--name is empty");
  });

  test("an empty value where only a name makes sense; elsewhere it may mean something", () => {
    const run = declareCommand({
      path: ["run"],
      summary: "Run",
      flags: {
        model: { type: "string", filled: true, description: "Model" },
        notes: { type: "string", description: "Notes" },
      },
      examples: [{ run: "incr run" }],
    });
    expect(() => parse("--model=", run)).toThrow("--model is empty");
    expect(parse("--notes=", run).flags).toEqual({ model: undefined, notes: "" });
    expect(() => parseInput(run, ["-C", ""])).toThrow("-C is empty");
  });

  test("an argument that was given as a flag", () => {
    expect(() => parse("--title x")).toThrow(
      expect.objectContaining({
        message: "unknown flag --title",
        hint: "<title> stands without a flag: incr todo create <title> [file]… [flags]",
      }),
    );
  });
});

describe("passthrough", () => {
  const run = declareCommand({
    path: ["session", "run"],
    summary: "Run",
    args: { todo: { required: true, description: "Todo" } },
    flags: { rev: { type: "string", description: "Base" } },
    passthrough: { name: "command", description: "What to run", required: true },
    examples: [{ run: "incr session run k3j2 -- npm test" }],
  });

  test("everything after -- is left as it is", () => {
    const words = ["k3", "--rev", "main", "--", "npm", "--", "--json", "--rev", "", "-h", "a b"];
    expect(parseInput(run, words)).toMatchObject({
      input: { args: { todo: "k3" }, flags: { rev: "main" }, rest: ["npm", "--", "--json", "--rev", "", "-h", "a b"] },
      globals: { json: false, help: false },
    });
  });

  test("the command is missed, and the missing -- explained", () => {
    expect(() => parse("k3 --", run)).toThrow("missing <command> after `--`");
    expect(() => parse("k3 npm", run)).toThrow(
      expect.objectContaining({
        message: "unexpected word `npm`",
        hint: "put the command after `--`: incr session run … -- npm …",
      }),
    );
  });
});
