/** The skills about workstreams say what is so: their lines are typed from top to bottom, and their examples are read by the program's own readers. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Command, FlagSpec } from "../../src/cli/command.ts";
import { GLOBAL_FLAGS } from "../../src/cli/global-flags.ts";
import { REGISTRY } from "../../src/cli/registry.ts";
import { resolveCommand } from "../../src/cli/resolve.ts";
import { readAgentsFile } from "../../src/domain/stream/agents.ts";
import { stageGate } from "../../src/domain/stream/approval.ts";
import { streamIndexSchema, type StreamIndex } from "../../src/domain/stream/index-record.ts";
import { listConflicts } from "../../src/domain/stream/merge.ts";
import { renderPrompt } from "../../src/domain/stream/prompt.ts";
import { listThreads } from "../../src/domain/stream/tasks/outline.ts";
import { checkTasks } from "../../src/domain/stream/tasks/check.ts";
import { checkTaskList } from "../../src/domain/stream/tasks/list-check.ts";
import { parseTaskList } from "../../src/domain/stream/tasks/list-file.ts";
import { parsePlan } from "../../src/domain/stream/plan/parse.ts";
import {
  SESSION_STATUSES,
  sessionRecordSchema,
  TASK_STATUSES,
  writtenTasksSchema,
  type TasksFile,
} from "../../src/domain/stream/tasks/record.ts";
import { THREAD_STATUSES } from "../../src/domain/stream/thread-state.ts";
import { openDesk, type Desk } from "../stream/desk.ts";
import { openTeam } from "../stream/team.ts";
import { expectTypable } from "../support/typable.ts";

const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));
const SKILLS = ["planning-workstreams", "implementing-workstreams"];
const PLAN_FORMAT = "plugin/skills/planning-workstreams/plan-format.md";
const RECORDS = "plugin/skills/implementing-workstreams/records.md";
const GUIDE = "docs/workstreams.md";
const read = (file: string) => readFileSync(join(CHECKOUT, file), "utf8");

const work = (await REGISTRY.find(({ name }) => name === "work")?.load())?.commands ?? [];

/** The blocks of code in that language, without the indent that they stand under. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\n([\\s\\S]*?)\n *\`\`\`$`, "gm"))].map(
    ([, indent = "", code = ""]) => code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}

function block(file: string, language: string, index = 0): string {
  const found = blocks(read(file), language)[index];
  if (found === undefined) throw new Error(`${file} has no block ${index} of ${language}`);
  return found;
}

/** Lines to be typed, in their order. */
const lines = (file: string) => blocks(read(file), "sh").flatMap((code) => code.split("\n"));

describe.each(SKILLS)("%s", (skill) => {
  const folder = `plugin/skills/${skill}`;
  const files = readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `${folder}/${file}`);
  const text = read(`${folder}/SKILL.md`);

  test("has a name and a description that agents take", () => {
    const [, name = "", description = ""] = /^---\nname: (.*)\ndescription: "(.*)"\n/.exec(text) ?? [];
    expect(name).toBe(skill);
    expect(name).toMatch(/^[a-z-]{1,64}$/);
    expect(description.length).toBeGreaterThan(100);
    expect(description.length).toBeLessThanOrEqual(1024);
    expect(text.split("\n").length).toBeLessThan(300);
  });

  test("lets agents do without asking what neither approves, nor starts agents, nor takes anything out", async () => {
    const allowed = /^allowed-tools: (.*)$/m.exec(text)?.[1]?.split(", ") ?? [];
    expect(allowed.length).toBeGreaterThan(5);
    for (const tool of allowed) {
      const words = /^Bash\((work [\w -]+?)(?::\*)?\)$/.exec(tool)?.[1] ?? "";
      if (words !== "work check" && words !== "work help") await expectCommand(words);
      expect(words).not.toMatch(/approve|execute|multi|fix|continue/);
    }
  });

  test("links to files that it brings along", () => {
    for (const file of files) {
      for (const [, target = ""] of read(file).matchAll(/\]\((?!https?:)([^)]+)\)/g))
        expect(existsSync(join(CHECKOUT, dirname(file), target)), `${file}: ${target}`).toBe(true);
    }
  });

  test("names commands and flags that exist", async () => {
    for (const file of files) await expectTrue(read(file));
  });

  test("has every command, argument and flag in its reference", () => {
    const reference = read(`${folder}/reference/commands.md`);
    for (const { spec } of work.filter((command) => command.spec.hidden !== true)) {
      const [, section = ""] = reference.split(`\n## ${spec.path.join(" ")}\n`);
      const own = section.split("\n## ")[0] ?? "";
      for (const name of Object.keys(spec.args ?? {})) expect(own, spec.path.join(" ")).toContain(name);
      for (const [name, flag] of Object.entries<FlagSpec>(spec.flags ?? {}))
        if (flag.hidden !== true) expect(own, spec.path.join(" ")).toMatch(new RegExp(`\`--${name}[ \`]`));
    }
  });
});

