/** Reading what agents print: one JSON object a line, of which nothing is certain but what is asked for. */

export type Json = Record<string, unknown>;

/** The object on a line; undefined if it is none. */
export function parseObject(line: string): Json | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The value as an object; undefined if it is none. */
export function objectOf(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** The objects in a list; none if it is no list. */
export function objectsIn(value: unknown): Json[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.map(objectOf).filter((one) => one !== undefined);
}

/** A text that is not empty; else undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A number; 0 if it is none. */
export function countOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** What a program printed for people, without colours. */
export function plain(line: string): string {
  return line.replaceAll(/\u001B\[[0-9;]*m/g, "").trimEnd();
}
