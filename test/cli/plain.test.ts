import fc from "fast-check";
import { expect, test } from "vitest";
import { keepStyles, plainLine, plainText } from "../../src/cli/plain.ts";

const CONTROL = /[\u0000-\u001F\u007F-\u009F]/;

test("one line is one line", () => {
  expect(plainLine("a\r\nb\nc\td\u2028e")).toBe("a b c d e");
  expect(plainLine("\u001B[31mred\u007F\u009B2J")).toBe("␛[31mred␡�2J");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !CONTROL.test(plainLine(text))));
});

test("text keeps its lines and tabs, and nothing else", () => {
  expect(plainText("a\r\nb\tc\rd\u001B[0m")).toBe("a\nb\tc␍d␛[0m");
});

test("the last line of defence keeps our colours", () => {
  expect(keepStyles("\u001B[1mbold\u001B[22m\n\tx\u001B[2J\u001B]8;;http://x\u0007\r")).toBe(
    "\u001B[1mbold\u001B[22m\n\tx␛[2J␛]8;;http://x␇␍",
  );
});

test("ordinary text of any language is left alone", () => {
  for (const text of ["naïve", "日本語", "👩‍👩‍👧", "שלום", "a\u200Db"])
    expect([plainLine(text), plainText(text), keepStyles(text)]).toEqual([text, text, text]);
});
