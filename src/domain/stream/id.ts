/** Ids of the parts of a workstream: stage `01`, batch `01.02`, thread `01.02.03`, task `01.02.03.04`. Accepted without the zeros, always printed with them. */
import { IncrError } from "../error.ts";

export const PARTS = ["stage", "batch", "thread", "task"] as const;
export type Part = (typeof PARTS)[number];

/** The numbers of an id, or undefined if it is none: one to four numbers from 1 to 99. */
export function parsePartId(text: string): number[] | undefined {
  if (!/^\d{1,2}(?:\.\d{1,2}){0,3}$/.test(text)) return undefined;
  const numbers = text.split(".").map(Number);
  return numbers.includes(0) ? undefined : numbers;
}

/** `[1, 2, 3]` → `01.02.03`. */
export function formatPartId(numbers: readonly number[]): string {
  let id = "";
  for (const number of numbers) id += `${id === "" ? "" : "."}${number < 10 ? "0" : ""}${number}`;
  return id;
}

const CANONICAL = /^\d\d(?:\.\d\d){0,3}$/;
const EXAMPLE = "01.02.03.04";

/** The id as it is printed if it is one, else as it stands: files of other programs hold others. */
export function canonicalPartId(text: string): string {
  // As long as that is only what has all its zeros, and what is no id
  if (text.length === EXAMPLE.length || CANONICAL.test(text)) return text;
  const numbers = parsePartId(text);
  return numbers === undefined ? text : formatPartId(numbers);
}

/** The id of one of these parts, as it is printed. @throws IncrError `invalid_input` */
export function requirePartId(text: string, ...parts: readonly Part[]): string {
  const numbers = parsePartId(text.trim());
  if (numbers !== undefined && parts.includes(PARTS[numbers.length - 1] as Part)) return formatPartId(numbers);
  const shapes = parts.map((part) => `${part} such as ${EXAMPLE.slice(0, PARTS.indexOf(part) * 3 + 2)}`);
  throw new IncrError("invalid_input", `"${text}" is not the id of a ${shapes.join(" or a ")}`, {
    hint: "work tree",
    data: { id: text },
  });
}

/**
 * A stream or a thread where ids of other things may stand as well: `001-login`, `001-login/1.2.3`, or `1.2.3` of whichever stream is meant. Undefined for anything else;
 * ids of sessions have neither points nor dashes.
 */
export function parseStreamPart(text: string): { stream?: string; thread?: string } | undefined {
  const [, stream, thread] = /^(\d{3}-[^/]+)?(?:(?:^|\/)(\d{1,2}\.\d{1,2}\.\d{1,2}))?$/.exec(text.trim()) ?? [];
  if (stream === undefined && thread === undefined) return undefined;
  return { ...(stream === undefined ? {} : { stream }), ...(thread === undefined ? {} : { thread }) };
}

/** The id of the part that this one lies in: `01.02.03.04` → `01.02.03`. */
export function parentId(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf(".")));
}

/** Whether a part is that part or lies in it. */
export function isWithin(id: string, outer: string): boolean {
  return id.startsWith(outer) && (id.length === outer.length || id[outer.length] === ".");
}
