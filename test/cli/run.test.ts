import { statSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { REGISTRY } from "../../src/cli/registry.ts";
import { raw } from "../../src/cli/output.ts";
import { IncrError } from "../../src/domain/error.ts";
import { registryOf, runLine, testCommand } from "../support/host.ts";

const show = testCommand(
  {
    path: ["todo", "show"],
    summary: "Show a todo",
    args: { id: { required: true, description: "Id" } },
    json: "todo",
    examples: [{ run: "incr todo show k3" }],
  },
  {
    run: (_ctx, { args }) => ({ id: args.id, title: "a\u001B[2Jb" }),
    render: ({ id, title }: { id: string; title: string }, { style }) => `${style.bold(id)} ${title}`,
    answer: v.object({ id: v.string(), title: v.string() }),
  },
);
const fail = testCommand(
  {
    path: ["todo", "fail"],
    summary: "Fail",
    flags: { kind: { type: "string", description: "How" } },
    json: "nothing",
    examples: [{ run: "incr todo fail" }],
  },
  {
    run(ctx, { flags }) {
      ctx.notify({ code: "settled", message: "settled ws-001\u001B[1m", data: { workspace: "ws-001" } });
      ctx.warn({ code: "old", message: "that is old" });
      if (flags.kind === "bug") throw new TypeError("x is not a function");
      if (flags.kind === "disk")
        throw Object.assign(new Error("ENOSPC: no space"), { code: "ENOSPC", syscall: "write", path: "/x/state.json" });
      if (flags.kind === "file") statSync("/dev/null/history");
      if (flags.kind === "exit") return ctx.exit(7);
      throw new IncrError("held", "todo k3 is held by session ab", {
        hint: "incr session show ab",
        data: { session: "ab" },
      });
    },
  },
);
const depAdd = testCommand(
  { path: ["todo", "dep", "add"], summary: "Add", examples: [{ run: "incr todo dep add" }] },
  { run: () => undefined },
);
const depTree = testCommand(
  { path: ["todo", "dep", "tree"], summary: "Tree", examples: [{ run: "incr todo dep tree" }] },
  { run: () => undefined },
);
const rescue = testCommand(
  { path: ["rescue"], summary: "Rescues", examples: [{ run: "incr rescue" }] },
  { run: () => "none", render: String },
);
const rescueList = testCommand(
  { path: ["rescue", "list"], summary: "List", examples: [{ run: "incr rescue list" }] },
  { run: () => "list", render: String },
);
const where = testCommand(
  {
    path: ["where"],
    summary: "Where",
    args: { suffix: { description: "Suffix", complete: "file" } },
    examples: [{ run: "incr where" }],
  },
  { run: (ctx, { args }) => `${ctx.cwd}${args.suffix ?? ""}`, render: raw },
);
const workCreate = testCommand(
  { path: ["work", "create"], summary: "Create", examples: [{ run: "incr work create" }] },
  { run: () => "made", render: String },
);
const registry = registryOf(show, fail, depAdd, depTree, rescue, rescueList, where, workCreate);

const run = (line: string, options = {}) => runLine(registry, line === "" ? [] : line.split(" "), options);

describe("finding the command", () => {
  test.each([
    ["where", "/here"],
    ["where x", "/herex"],
    ["-C /there where", "/there"],
    ["-C/there where", "/there"],
    ["where -C /there", "/there"],
    ["--no-color where", "/here"],
    ["rescue", "none\n"],
    ["rescue list", "list\n"],
    ["-C where rescue list", "list\n"],
  ])("incr %s", async (line, stdout) => {
    expect(await run(line)).toEqual({ code: 0, stdout, stderr: "" });
  });

  test.each([
    ["tood", "unknown command `tood`, did you mean `incr todo`?", "incr todo --help"],
    ["shwo", "unknown command `shwo`", "incr --help"],
    ["show", "unknown command `show`, did you mean `incr todo show`?", "incr todo show --help"],
    ["add", "unknown command `add`, did you mean `incr todo dep add`?", "incr todo dep add --help"],
    ["todo shwo", "unknown command `incr todo shwo`, did you mean `incr todo show`?", "incr todo show --help"],
    ["todo dep rm", "unknown command `incr todo dep rm`", "incr todo dep --help"],
    ["rescue lst", "unknown command `incr rescue lst`, did you mean `incr rescue list`?", "incr rescue list --help"],
    ["todo --all", "incr todo needs a command before --all", "incr todo --help"],
    ["--frob todo show", "unknown flag --frob", "incr --help"],
    ["--verion", "unknown flag --verion, did you mean --version?", "incr --help"],
    ["-v", "unknown flag -v, did you mean --version?", "incr --version"],
    ["version", "unknown command `version`, did you mean `incr --version`?", "incr --version"],
    ["-C", "-C needs a value", "incr --help"],
    ["todo -C", "-C needs a value", "incr todo --help"],
    ["issue show", "unknown command `issue`, did you mean `incr todo`?", "incr todo --help"],
    ["plan", "unknown command `plan`, did you mean `incr work`?", "incr work --help"],
    ["worktree", "unknown command `worktree`", "incr --help"],
    ["todo view", "unknown command `incr todo view`, did you mean `incr todo show`?", "incr todo show --help"],
    ["rescue ls", "unknown command `incr rescue ls`, did you mean `incr rescue list`?", "incr rescue list --help"],
    ["where a b", "unexpected word `b`", "incr where --help"],
  ])("incr %s is refused", async (line, message, hint) => {
    expect(await run(line)).toEqual({ code: 2, stdout: "", stderr: `error: ${message}\nhint: ${hint}\n` });
  });

  test("a verb that many nouns have is not told with all of them", async () => {
    const { stderr } = await runLine(REGISTRY, ["list"]);
    expect(stderr).toBe(
      "error: unknown command `list`, did you mean `incr todo list`, `incr session list`, `incr workspace list` or that of another noun?\nhint: incr --help\n",
    );
    expect((await runLine(REGISTRY, ["run"])).stderr).toContain(
      "did you mean `incr session run` or `incr agent run`?\n",
    );
  });

  test("work … is incr work …", async () => {
    expect(await run("create", { program: "work" })).toMatchObject({ code: 0, stdout: "made\n" });
    expect((await run("--help", { program: "work" })).stdout).toContain("Usage: work <command>");
    expect((await run("create --help", { program: "work" })).stdout).toContain("Usage: work create");
    // What was typed comes back as it was typed.
    for (const program of ["work", "incr"] as const) {
      const words = program === "work" ? "work" : "incr work";
      const told = async (line: string) =>
        (await run(program === "work" ? line : `work ${line}`, { program })).stderr.split("\n").slice(0, 2);
      const near = `, did you mean \`${words} create\`?`;
      expect(await told("craete")).toEqual([
        `error: unknown command \`${words} craete\`${near}`,
        `hint: ${words} create --help`,
      ]);
      expect(await told("--frob")).toEqual([`error: ${words} needs a command before --frob`, `hint: ${words} --help`]);
      expect(await told("create x")).toEqual(["error: unexpected word `x`", `hint: ${words} create --help`]);
      expect((await told("create --json"))[0]).toContain(`${words} create has no JSON answer`);
    }
    const help = await runLine(REGISTRY, ["help", "execte"], { program: "work" });
    expect(help.stderr).toContain("did you mean `work execute`?\nhint: work execute --help\n");
  });
});

describe("the answer", () => {
  test("is text for people, in which the text of others cannot control the terminal", async () => {
    expect(await run("todo show k3")).toEqual({ code: 0, stdout: "k3 a␛[2Jb\n", stderr: "" });
    expect((await run("todo show k3", { terminal: 80 })).stdout).toBe("\u001B[1mk3\u001B[22m a␛[2Jb\n");
  });

  test("is one JSON document under --json", async () => {
    const { stdout } = await run("todo show k3 --json", { terminal: 80 });
    expect(JSON.parse(stdout)).toEqual({ id: "k3", title: "a\u001B[2Jb" });
  });

  test("must be what its schema says; test builds check that", async () => {
    const wrong = testCommand(
      { path: ["wrong"], summary: "Wrong", json: "wrong", examples: [{ run: "incr wrong" }] },
      { run: () => ({ id: 3 }) as unknown as { id: string }, answer: v.object({ id: v.string() }) },
    );
    const { code, stdout, stderr } = await runLine(registryOf(wrong), ["wrong", "--json"]);
    expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
    expect(stderr).toContain("the answer of incr wrong does not fit its schema at id");
  });

  test.each([
    [{}, false],
    [{ terminal: 80 }, true],
    [{ terminal: 80, env: { NO_COLOR: "1" } }, false],
    [{ terminal: 80, env: { NO_COLOR: "" } }, true],
    [{ terminal: 80, env: { TERM: "dumb" } }, false],
  ])("has colours only where they are wanted: %j", async (options, coloured) => {
    expect((await run("todo show k3", options)).stdout.includes("\u001B[")).toBe(coloured);
  });

  test("has none with --no-color", async () => {
    expect((await run("--no-color todo show k3", { terminal: 80 })).stdout).not.toContain("\u001B[");
  });
});

describe("the story", () => {
  test("notices, warnings, then the error and what to type next", async () => {
    expect(await run("todo fail")).toEqual({
      code: 4,
      stdout: "",
      stderr:
        "settled ws-001␛[1m\nwarning: that is old\nerror: todo k3 is held by session ab\nhint: incr session show ab\n",
    });
  });

  test("as one JSON object a line under --json, the error last", async () => {
    const { code, stdout, stderr } = await run("todo fail --json");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { level: "notice", code: "settled", message: "settled ws-001\u001B[1m", data: { workspace: "ws-001" } },
      { level: "warning", code: "old", message: "that is old" },
      {
        level: "error",
        error: {
          code: "held",
          message: "todo k3 is held by session ab",
          hint: "incr session show ab",
          kind: "held",
          exit_code: 4,
          data: { session: "ab" },
        },
      },
    ]);
  });

  test("a malformed command line is refused as JSON too", async () => {
    const { code, stderr } = await run("todo show --jsn --json");
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: "usage", message: "unknown flag --jsn, did you mean --json?" },
    });
  });

  test("a bug of ours has a stack trace and says what to do with it", async () => {
    const { code, stderr } = await run("todo fail --kind bug");
    expect(code).toBe(70);
    expect(stderr).toContain("error: internal error: x is not a function\nTypeError: x is not a function\n    at ");
    expect(stderr).toContain("\nhint: please report it with the output above, and the command that you ran\n");
    const json = (await run("todo fail --kind bug --json")).stderr.trimEnd().split("\n").at(-1);
    expect(JSON.parse(json ?? "")).toMatchObject({ error: { code: "internal", kind: "bug", exit_code: 70 } });
  });

  test("a full disk is no bug", async () => {
    const { code, stderr } = await run("todo fail --kind disk");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "error: no space left on the disk: write /x/state.json\nhint: free some space, then try again\n",
    );
  });

  test("nor is a file where a folder should be", async () => {
    const { code, stderr } = await run("todo fail --kind file");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: something that is no folder stands in the way: stat \/dev\/null\/history\nhint: ls -ld \/dev\/null\n$/,
    );
  });

  test("a command may answer and still set an exit code", async () => {
    expect((await run("todo fail --kind exit")).code).toBe(7);
  });
});

describe("help", () => {
  test("incr alone and incr --help print the overview", async () => {
    const { code, stdout } = await run("");
    expect(code).toBe(0);
    expect(stdout).toContain("Work:\n  todo            About todo\n");
    expect((await run("--help")).stdout).toBe(stdout);
  });

  test("a noun alone prints its verbs", async () => {
    const { code, stdout } = await run("todo");
    expect(code).toBe(0);
    expect(stdout).toContain("  show <id>  Show a todo\n");
    expect((await run("todo --help")).stdout).toBe(stdout);
    expect((await run("todo dep")).stdout).toContain("Usage: incr todo dep <command> [flags]");
  });

  test("--help explains a command whatever else is wrong", async () => {
    const { code, stdout } = await run("todo show --nonsense --help");
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: incr todo show <id>\n");
    expect(stdout).toContain("Examples:\n  incr todo show k3\n");
  });

  test("--version", async () => {
    expect(await run("--version")).toEqual({ code: 0, stdout: "incr 0.0.0-test\n", stderr: "" });
  });
});
