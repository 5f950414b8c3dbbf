import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { insertHistoryEntry } from "../../../src/domain/journal/history.ts";

const ENTRY = ["### 2026-01-07-T1430", "", "- Done"];
const BLOCK = "### 2026-01-07-T1430\n\n- Done\n";

describe("an entry", () => {
  test.each([
    ["into nothing", "", `# Work journal\n\n## Session History\n\n${BLOCK}`],
    ["after text", "# Mine\n", `# Mine\n\n## Session History\n\n${BLOCK}`],
    ["after text without a line end", "text", `text\n\n## Session History\n\n${BLOCK}`],
    ["after a blank line", "text\n\n", `text\n\n## Session History\n\n${BLOCK}`],
    ["under a heading that ends the text", "## Session History", `## Session History\n\n${BLOCK}`],
    ["under an empty section", "## Session History\n", `## Session History\n\n${BLOCK}`],
    ["before older ones", "## Session History\n\n### old\n", `## Session History\n\n${BLOCK}\n### old\n`],
    ["before text right under the heading", "## Session History\ntext\n", `## Session History\n\n${BLOCK}\ntext\n`],
    ["in any letter case, with closing marks", "##  SESSION history ##\n", `##  SESSION history ##\n\n${BLOCK}`],
    [
      "not into an example",
      "```\n## Session History\n```\n",
      `\`\`\`\n## Session History\n\`\`\`\n\n## Session History\n\n${BLOCK}`,
    ],
    ["not into a deeper heading", "### Session History\n", `### Session History\n\n## Session History\n\n${BLOCK}`],
    [
      "after an example that another fence is in",
      "~~~\n```\n~~~\n## Session History\n",
      `~~~\n\`\`\`\n~~~\n## Session History\n\n${BLOCK}`,
    ],
  ])("%s", (_, before, after) => {
    expect(insertHistoryEntry(before, ENTRY)).toBe(after);
    expect(insertHistoryEntry(after, ENTRY)).toBe(after);
  });

  test("takes the line ends of the text", () => {
    expect(insertHistoryEntry("# A\r\n", ENTRY)).toBe(
      "# A\r\n\r\n## Session History\r\n\r\n### 2026-01-07-T1430\r\n\r\n- Done\r\n",
    );
  });

  test("whose id is the beginning of another one is entered too", () => {
    const other = insertHistoryEntry("", ["### 2026-01-07-T1430-2", "", "- x"]);
    expect(insertHistoryEntry(other, ENTRY).match(/^### .*$/gm)).toEqual([
      "### 2026-01-07-T1430",
      "### 2026-01-07-T1430-2",
    ]);
  });
});

test("whatever the text is, every byte of it stays, in order, and the entry is there once", () => {
  const line = fc.oneof(
    fc.constantFrom("## Session History", "# A", "```", "~~~", "", "### x", "- item", "    ## Session History"),
    fc.string({ unit: "binary" }),
  );
  const text = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "")), { maxLength: 12 });
  fc.assert(
    fc.property(text, (parts) => {
      const before = parts.map(([content, end]) => content + end).join("");
      const after = insertHistoryEntry(before, ENTRY);
      const start = commonLength(before, after);
      const rest = before.slice(start);
      expect(after.endsWith(rest) || commonLength(reversed(before), reversed(after)) >= rest.length).toBe(true);
      expect(insertHistoryEntry(after, ENTRY)).toBe(after);
      expect(after.split(/\r?\n/).filter((each) => each.trimEnd() === ENTRY[0])).toHaveLength(1);
    }),
  );
});

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function reversed(text: string): string {
  return text.split("").toReversed().join("");
}
