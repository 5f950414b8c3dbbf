import { plainLine } from "./plain.ts";
import type { Style } from "./style.ts";

/** One record for a person: a line a field, names aligned and dim; fields without a value are left out. Colour comes from `paint`: values are plain text. */
export function renderFields(
  fields: readonly (readonly [name: string, value: string | undefined, paint?: (text: string) => string])[],
  style: Style,
): string {
  const shown = fields.flatMap(([name, value = "", paint]) => (value === "" ? [] : [{ name, value, paint }]));
  const width = Math.max(...shown.map(({ name }) => name.length));
  return shown
    .map(({ name, value, paint = (text) => text }) => `${style.dim(name.padEnd(width))}  ${paint(plainLine(value))}`)
    .join("\n");
}
