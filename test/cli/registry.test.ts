/** What every declaration must be. A new command is checked here without a test of its own. */
import { describe, expect, test } from "vitest";
import type { Command, FlagSpec } from "../../src/cli/command.ts";
import { GLOBAL_FLAGS } from "../../src/cli/global-flags.ts";
import { helpFor } from "../../src/cli/help.ts";
import { parseInput } from "../../src/cli/parse.ts";
import { REGISTRY } from "../../src/cli/registry.ts";
import { resolveCommand } from "../../src/cli/resolve.ts";

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

/** Fails unless every `incr …` in the line is a command with arguments and flags that it takes. */
async function expectTypable(line: string): Promise<void> {
  const found = invocations(line);
  expect(found.length, `invocations of incr in ${line}`).toBeGreaterThan(0);
  for (const words of found) {
    const resolution = await resolveCommand(REGISTRY, words);
    if (resolution.kind !== "command") throw new Error(`${words.join(" ")} is no command`);
    parseInput(resolution.command.spec, resolution.args);
  }
}

/** The words of each `incr …` (or `work …`) in a shell line, as a shell would cut them. */
function invocations(line: string): string[][] {
  const found: string[][] = [];
  for (const match of line.matchAll(/(?:^|[|;&(]\s*|"\$\()(incr|work) /g)) {
    const words = cutWords(line.slice(match.index + match[0].length));
    found.push(match[1] === "work" ? ["work", ...words] : words);
  }
  return found;
}

function cutWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const char of text) {
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/[|;&><)]/.test(char)) break;
    else if (char !== " ") word = (word ?? "") + char;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
