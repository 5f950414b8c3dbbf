import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { closest } from "../../src/cli/suggest.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { lineOf } from "../../src/config/toml.ts";
import { IncrError } from "../../src/domain/error.ts";
import type { Notice } from "../../src/domain/notice.ts";
import { runProcess } from "../support/process.ts";
import { makeTempDir } from "../support/temp.ts";

let checkout: string;
let userFile: string;
let notices: Notice[];

beforeEach(() => {
  checkout = makeTempDir();
  userFile = join(makeTempDir(), "incr", "config.toml");
  notices = [];
});

const load = (place: string | null = checkout) =>
  loadConfiguration({ userFile, checkout: place, notify: (notice) => notices.push(notice), closest });

function write(path: string, content: string | Buffer): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
}
const writeUser = (content: string) => write(userFile, content);
const writeRepo = (content: string | Buffer, name = "incr.toml") => write(join(checkout, name), content);

async function failure(): Promise<IncrError> {
  const error: unknown = await load().then(
    () => expect.unreachable("it should have been refused"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof IncrError) return error;
  throw error;
}

describe("the configuration", () => {
  it("is the defaults without files", async () => {
    const { config, user, repo } = await load();
    expect({ user, repo }).toEqual({ user: null, repo: null });
    expect(config.stream.maxParallel).toBe(4);
    expect((await load(null)).repo).toBeNull();
  });

  it("is the user's file under the repository's, key by key", async () => {
    writeUser('[workspace]\nbase = "develop"\non-create = ["mine"]\n[stream]\nmax-parallel = 2\n');
    writeRepo('[workspace]\non-create = ["npm ci"]\n[agent]\ntime-limit = "10m"\n');
    const { config, user, repo } = await load();
    expect(config.workspace).toMatchObject({ base: "develop", onCreate: ["npm ci"] });
    expect(config.stream.maxParallel).toBe(2);
    expect(config.agent.timeLimitMs).toBe(600_000);
    expect(user).toMatchObject({ path: userFile, values: { workspace: { "on-create": ["mine"] } } });
    expect(repo).toMatchObject({ path: join(checkout, "incr.toml"), name: "incr.toml" });
    expect((await load(null)).config.workspace.onCreate).toEqual(["mine"]);
  });

  it("may stand in .incr/config.toml, but not in both places", async () => {
    writeRepo("[stream]\nmax-parallel = 9\n", ".incr/config.toml");
    expect((await load()).config.stream.maxParallel).toBe(9);
    writeRepo("");
    const error = await failure();
    expect(error).toMatchObject({ code: "config", exitCode: 2 });
    expect(error.message).toBe(`${checkout} has two configuration files, incr.toml and .incr/config.toml`);
    expect(error.hint).toBe("keep incr.toml: move what .incr/config.toml says into it, then delete .incr/config.toml");
  });

  it("comes with the hash of the bytes that it was read from", async () => {
    const bytes = Buffer.from('\uFEFF[job]\r\ntest-commands = [\r\n  "npm test",\r\n]\r\n');
    writeRepo(bytes);
    const { config, repo } = await load();
    expect(config.job.testCommands).toEqual(["npm test"]);
    expect(repo?.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("is nothing in an empty file, or beside a file called .incr", async () => {
    writeRepo("");
    expect((await load()).repo?.values).toEqual({});
    writeFileSync(join(checkout, ".incr"), "");
    expect((await load()).repo?.name).toBe("incr.toml");
  });

  it("tells of unknown keys, with file, line and what was meant", async () => {
    writeUser("[stream]\n\nmax_parallel = 3\n");
    writeRepo('# ours\n[workspace]\non-crate = [\n  "npm ci",\n]\ncolour = "blue"\n\n[jobs]\n');
    expect((await load()).config.stream.maxParallel).toBe(4);
    expect(notices.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => "unknown_config_key"));
    expect(notices.map(({ message }) => message)).toEqual([
      `${userFile}:3: stream.max_parallel means nothing and is not used; did you mean max-parallel?`,
      "incr.toml:3: workspace.on-crate means nothing and is not used; did you mean on-create?",
      "incr.toml:6: workspace.colour means nothing and is not used",
      "incr.toml:8: jobs means nothing and is not used; did you mean job?",
    ]);
    expect(notices[1]?.data).toEqual({
      file: join(checkout, "incr.toml"),
      line: 3,
      key: "workspace.on-crate",
      near: "on-create",
    });
  });
});

describe("a configuration with errors", () => {
  it.each<[string, string]>([
    ["[workspace]\n\nclean-ignored = 1\n", "incr.toml:3: workspace.clean-ignored must be true or false"],
    ['job.max-rounds = "x"\n', "incr.toml:1: job.max-rounds must be a whole number from 1, such as 20"],
    ['agent = { harness = "vi" }\n', 'incr.toml:1: agent.harness must be one of "opencode", "claude", "codex"'],
    ["workspace = 3\n", "incr.toml:1: workspace must be a table: write [workspace] on a line of its own"],
    [
      '[workspace]\ncopy = [\n  ".env",\n  "../x",\n]\n',
      'incr.toml:2: workspace.copy must name files inside the repository, such as ".env" or "config/local.json"',
    ],
    [
      "[job]\nmax-rounds = 0\n[agent]\nharness = 1\n",
      "incr.toml:2: job.max-rounds must be a whole number from 1, such as 20 (and 1 more)",
    ],
    [
      "[job]\ntime-limit = 12:00:00\n",
      'incr.toml:2: job.time-limit must be a length of time such as "90s", "20m" or "4h", up to 24d',
    ],
  ])("names file, line and key: %j", async (text, message) => {
    writeRepo(text);
    const error = await failure();
    expect(error).toMatchObject({ code: "config", message, hint: `mend ${join(checkout, "incr.toml")}` });
    expect(error.data).toMatchObject({ file: join(checkout, "incr.toml") });
  });

  it.each<[string, number, number]>([
    ["[workspace\n", 1, 11],
    ['[job]\r\nx = "\r\n', 2, 6],
    ["a = 1\na = 2\n", 2, 1],
    ["\uFEFFa = \n", 1, 5],
  ])("names line and column of what is no TOML: %j", async (text, line, column) => {
    writeRepo(text);
    const error = await failure();
    expect(error).toMatchObject({ code: "config", data: { line, column } });
    expect(error.message).toMatch(new RegExp(`^incr\\.toml:${line}:${column}: [^\\n]+$`));
  });

  it("is no text in UTF-8, no file, too large, or a link that leads nowhere", async () => {
    const file = join(checkout, "incr.toml");
    writeRepo(Buffer.from([0x61, 0xff]));
    expect((await failure()).message).toBe("incr.toml is not text in UTF-8");
    writeRepo("#".repeat(1024 * 1024 + 1));
    expect((await failure()).message).toBe("incr.toml is larger than 1 MiB");
    rmSync(file);
    symlinkSync("nowhere", file);
    expect((await failure()).message).toBe("incr.toml is a link that leads nowhere");
    rmSync(file);
    await runProcess("mkfifo", [file]);
    expect((await failure()).message).toBe("incr.toml is not a file");
  });

  it("cannot be read without the right to", async () => {
    writeRepo("");
    chmodSync(join(checkout, "incr.toml"), 0);
    const root = process.getuid?.() === 0;
    chmodSync(checkout, 0o755);
    if (root) process.seteuid?.(65_534);
    const error = await failure().finally(() => root && process.seteuid?.(0));
    expect(error).toMatchObject({ code: "io", exitCode: 1 });
  });
});

describe("the line of a key", () => {
  const text = 'a = """\nb = 1\n"""\n# b = 2\n\n[t]\n"b c" = [\n  1,\n]\nd.e = { f = 1 }\n[[u]]\ng = 1\n';
  it.each<[string[], number]>([
    [["a"], 1],
    [["t"], 6],
    [["t", "b c"], 7],
    [["t", "d", "e", "f"], 10],
    [["u"], 11],
    [["t", "nowhere"], 1],
  ])("of %j is %i", async (keys, line) => {
    expect(await lineOf(text, keys)).toBe(line);
    expect(await lineOf(text.replaceAll("\n", "\r\n"), keys)).toBe(line);
  });
});