test("the guide names commands and flags that exist", async () => {
  await expectTrue(read(GUIDE));
});

/** Fails unless what stands in code spans is a command, or a flag that one of them takes; lines in blocks have to be whole. */
async function expectTrue(text: string): Promise<void> {
  for (const code of blocks(text, "sh").filter((code) => !/ \[flags\]$| <\w+>| [A-Z]+\b/.test(code)))
    for (const line of code.split("\n")) await expectTypable(line);
  const prose = text.replaceAll(/```[\s\S]*?```/g, "");
  for (const [, span = ""] of prose.matchAll(/`([^`\n]+)`/g)) {
    if (/^(?:incr )?work [a-z]/.test(span)) await expectCommand(span.replace(/^incr /, ""));
    const [flag] = /^--[a-z-]+/.exec(span) ?? [];
    if (flag !== undefined) expect(flagsOf(work), span).toContain(flag.slice(2));
  }
}

/** Fails unless the words begin with a command, and name only flags that it takes. */
async function expectCommand(words: string): Promise<void> {
  if (/^work (?:<|help\b)/.test(words)) return;
  const found = await resolveCommand(REGISTRY, words.split(" "));
  if (found.kind === "overview") throw new Error(`${words} is no command`);
  const commands = found.kind === "command" ? [found.command] : work;
  for (const [, flag = ""] of words.matchAll(/ --([a-z-]+)/g)) expect(flagsOf(commands), words).toContain(flag);
}

function flagsOf(commands: readonly Command[]): string[] {
  return [...commands.flatMap(({ spec }) => Object.keys(spec.flags ?? {})), ...Object.keys(GLOBAL_FLAGS)];
}

describe("the formats are what the program reads and writes:", () => {
  test("PLAN.md", () => {
    const plan = parsePlan(block(PLAN_FORMAT, "markdown"));
    expect(plan.diagnostics).toEqual([]);
    expect(plan.stages[0]?.batches.map(({ threads }) => threads.length)).toEqual([1, 2]);
    const shape = parsePlan(block(GUIDE, "markdown"));
    expect(
      shape.diagnostics.filter(({ code }) => !["empty_section", "open_question", "placeholder"].includes(code)),
    ).toEqual([]);
  });

  test("TASKS.md", () => {
    const plan = parsePlan(block(PLAN_FORMAT, "markdown"));
    const list = parseTaskList(block(PLAN_FORMAT, "markdown", 1));
    expect(checkTaskList(list, plan)).toEqual([]);
    expect(list.tasks.map(({ status }) => status)).toContain("completed");
    const guide = parseTaskList(block(GUIDE, "markdown", 1));
    expect(guide.diagnostics).toEqual([]);
    expect(guide.tasks[0]?.report).toBe("what was done");
  });

  test.each([RECORDS, GUIDE])("tasks.json in %s", (file) => {
    const example = JSON.parse(block(file, "json")) as TasksFile;
    expect(v.safeParse(v.strictObject(writtenTasksSchema.entries), example).issues).toBeUndefined();
    const task = v.strictObject(writtenTasksSchema.entries.tasks.item.entries);
    expect(v.safeParse(v.array(task), example.tasks).issues).toBeUndefined();
    expect(checkTasks(example, null)).toEqual([]);
    for (const key of Object.keys(task.entries)) expect(read(file)).toMatch(new RegExp(`["\`]${key}["\`]`));
    for (const key of Object.keys(sessionRecordSchema.entries)) expect(read(file)).toMatch(new RegExp(`\`${key}\``));
    for (const status of [...TASK_STATUSES, ...SESSION_STATUSES]) expect(read(file)).toContain(`\`${status}\``);
  });

  test("index.json", () => {
    const example: unknown = JSON.parse(block(GUIDE, "json", 1));
    expect(strictly(streamIndexSchema, example)).toEqual([]);
    const { streams } = example as StreamIndex;
    expect(stageGate(streams[0]!, 1)).toMatchObject({ status: "revoked", reason: expect.any(String) });
    expect(listConflicts(streams[0]!)).toMatchObject([{ batch: "01.02", conflict: { thread: "01.02.02" } }]);
  });

  test("prompts", () => {
    const plan = parsePlan(block(PLAN_FORMAT, "markdown"));
    const [thread] = listThreads(plan);
    const text = renderPrompt(plan, thread!, [{ id: "01.01.01.01", name: "Do it" }]);
    for (const part of [
      "Token table",
      "with an end",
      "npm test -- tokens",
      "Do it",
      "can be made",
      "table of users",
      "has to be there",
      "twelve",
    ])
      expect(text).toContain(part);
  });

  test.each([PLAN_FORMAT, GUIDE])("agents.yaml in %s", (file) => {
    expect(readAgentsFile(parse(block(file, "yaml")))).toMatchObject({ ok: true });
  });

  test("the states of threads", () => {
    for (const status of THREAD_STATUSES)
      expect(read("plugin/skills/implementing-workstreams/SKILL.md")).toContain(`\`${status}\``);
  });
});

