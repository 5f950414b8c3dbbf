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
const NOTHING = "-";
/** Columns below which text is not worth reading. */
const NARROW = 8;

/** The table as text, one line a row under a line of headers. `rows` is not empty: a command says in words that there is nothing. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, style }: TableOptions,
): string {
  const cells = rows.map((row) =>
    columns.map((column) => {
      const value = column.value(row);
      return value ? plainLine(value) : NOTHING;
    }),
  );
  const taken = cells.map((line) => line.map((text) => (text === NOTHING ? 1 : textWidth(text))));
  const headings = columns.map(({ header }) => header);
  const headingsTake = headings.map(textWidth);
  const natural = [...headingsTake];
  // Counted, since a table of a thousand lines is most of what a command does.
  for (const line of taken) {
    for (let index = 0; index < columns.length; index++) {
      natural[index] = Math.max(natural[index] ?? 0, line[index] ?? 0);
    }
  }
  const widths = fitColumns(natural, columns, width);

  const line = (texts: readonly string[], take: readonly number[], paint: (text: string, index: number) => string) => {
    let text = "";
    for (let index = 0; index < columns.length; index++) {
      const room = widths[index] ?? 0;
      const whole = texts[index] ?? "";
      const fits = (take[index] ?? 0) <= room;
      const shown = fits ? whole : cutText(whole, room);
      // Spaces stay outside of the colours.
      const space = " ".repeat(Math.max(0, room - (fits ? (take[index] ?? 0) : textWidth(shown))));
      const painted = shown === "" ? "" : paint(shown, index);
      if (index > 0) text += GAP;
      text += columns[index]?.align === "right" ? space + painted : painted + space;
    }
    return text.trimEnd();
  };

  const headers = line(headings, headingsTake, (text) => style.dim(text));
  const body = cells.map((texts, rowIndex) =>
    line(texts, taken[rowIndex] ?? [], (text, index) => {
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
