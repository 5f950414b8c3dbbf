import { describe, expect, test } from "vitest";
import { formatAge } from "../../src/cli/age.ts";
import { paintId } from "../../src/cli/id-prefix.ts";
import { COLOURED, PLAIN } from "../../src/cli/style.ts";
import { renderTable, type Column } from "../../src/cli/table.ts";
import { textWidth } from "../../src/cli/width.ts";

interface Row {
  id: string;
  title: string;
  count?: number;
}

const columns: Column<Row>[] = [
  { header: "ID", value: ({ id }) => id, paint: (text, _row, style) => paintId(text, 2, style) },
  { header: "N", value: ({ count }) => count?.toString(), align: "right" },
  { header: "TITLE", value: ({ title }) => title, flexible: true },
];
const rows: Row[] = [
  { id: "k3j2", title: "Fix the login", count: 12 },
  { id: "ab", title: "日本語のタイトル", count: 3 },
  { id: "zz9", title: "👩‍👩‍👧 family and é" },
];

const table = (width = Number.POSITIVE_INFINITY, style = PLAIN) => renderTable(rows, columns, { width, style });

describe("renderTable", () => {
  test("aligns by what is seen, without spaces at the ends", () => {
    expect(table()).toBe(
      ["ID     N  TITLE", "k3j2  12  Fix the login", "ab     3  日本語のタイトル", "zz9    -  👩‍👩‍👧 family and é"].join(
        "\n",
      ),
    );
  });

  test.each([80, 26, 24, 20, 16, 12, 7])("is never wider than %i columns", (width) => {
    for (const line of table(width).split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });

  test("takes from the flexible column first", () => {
    expect(table(20).split("\n").slice(1, 3)).toEqual(["k3j2  12  Fix the l…", "ab     3  日本語の…"]);
  });

  test("colours change nothing of what is seen", () => {
    const coloured = table(20, COLOURED);
    expect(coloured).toContain("\u001B[1m\u001B[36mk3\u001B[39m\u001B[22m\u001B[2mj2\u001B[22m");
    expect(coloured.replaceAll(/\u001B\[\d+m/g, "")).toBe(table(20));
  });

  test("a title cannot break the table or control the terminal", () => {
    const evil = [{ id: "x", title: "a\nb\t\u001B]0;owned\u0007\u001B[2J\u202Egnp.exe\u0000" }];
    expect(renderTable(evil, columns, { width: Number.POSITIVE_INFINITY, style: PLAIN })).toBe(
      "ID  N  TITLE\nx   -  a b ␛]0;owned␇␛[2J�gnp.exe␀",
    );
  });
});

describe("formatAge", () => {
  const now = new Date("2026-01-07T14:30:00.000Z");
  test.each([
    ["2026-01-07T14:30:00.000Z", "now"],
    ["2026-01-07T14:31:00.000Z", "now"],
    ["2026-01-07T14:29:15.000Z", "45s"],
    ["2026-01-07T14:26:59.000Z", "3m"],
    ["2026-01-07T12:00:00.000Z", "2h"],
    ["2026-01-02T14:30:00.000Z", "5d"],
    ["2023-01-07T14:30:00.000Z", "3y"],
  ])("%s is %s", (time, age) => {
    expect(formatAge(time, now)).toBe(age);
  });
});
