/**
 * Compares two RFC 3339 times: negative if `a` is earlier, 0 if they are the same moment. Ours all have one form and are compared as text, which sorting
 * many of them needs; others may stand in files written elsewhere.
 */
export function compareTimes(a: string, b: string): number {
  if (a.length === b.length && a.endsWith("Z") && b.endsWith("Z")) return a < b ? -1 : a > b ? 1 : 0;
  return Date.parse(a) - Date.parse(b);
}
