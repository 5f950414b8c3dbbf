/** The lines that agents run as hooks: whatever they find, they end well, say nothing but what the agent is to know, and do what they can. */
import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { repoDesk } from "../journal/desk.ts";
import { runProcess, type Environment, type Finished } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeTempDir } from "../support/temp.ts";
import { makeBinDir } from "../support/terminal.ts";

const PLUGIN = fileURLToPath(new URL("../../plugin/hooks/hooks.json", import.meta.url));
const EVENTS = ["SessionStart", "UserPromptSubmit", "Stop", "SessionEnd"];
const BARE = "/usr/bin:/bin";

type Desk = Awaited<ReturnType<typeof repoDesk>>;

/** By event: the command and its limit in seconds. */
function readHooks(file: string): Record<string, { command: string; timeout: number }> {
  const { hooks } = JSON.parse(readFileSync(file, "utf8"));
  return Object.fromEntries(Object.entries<any>(hooks).map(([event, [group]]) => [event, group.hooks[0]]));
}

/** The lines of each way to have them, with a home for the user's. */
async function open(): Promise<{ desk: Desk; home: string; ways: Record<string, ReturnType<typeof readHooks>> }> {
  const desk = await repoDesk();
  const home = makeTempDir("incr-home-");
  desk.env["HOME"] = home;
  for (const words of ["claude --repo", "claude --user", "codex --repo", "codex --user"])
    await desk.ok(["install", ...words.split(" "), "--yes"]);
  const ways = {
    plugin: readHooks(PLUGIN),
    "claude for a repository": readHooks(join(desk.root, ".claude/settings.json")),
    "claude for a user": readHooks(join(home, ".claude/settings.json")),
    "codex for a repository": readHooks(join(desk.root, ".codex/hooks.json")),
    "codex for a user": readHooks(join(home, ".codex/hooks.json")),
  };
  return { desk, home, ways };
}

function run(line: string, desk: Desk, env: Environment, cwd = desk.root, shell = ["sh"]): Promise<Finished> {
  const input = JSON.stringify({ session_id: "s1", cwd, prompt: "go" });
  const [file = "", ...words] = shell;
  return runProcess(file, [...words, "-c", line], { cwd, env: { ...desk.env, ...env }, input });
}

const SILENT = { code: 0, stdout: "", stderr: "" };

test("the plugin has the hooks that are installed without it", async () => {
  const { ways } = await open();
  for (const [way, hooks] of Object.entries(ways)) {
    expect(Object.keys(hooks), way).toEqual(EVENTS);
    for (const event of EVENTS) {
      expect(hooks[event]!.timeout).toBe(ways["plugin"]![event]!.timeout);
      const call = (command: string) => /incr hook [\w-]+/.exec(command)?.[0];
      expect(call(hooks[event]!.command)).toBe(call(ways["plugin"]![event]!.command));
    }
  }
});

test("where incr is nowhere to be found", async () => {
  const { desk, home, ways } = await open();
  await desk.ok(["hello"]);
  const before = desk.state();
  rmSync(join(desk.root, ".git/incr"), { recursive: true });
  rmSync(join(home, ".claude/incr"), { recursive: true });
  rmSync(join(home, ".codex/incr"), { recursive: true });
  for (const hooks of Object.values(ways))
    for (const { command } of Object.values(hooks))
      expect(await run(command, desk, { PATH: BARE })).toMatchObject(SILENT);
  expect(desk.state()).toEqual(before);
});

test("where the PATH has no incr, an installed one is found, from any folder", async () => {
  const { desk, ways } = await open();
  await desk.ok(["hello"]);
  const deep = join(desk.root, "deep/er");
  mkdirSync(deep, { recursive: true });
  for (const [way, hooks] of Object.entries(ways).filter(([way]) => way !== "plugin")) {
    const { stdout, ...rest } = await run(hooks["SessionStart"]!.command, desk, { PATH: BARE }, deep);
    expect(rest, way).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(stdout).hookSpecificOutput.additionalContext).toContain("Open session");
  }
  const { session } = await desk.json(["hello"]);
  const names = session.participants.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(["claude", "codex"]));
});

describe.each(["plugin", "claude for a repository", "codex for a user"])("%s:", (way) => {
  const withIncr = { PATH: `${makeBinDir()}:${process.env["PATH"]}` };

  test("without a journal, and without a repository", async () => {
    const { desk, ways } = await open();
    for (const cwd of [desk.root, makeTempDir()])
      for (const { command } of Object.values(ways[way]!))
        expect(await run(command, desk, withIncr, cwd)).toMatchObject(SILENT);
  });

  test("with a damaged journal", async () => {
    const { desk, ways } = await open();
    await desk.ok(["hello"]);
    desk.write(".work-shell/state.json", "{");
    for (const [event, { command }] of Object.entries(ways[way]!)) {
      const { stdout, ...rest } = await run(command, desk, withIncr);
      expect(rest).toMatchObject({ code: 0, stderr: "" });
      expect(stdout).toMatch(event === "SessionStart" ? /state cannot be read/ : /^$/);
    }
    expect(desk.read(".work-shell/state.json")).toBe("{");
  });

  test.skipIf(process.getuid?.() === 0 && lacks("setpriv"))("with a folder that cannot be written", async () => {
    const { desk, ways } = await open();
    await desk.ok(["hello"]);
    const folder = join(desk.root, ".work-shell");
    chmodSync(folder, 0o500);
    const drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all", "sh"];
    for (const { command } of Object.values(ways[way]!)) {
      const result = await run(command, desk, withIncr, desk.root, process.getuid?.() === 0 ? drop : ["sh"]);
      expect(result).toMatchObject({ code: 0, stderr: "" });
    }
    chmodSync(folder, 0o700);
  });

  test.skipIf(lacks("fish"))("in a shell of another kind", async () => {
    const { desk, ways } = await open();
    await desk.ok(["hello"]);
    const { code, stdout, stderr } = await run(ways[way]!["SessionStart"]!.command, desk, withIncr, desk.root, [
      "fish",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("additionalContext");
  });
});