/** What stands in a value and in its schema not, as paths; a value of another shape is one of them. */
function strictly(schema: v.GenericSchema, value: unknown, path = ""): string[] {
  if (!v.is(schema, value)) return [`${path}: another shape`];
  const { type, wrapped, item, value: inner, entries, options } = schema as unknown as Record<string, any>;
  if (wrapped !== undefined) return value === undefined || value === null ? [] : strictly(wrapped, value, path);
  if (type === "array") return (value as unknown[]).flatMap((one, index) => strictly(item, one, `${path}[${index}]`));
  if (type === "record")
    return Object.entries(value as object).flatMap(([key, one]) => strictly(inner, one, `${path}.${key}`));
  if (type === "variant") {
    const found = (options as v.GenericSchema[]).find((one) => v.is(one, value));
    return found === undefined ? [path] : strictly(found, value, path);
  }
  if (entries === undefined) return [];
  return Object.entries(value as object).flatMap(([key, one]) =>
    key in entries ? strictly(entries[key], one, `${path}.${key}`) : [`${path}.${key}`],
  );
}

/** Types the lines of a skill. @param meanwhile what happens before a line, and what it then ends with */
async function follow(
  { term }: Pick<Desk, "term">,
  skill: string,
  meanwhile: Readonly<Record<string, () => number | void | Promise<void>>> = {},
): Promise<void> {
  const typed = lines(`plugin/skills/${skill}/SKILL.md`);
  expect(typed.length).toBeGreaterThan(5);
  const left = new Set(Object.keys(meanwhile));
  for (const line of typed) {
    left.delete(line);
    const code = (await meanwhile[line]?.()) ?? 0;
    const { stderr, ...result } = await term.run(line);
    expect(result, `${line}\n${stderr}`).toMatchObject({ code });
  }
  expect([...left]).toEqual([]);
}

test("what the planning skill says can be typed from top to bottom", async () => {
  const desk = await openDesk();
  const [plan, tasks] = [`${block(PLAN_FORMAT, "markdown")}\n`, `${block(PLAN_FORMAT, "markdown", 1)}\n`];
  await follow(desk, "planning-workstreams", {
    "work validate plan": () => desk.write("001-password-reset/PLAN.md", plan),
    'work add-task --thread 1.1.1 --name "Try the migration on a copy, up and down"'() {
      expect(parseTaskList(desk.read("001-password-reset/TASKS.md")).parts.map(({ id }) => id)).toContain("01.02.02");
      desk.write("001-password-reset/TASKS.md", tasks);
    },
  });
  expect(desk.json("001-password-reset/tasks.json").tasks.map(({ id }: { id: string }) => id)).toContain("01.01.01.03");
  await desk.term.ok("work validate tasks");
});

test("what the implementing skill says can be typed from top to bottom", async () => {
  const team = await openTeam(`${block(PLAN_FORMAT, "markdown")}\n`, "001-password-reset");
  await team.term.ok("work agents add frontend --model fake/third");
  const fails = () => {
    team.does({ "01.02.01": [{ fail: "the model is gone" }] });
    return 1;
  };
  await follow(team, "implementing-workstreams", {
    "work execute --thread 1.1.1": async () => void (await team.term.ok("work update --thread 1.1.1 --status pending")),
    "work multi --batch 1.2": fails,
    "work fix --thread 1.2.1 --resume": fails,
    "work fix --thread 1.2.1 --retry": fails,
    "work fix --thread 1.2.1 --agent frontend": () => team.does({}),
  });
  const { gates, threads } = await team.term.json("work status --json");
  expect(gates.stages[0].status).toBe("approved");
  expect(threads.map(({ id, status, sessions }: any) => [id, status, sessions])).toEqual([
    ["01.01.01", "completed", 1],
    ["01.02.01", "completed", 4],
    ["01.02.02", "completed", 1],
  ]);
});
