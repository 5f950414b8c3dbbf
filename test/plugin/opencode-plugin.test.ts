/** The plugin for opencode, hook by hook, with a program in the place of incr that keeps what it is told. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTempDir } from "../support/temp.ts";

const FILE = new URL("../../plugin/opencode/incr.js", import.meta.url).href;
const CONTEXT = JSON.stringify({ hookSpecificOutput: { additionalContext: "What was done" } });

type Hooks = Record<string, (input: any, output?: any) => Promise<void>>;

let path: string | undefined;
let folder: string;
let log: string;
let opened: Hooks[];

beforeEach(() => {
  path = process.env["PATH"];
  folder = makeTempDir();
  log = join(folder, "log");
  opened = [];
});

afterEach(async () => {
  for (const hooks of opened) await hooks["dispose"]?.({});
  process.env["PATH"] = path;
});

/** A program called incr in `place`, by default on the PATH. */
function giveProgram(body = `[ "$2" != session-start ] || echo '${CONTEXT}'`, place = join(folder, "bin")): void {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "incr"), `#!/bin/sh\nprintf '%s %s\\n' "$*" "$(cat)" >> '${log}'\n${body}\n`);
  chmodSync(join(place, "incr"), 0o755);
  process.env["PATH"] = `${join(folder, "bin")}:/usr/bin:/bin`;
}

async function open(): Promise<Hooks> {
  const { IncrPlugin } = await import(FILE);
  const hooks: Hooks = await IncrPlugin({ directory: folder });
  opened.push(hooks);
  return hooks;
}

/** Ends opencode, and gives what incr was told: event and payload. */
async function told(hooks: Hooks): Promise<[string, any][]> {
  await hooks["dispose"]!({});
  if (!existsSync(log)) return [];
  return readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line): [string, any] => {
      const [, event = "", payload = ""] = /^hook ([\w-]+) --agent opencode (.*)$/.exec(line) ?? [];
      return [event, JSON.parse(payload)];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const created = (sessionID: string, parentID?: string) => ({
  event: { type: "session.created", properties: { sessionID, info: { id: sessionID, parentID } } },
});
const text = (...texts: string[]) => ({ parts: texts.map((text) => ({ type: "text", text })) });

test("a conversation from its beginning to its end", async () => {
  giveProgram();
  const hooks = await open();
  await hooks["event"]!(created("s1"));
  await hooks["chat.message"]!(
    { sessionID: "s1" },
    { parts: [...text("Fix", "it").parts, { type: "text", text: "hidden", synthetic: true }] },
  );
  for (let turn = 0; turn < 2; turn += 1) {
    const output = { system: ["You are opencode"] };
    await hooks["experimental.chat.system.transform"]!({ sessionID: "s1" }, output);
    expect(output.system).toEqual(["You are opencode", "What was done"]);
  }
  await hooks["event"]!({ event: { type: "session.idle", properties: { sessionID: "s1" } } });
  const payload = { session_id: "s1", cwd: folder };
  expect(await told(hooks)).toEqual([
    ["session-end", payload],
    ["session-start", payload],
    ["stop", payload],
    ["user-prompt", { ...payload, prompt: "Fix\nit" }],
  ]);
});

test("a conversation that goes on is begun by its first prompt, and a command is told as it was typed", async () => {
  giveProgram();
  const hooks = await open();
  await hooks["command.execute.before"]!({ command: "log", sessionID: "s1", arguments: "a note" });
  await hooks["chat.message"]!({ sessionID: "s1" }, text("Note something in the work journal"));
  await hooks["chat.message"]!({ sessionID: "s1" }, text("and now"));
  const prompts = (await told(hooks)).filter(([event]) => event === "user-prompt").map(([, { prompt }]) => prompt);
  expect(new Set(prompts)).toEqual(new Set(["/log a note", "and now"]));
});

test("sub-agents and titles are none of the journal's", async () => {
  giveProgram();
  const hooks = await open();
  await hooks["event"]!(created("inner", "s1"));
  await hooks["chat.message"]!({ sessionID: "inner" }, text("Look for it"));
  await hooks["event"]!({ event: { type: "session.idle", properties: { sessionID: "inner" } } });
  await hooks["event"]!(created("s1"));
  const title = { system: ["You are a title generator. You output only a title."] };
  await hooks["experimental.chat.system.transform"]!({ sessionID: "s1" }, title);
  expect(title.system).toHaveLength(1);
  expect((await told(hooks)).map(([event, { session_id: id }]) => `${event} ${id}`)).toEqual([
    "session-end s1",
    "session-start s1",
  ]);
});

test("tools know the conversation that they run in", async () => {
  giveProgram();
  const hooks = await open();
  for (const [sessionID, env] of [
    ["s1", { OPENCODE_SESSION_ID: "s1" }],
    [undefined, {}],
  ] as const) {
    const output = { env: {} };
    await hooks["shell.env"]!({ sessionID }, output);
    expect(output.env).toEqual(env);
  }
});

test("loaded twice, it works once; loaded anew, it works again", async () => {
  giveProgram();
  const first = await open();
  expect(Object.keys(first)).toContain("event");
  expect(await open()).toEqual({});
  await first["dispose"]!({});
  expect(Object.keys(await open())).toContain("event");
});

test("without incr there are no hooks", async () => {
  mkdirSync(join(folder, "bin", "incr"), { recursive: true });
  process.env["PATH"] = `${join(folder, "bin")}:/usr/bin:/bin`;
  expect(await open()).toEqual({});
});

test.each([
  ["fails", "exit 1"],
  ["prints something else", "echo no JSON"],
  ["hangs", "exec sleep 1000"],
])("a program that %s stands in nobody's way", async (_, body) => {
  giveProgram(body);
  const hooks = await open();
  await hooks["event"]!(created("s1"));
  await hooks["chat.message"]!({ sessionID: "s1" }, text("go"));
  const output = { system: ["You are opencode"] };
  await hooks["experimental.chat.system.transform"]!({ sessionID: "s1" }, output);
  expect(output.system).toEqual(["You are opencode"]);
  // One that hung is not tried again: ending takes no time
  if (body.includes("sleep")) expect((await told(hooks)).map(([event]) => event)).not.toContain("session-end");
});
