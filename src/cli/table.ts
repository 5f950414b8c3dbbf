/** The one table printer: columns aligned by what is seen, cut to the terminal, quiet. */
import { plainLine } from "./plain.ts";
import type { Style } from "./style.ts";
import { cutText, textWidth } from "./width.ts";

export interface Column<Row> {
  header: string;
  /** The text of a cell; null or empty for nothing, shown as `-`. Control characters in it are made harmless here. */
  value(row: Row): string | null | undefined;
  align?: "left" | "right";
  /** Gives way first when the terminal is narrow. Without any, the widest column does. */
  flexible?: boolean;
  /** Colours the text of a cell; must not change what is seen. */
  paint?(text: string, row: Row, style: Style): string;
}

export interface TableOptions {
  /** Columns that a line may take; infinite when it is not for a terminal. */
  width: number;
  style: Style;
}

const GAP = "  ";
/** Columns below which text is not worth reading. */
const NARROW = 8;

/** The table as text, one line a row under a line of headers. `rows` is not empty: a command says in words that there is nothing. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, style }: TableOptions,
): string {
  const cells = rows.map((row) => columns.map((column) => plainLine(column.value(row) || "-")));
  const natural = columns.map((column, index) => {
    let widest = textWidth(column.header);
    for (const line of cells) widest = Math.max(widest, textWidth(line[index] ?? ""));
    return widest;
  });
  const widths = fitColumns(natural, columns, width);

  const line = (texts: readonly string[], paint: (text: string, index: number) => string) => {
    let text = "";
    for (const [index, { align = "left" }] of columns.entries()) {
      const room = widths[index] ?? 0;
      const shown = cutText(texts[index] ?? "", room);
      // Spaces stay outside of the colours.
      const space = " ".repeat(Math.max(0, room - textWidth(shown)));
      const painted = shown === "" ? "" : paint(shown, index);
      text += `${index === 0 ? "" : GAP}${align === "left" ? painted + space : space + painted}`;
    }
    return text.trimEnd();
  };

  const headers = line(
    columns.map(({ header }) => header),
    (text) => style.dim(text),
  );
  const body = cells.map((texts, rowIndex) =>
    line(texts, (text, index) => {
      const row = rows[rowIndex] as Row;
      return columns[index]?.paint?.(text, row, style) ?? text;
    }),
  );
  return [headers, ...body].join("\n");
}

/** Takes from the flexible columns, the widest first, then from all, until the line fits. */
function fitColumns<Row>(natural: readonly number[], columns: readonly Column<Row>[], width: number): number[] {
  const widths = [...natural];
  const room = width - GAP.length * (widths.length - 1);
  const widest = widths.indexOf(Math.max(...widths));
  const flexible = columns.flatMap(({ flexible }, index) => (flexible === true ? [index] : []));
  shrink(widths, flexible.length > 0 ? flexible : [widest], room, NARROW);
  shrink(widths, [...widths.keys()], room, NARROW);
  shrink(widths, [...widths.keys()], room, 1);
  return widths;
}

function shrink(widths: number[], indexes: readonly number[], room: number, least: number): void {
  let over = widths.reduce((sum, each) => sum + each, 0) - room;
  while (over > 0) {
    const index = indexes.reduce((widest, each) => ((widths[each] ?? 0) > (widths[widest] ?? 0) ? each : widest));
    if ((widths[index] ?? 0) <= least) return;
    widths[index] = (widths[index] ?? 0) - 1;
    over -= 1;
  }
}
