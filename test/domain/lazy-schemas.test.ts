/** The bundled program's stand-in for the schema library says what the library says. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { transformSync } from "esbuild";
import fc from "fast-check";
import * as library from "valibot";
import { expect, test } from "vitest";
import { surelyFits } from "../../src/domain/fits.ts";

type Library = typeof library;

/** How often the library itself was asked for. */
let asked = 0;
const lazy = loadLazy();

function loadLazy(): Library {
  const source = readFileSync(fileURLToPath(new URL("../../scripts/valibot/lazy.mjs", import.meta.url)), "utf8");
  const { code } = transformSync(source, { format: "cjs" });
  const module = { exports: {} };
  const require = (id: string) => {
    expect(id).toBe("valibot/whole");
    asked += 1;
    return library;
  };
  compileFunction(code, ["module", "exports", "require"])(module, module.exports, require);
  return module.exports as Library;
}

/** Every function of it that the program uses. */
const schemas = (v: Library) => {
  const time = v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text)), "is not a time"),
  );
  const fields = { name: v.pipe(v.string(), v.minLength(1, "is empty")), time, made: v.optional(v.string()) };
  const table = v.object({ a: v.number(), b: v.optional(v.boolean(), true) });
  const count = v.pipe(v.number("no number"), v.integer("not whole"), v.minValue(0), v.maxValue(4));
  return [
    v.object({ ...fields, rest: v.optional(v.record(v.string(), v.unknown())) }),
    v.looseObject({ list: v.array(v.nullable(count)) }),
    v.variant("status", [
      v.object({ ...fields, status: v.literal("active") }),
      v.object({ ...fields, status: v.literal("failed"), reason: v.picklist(["exit", "signal"]) }),
    ]),
    v.partial(v.object({ table: v.partial(table) })),
    v.union([v.string(), table]),
    v.intersect([v.object({ a: v.number() }), v.object({ name: v.string() })]),
    v.pipe(v.string(), v.regex(/^[a-f]+$/, "is not hexadecimal")),
  ];
};

const piece = fc.oneof(
  fc.constantFrom("", "a", "x", "exit", "2026-01-07T14:30:00Z", null, true, 0, 4, 5, -1, 1.5, {}, { a: 1 }),
  fc.array(fc.constantFrom(1, null, "x", 7), { maxLength: 2 }),
);
const names = ["name", "time", "made", "rest", "list", "status", "reason", "table", "a", "b"];
const value = fc.oneof(
  piece,
  fc.record(Object.fromEntries(names.map((name) => [name, piece])), { requiredKeys: [] }),
  fc.record(
    {
      name: fc.constant("n"),
      time: fc.constant("2026-01-07T14:30:00Z"),
      made: fc.constant("m"),
      status: fc.constantFrom("active", "failed", "x"),
      reason: fc.constantFrom("exit", "x"),
    },
    { requiredKeys: ["name", "time"] },
  ),
);

test("whatever the value", () => {
  const theirs = schemas(library);
  const ours = schemas(lazy);
  fc.assert(
    fc.property(fc.nat(theirs.length - 1), value, (index, input) => {
      const [real, noted] = [theirs[index], ours[index]];
      if (real === undefined || noted === undefined) throw new Error("no such schema");
      const expected = library.safeParse(real, input, { abortEarly: true });
      const told = lazy.safeParse(noted, input, { abortEarly: true });
      expect(told.success).toBe(expected.success);
      expect(told.output).toEqual(expected.output);
      expect(told.issues?.map((issue) => [lazy.getDotPath(issue), issue.message])).toEqual(
        expected.issues?.map((issue) => [library.getDotPath(issue), issue.message]),
      );
      expect(surelyFits(noted, input)).toBe(surelyFits(real, input));
    }),
    { numRuns: 1_000 },
  );
});

test("and is not asked for what fits at the first look", () => {
  asked = 0;
  const [schema] = schemas(lazy);
  expect(surelyFits(schema as library.GenericSchema, { name: "n", time: "2026-01-07T14:30:00Z" })).toBe(true);
  expect(asked).toBe(0);
});
