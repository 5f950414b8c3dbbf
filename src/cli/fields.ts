import { plainLine } from "./plain.ts";
import type { Style } from "./style.ts";

/** One record for a person: a line a field, names aligned and dim; fields without a value are left out. */
export function renderFields(
  fields: readonly (readonly [name: string, value: string | undefined])[],
  style: Style,
): string {
  const shown = fields.filter((field): field is readonly [string, string] => field[1] !== undefined && field[1] !== "");
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${plainLine(value)}`).join("\n");
}
