/** What every declaration must be. A new command is checked here without a test of its own. */
import { describe, expect, test } from "vitest";
import type { Command, FlagSpec } from "../../src/cli/command.ts";
import { GLOBAL_FLAGS } from "../../src/cli/global-flags.ts";
import { helpFor } from "../../src/cli/help.ts";
import { REGISTRY } from "../../src/cli/registry.ts";
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

test("the overview's examples can be typed", async () => {
  const resolution = { kind: "overview" } as const;
  const text = await helpFor(REGISTRY, resolution, { program: "incr", stdout: { isTTY: false, width: 80 } });
  const lines = (text.split("Examples:\n")[1] ?? "").split("\n\n")[0]?.split("\n") ?? [];
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) await expectTypable(line.replace(/ {2}# .*$/, "").trim());
});
