import { parseArgs } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { FlagSpec } from "../../src/cli/command.ts";
import { tokenize } from "../../src/cli/tokens.ts";

const FLAGS: Record<string, FlagSpec> = {
  all: { type: "boolean", short: "a", description: "" },
  best: { type: "boolean", short: "b", description: "" },
  rev: { type: "string", short: "r", description: "" },
  "time-limit": { type: "duration", description: "" },
  count: { type: "int", short: "n", description: "" },
  C: { type: "string", short: "C", description: "" },
};

/** Words made of what means something to either. */
const word = fc.oneof(
  fc.constantFrom(
    "--",
    "-",
    "",
    "--=",
    "--=x",
    "---",
    "--rev",
    "--rev=",
    "--rev==x",
    "--time-limit",
    "--__proto__",
    "-C/x",
  ),
  fc.stringMatching(/^-{0,3}[abrnCx=-]{0,4}$/),
  fc.string({ maxLength: 4 }),
);

test("they are those of node's own parser", () => {
  const options = Object.fromEntries(
    Object.entries(FLAGS).map(([name, { type, short }]) => [
      name,
      {
        type: type === "boolean" ? ("boolean" as const) : ("string" as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const { tokens } = parseArgs({ args: words, options, strict: false, allowPositionals: true, tokens: true });
      const theirs = tokens.flatMap((token): unknown[] => {
        if (token.kind === "option-terminator") return [];
        if (token.kind === "positional") return [{ kind: "word", value: token.value }];
        const { name, rawName, value, inlineValue } = token;
        return [{ kind: "flag", name, rawName, value, isInline: inlineValue === true }];
      });
      expect(tokenize(FLAGS, words)).toEqual(theirs);
    }),
    { numRuns: 2_000 },
  );
});
