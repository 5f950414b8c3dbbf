/** What every declaration must be. A new command is checked here without a test of its own. */
import { describe, expect, test } from "vitest";
import type { Command, FlagSpec } from "../../src/cli/command.ts";
import { GLOBAL_FLAGS } from "../../src/cli/global-flags.ts";
import { helpFor } from "../../src/cli/help.ts";
import { REGISTRY } from "../../src/cli/registry.ts";
import { textWidth } from "../../src/cli/width.ts";
import { expectTypable } from "../support/typable.ts";

const commands: { entry: string; command: Command }[] = [];
for (const entry of REGISTRY)
  for (const command of (await entry.load()).commands) commands.push({ entry: entry.name, command });

test("no word and no path stands there twice", () => {
  const names = REGISTRY.map(({ name }) => name);
  const paths = commands.map(({ command }) => command.spec.path.join(" "));
  expect(names).toEqual([...new Set(names)]);
  expect(paths).toEqual([...new Set(paths)]);
});

describe.each(commands.map(({ entry, command }) => ({ line: `incr ${command.spec.path.join(" ")}`, entry, command })))(
  "$line",
  ({ entry, command }) => {
    const { spec } = command;
    const args = Object.values(spec.args ?? {});
    const flags = Object.entries<FlagSpec>(spec.flags ?? {});

    test("stands under its first word", () => {
      expect(spec.path[0]).toBe(entry);
    });

    test("says in one line what it does", () => {
      expect(spec.summary).toMatch(/^[A-Z].*[^.\s]$/);
      expect(spec.summary.length).toBeLessThanOrEqual(90);
    });

    test("takes arguments in an order that can be typed", () => {
      const required = args.map((arg) => arg.required === true);
      expect(required).toEqual([...required].toSorted((a, b) => Number(b) - Number(a)));
      expect(args.slice(0, -1).every(({ variadic }) => variadic !== true)).toBe(true);
    });

    test("has flags of its own", () => {
      const global = Object.entries<FlagSpec>(GLOBAL_FLAGS);
      const shorts = [...flags, ...global].flatMap(([, { short }]) => short ?? []);
      expect(flags.map(([name]) => name).filter((name) => name in GLOBAL_FLAGS)).toEqual([]);
      expect(shorts).toEqual([...new Set(shorts)]);
      for (const [name, { type, multiple, choices }] of flags) {
        expect(name).toMatch(/^[a-z][a-z-]+$/);
        expect(type === "string" || (multiple === undefined && choices === undefined), `--${name}`).toBe(true);
      }
    });

    test("has a help text that fits a terminal of 80 columns", async () => {
      const resolution = { kind: "command", command, args: [] } as const;
      const text = await helpFor(REGISTRY, resolution, { program: "incr", stdout: { isTTY: true, width: 80 } });
      expect(text.split("\n").filter((each) => textWidth(each) > 80)).toEqual([]);
    });

    test.each(spec.examples)("can be typed as its example says: $run", async ({ run }) => {
      await expectTypable(run);
    });

    test("has a body, with a schema if it answers in JSON", async () => {
      const body = await command.load();
      expect(body.run).toBeTypeOf("function");
      expect(body.answer !== undefined).toBe(typeof spec.json === "string");
    });
  },
);

test.each([
  { kind: "overview" } as const,
  ...REGISTRY.map((entry) => ({ kind: "group", entry, path: [entry.name] }) as const),
])("the examples of $entry.name's overview can be typed, and fit 80 columns", async (resolution) => {
  const text = await helpFor(REGISTRY, resolution, { program: "incr", stdout: { isTTY: false, width: 80 } });
  const lines = (text.split("Examples:\n")[1] ?? "").split("\n\n")[0]?.split("\n") ?? [];
  expect(lines.length).toBeGreaterThan(0);
  expect(text.split("\n").filter((each) => textWidth(each) > 80)).toEqual([]);
  const typed = lines.map((line) => line.replace(/(?:^| ) # .*$/, "").trim()).filter((line) => line !== "");
  for (const line of typed) await expectTypable(line);
});

test("whoever wants several agents to work on a plan finds the way there in the overview and in the help of `work`", async () => {
  const host = { program: "incr", stdout: { isTTY: false, width: 80 } } as const;
  const entry = REGISTRY.find(({ name }) => name === "work");
  if (entry === undefined) throw new Error("there is no work");
  expect(await helpFor(REGISTRY, { kind: "overview" }, host)).toMatch(/^ {2}incr work multi --continue {2}/m);
  const steps = (await helpFor(REGISTRY, { kind: "group", entry, path: ["work"] }, host)).split("Examples:\n")[1] ?? "";
  expect(steps.match(/^ {2}work \S+ [a-z-]+/gm)).toEqual([
    "  work create --plan",
    "  work approve plan",
    "  work approve tasks",
    "  work multi --continue",
    "  work approve stage",
  ]);
});
