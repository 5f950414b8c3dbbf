/** Which part of an id has to be typed. */
import type { Style } from "./style.ts";

/** For each id the length of its shortest prefix that no other of these ids has (ids are compared without case). */
export function uniquePrefixLengths(ids: Iterable<string>): ReadonlyMap<string, number> {
  const sorted = [...new Set(ids)].toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const shared = sorted
    .slice(1)
    .map((id, index) => sharedLength(id.toLowerCase(), (sorted[index] ?? "").toLowerCase()));
  return new Map(
    sorted.map((id, index) => [id, Math.min(id.length, Math.max(shared[index - 1] ?? 0, shared[index] ?? 0) + 1)]),
  );
}

/** The id with the part that has to be typed brought out. */
export function paintId(id: string, prefixLength: number, style: Style): string {
  return style.bold(style.cyan(id.slice(0, prefixLength))) + style.dim(id.slice(prefixLength));
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
