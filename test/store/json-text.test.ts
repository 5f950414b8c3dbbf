import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findSyntaxError, parseJson } from "../../src/store/json-text.ts";

const parse = (text: string) => parseJson(Buffer.from(text));

describe("broken JSON", () => {
  test.each([
    ['{"a": 1,}', 1, 9, 'unexpected "}"'],
    ['{"a": x}', 1, 7, 'unexpected "x"'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, "unexpected a quote"],
    ['{"a": [1, 2}', 1, 12, 'unexpected "}"'],
    ["[1, 2", 1, 6, "unexpected end of the file"],
    ["", 1, 1, "unexpected end of the file"],
    ['{"a": "b', 1, 9, "unexpected end of the file"],
    ['{"é🦔": \u0007}', 1, 8, "unexpected U+0007"],
    ['"a\tb"', 1, 3, "unexpected U+0009"],
    ['"a\\x"', 1, 3, 'unexpected "\\"'],
    ["{} {}", 1, 4, 'unexpected "{"'],
    ["01", 1, 1, 'unexpected "0"'],
    ["{1: 2}", 1, 2, 'unexpected "1"'],
    ["\u0000\u0000", 1, 1, "unexpected U+0000"],
  ])("%j is so at line %i, column %i", (text, line, column, problem) => {
    expect(parse(text)).toEqual({ ok: false, line, column, problem });
  });

  test("may be a byte that is not UTF-8", () => {
    const bytes = Buffer.from('{"a": "é"}');
    bytes[8] = 0x20;
    expect(parseJson(bytes)).toEqual({ ok: false, line: 1, column: 8, problem: "unexpected a byte that is not UTF-8" });
  });

  test("is found to be so wherever it is, and nowhere else", () => {
    const damage = fc.record({ at: fc.nat(), remove: fc.nat({ max: 3 }), insert: fc.string({ maxLength: 2 }) });
    fc.assert(
      fc.property(fc.json(), damage, (text, { at, remove, insert }) => {
        const start = at % (text.length + 1);
        const damaged = text.slice(0, start) + insert + text.slice(start + remove);
        const parsed = parse(damaged);
        expect(parsed.ok).toBe(isJson(damaged));
        if (parsed.ok) return;
        // What comes before the place is the beginning of some JSON, so that the place is not too late
        const offset = findSyntaxError(damaged);
        expect(findSyntaxError(damaged.slice(0, offset))).toBeGreaterThanOrEqual(offset);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("good JSON", () => {
  test("may begin with a byte order mark and hold the replacement character", () => {
    expect(parse('\uFEFF{"a": "\uFFFD"}')).toEqual({ ok: true, value: { a: "\uFFFD" } });
  });

  test("may be large", () => {
    const value = ["x".repeat(5_000_000)];
    expect(parse(JSON.stringify(value))).toEqual({ ok: true, value });
    expect(parse(JSON.stringify(value).slice(0, -1))).toMatchObject({ ok: false, column: 5_000_004 });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ""));
    return true;
  } catch {
    return false;
  }
}
