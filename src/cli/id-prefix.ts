/** Ids as they are shown: the part that has to be typed stands out. */
import type { Style } from "./style.ts";

/** The id with its shortest unique prefix (a length from `shortestUniquePrefixes`) brought out. */
export function paintId(id: string, prefixLength: number, style: Style): string {
  return style.bold(style.cyan(id.slice(0, prefixLength))) + style.dim(id.slice(prefixLength));
}
