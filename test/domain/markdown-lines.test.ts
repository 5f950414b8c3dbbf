import fc from "fast-check";
import { expect, test } from "vitest";
import { scanClosely, scanMarkdown } from "../../src/domain/stream/markdown/scan.ts";

const mark = fc.constantFrom("", "", "", "- ", "-", "* ", "1. ", "> ", "  ", "    ", "\t", " ", "10) ");
const text = fc.constantFrom(
  "",
  "a",
  "text",
  "[ ] Task",
  "**Bold**",
  "**",
  "# Heading",
  "####### none",
  "#",
  "```",
  "```ts",
  "~~~",
  "<!--",
  "-->",
  "<div>",
  "<b>",
  "---",
  "===",
  "- ",
  "* * *",
  "?",
);
const line = fc.tuple(mark, mark, text).map((parts) => parts.join(""));
const end = fc.constantFrom("\n", "\n", "\r\n", "\r");

test("short cuts lead to the same place", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(line, end), { maxLength: 12 }), (lines) => {
      const source = lines.flat().join("");
      expect(scanMarkdown(source)).toEqual(scanClosely(source));
    }),
    { numRuns: 5_000 },
  );
});
