/**
 * Entries of ours in lists of somebody else's JSON file, such as hooks in the settings of an agent: how they are put in and taken out again. Texts in, texts out;
 * what belongs to others is not touched, whatever its layout, order and comments.
 */
import * as v from "valibot";
import { insertChild, isBlank, removeChild, replaceElement } from "./json/edit.ts";
import { parseJsonc, type JsonNode } from "./json/jsonc.ts";

/** What is to stand in a list of a file. */
export interface WantedEntry {
  /** Keys that lead from the top of the file to the list. */
  list: readonly string[];
  value: unknown;
  /** By this part of its JSON text one that was changed since is known as ours. */
  mark: string;
}

export interface WantedEntries {
  /** As in `WantedFile`. */
  path: string;
  entries: readonly WantedEntry[];
}

/** What was put into a file, kept in the note of what was installed. */
export const notedEntriesSchema = v.looseObject({
  /** Whether there was no such file before. */
  created: v.boolean(),
  /** Keys that lead to the objects and lists that had to be made, the outermost first. */
  made: v.array(v.array(v.string())),
  entries: v.array(v.looseObject({ list: v.array(v.string()), value: v.unknown(), mark: v.string() })),
});
export type NotedEntries = v.InferOutput<typeof notedEntriesSchema>;

/** As with files: `foreign` was changed since it was put in (or put in by hand), and is left alone. */
export interface PlannedEntry {
  /** The list, `hooks.SessionStart`. */
  list: string;
  action: "create" | "update" | "remove" | "unchanged" | "foreign";
}

export interface EntriesChange {
  /** The file as it is to be; null: not there. */
  text: string | null;
  /** What is to be noted then. */
  noted: NotedEntries;
  entries: PlannedEntry[];
}

/** A file that cannot be read as JSON, or is not of the shape that its lists need. */
export class UnreadableJson extends Error {}

/**
 * Puts the wanted entries in, and takes out those of an earlier version that are wanted no more.
 * @param text null if there is no file
 * @param noted what an earlier installation put in
 * @param force entries that were changed since are replaced
 * @throws UnreadableJson
 */
export function addEntries(
  text: string | null,
  wanted: readonly WantedEntry[],
  noted: NotedEntries | undefined,
  { force = false } = {},
): EntriesChange {
  const made = [...(noted?.made ?? [])];
  const entries: PlannedEntry[] = [];
  let next = text ?? "{}\n";
  for (const { list, value, mark } of wanted) {
    const at = findList(next, list);
    const elements = at?.children ?? [];
    const find = (test: (element: unknown) => boolean) => elements.find(({ node }) => test(node.value));
    const before = noted?.entries.filter((one) => sameValue(one.list, list)) ?? [];
    const planned = (action: PlannedEntry["action"]) => entries.push({ list: list.join("."), action });
    const outdated = find((element) => before.some((one) => sameValue(one.value, element)));
    const changed = find((element) => hasMark(element, mark));
    const replaced = outdated ?? (force ? changed : undefined);
    if (find((element) => sameValue(element, value)) !== undefined) planned("unchanged");
    else if (replaced !== undefined) {
      next = replaceElement(next, replaced, value);
      planned("update");
    } else if (changed !== undefined) planned("foreign");
    else {
      next = appendTo(next, list, value, made);
      planned("create");
    }
  }
  const dropped = noted?.entries.filter((one) => !wanted.some(({ list }) => sameValue(list, one.list))) ?? [];
  const without = takeOut(next, dropped);
  return {
    text: without.text,
    noted: {
      created: text === null || noted?.created === true,
      made,
      entries: wanted.map(({ list, value, mark }) => ({ list: [...list], value, mark })),
    },
    entries: [...entries, ...without.entries],
  };
}

/**
 * Takes out what was put in: exactly the entries that are as they were then, and the lists and objects that were made for them, if nothing else is in them.
 * @throws UnreadableJson
 */
export function removeEntries(text: string | null, noted: NotedEntries): Omit<EntriesChange, "noted"> {
  if (text === null) return { text, entries: [] };
  const taken = takeOut(text, noted.entries);
  let next = taken.text;
  for (const keys of noted.made.toReversed()) next = removeBlank(next, keys);
  const left = noted.entries
    .filter(({ list, mark }) => findList(next, list)?.children.some(({ node }) => hasMark(node.value, mark)))
    .map(({ list }) => ({ list: list.join("."), action: "foreign" as const }));
  const isGone = noted.created && isBlank(next, parse(next));
  return { text: isGone ? null : next, entries: [...taken.entries, ...left] };
}

function hasMark(element: unknown, mark: string): boolean {
  return JSON.stringify(element).includes(mark);
}

/** In the order opposite to that in which they were put in, so that each finds the text as it left it. */
function takeOut(text: string, noted: NotedEntries["entries"]): { text: string; entries: PlannedEntry[] } {
  let next = text;
  const entries: PlannedEntry[] = [];
  for (const { list, value } of noted.toReversed()) {
    const at = findList(next, list);
    const index = at?.children.findIndex(({ node }) => sameValue(node.value, value)) ?? -1;
    if (at === undefined || index === -1) continue;
    next = removeChild(next, at, index);
    entries.unshift({ list: list.join("."), action: "remove" });
  }
  return { text: next, entries };
}

/** Adds to the list at `list`, making what is not there of the way to it; `made` gets what had to be made. */
function appendTo(text: string, list: readonly string[], value: unknown, made: string[][]): string {
  let at = parse(text);
  for (const [depth, key] of list.entries()) {
    const child = requireObject(at, list.slice(0, depth)).children.find((one) => one.key === key);
    if (child === undefined) {
      const rest = list.slice(depth + 1);
      for (let keys = depth + 1; keys <= list.length; keys += 1) noteMade(made, list.slice(0, keys));
      return insertChild(
        text,
        at,
        key,
        rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), [value]),
      );
    }
    at = child.node;
  }
  return insertChild(text, at, null, value);
}

function noteMade(made: string[][], keys: readonly string[]): void {
  if (!made.some((one) => sameValue(one, keys))) made.push([...keys]);
}

/** Removes the object or list there if nothing is in it. */
function removeBlank(text: string, keys: readonly string[]): string {
  let parent: JsonNode | undefined;
  let at = parse(text);
  let index = -1;
  for (const key of keys) {
    index = at.children.findIndex((one) => one.key === key);
    const child = at.children[index];
    if (child === undefined) return text;
    parent = at;
    at = child.node;
  }
  return parent !== undefined && isBlank(text, at) ? removeChild(text, parent, index) : text;
}

/** The list that `keys` lead to, undefined if there is none. */
function findList(text: string, keys: readonly string[]): JsonNode | undefined {
  let at = parse(text);
  for (const [depth, key] of keys.entries()) {
    const named = requireObject(at, keys.slice(0, depth)).children.filter((one) => one.key === key);
    if (named.length > 1) throw new UnreadableJson(`has ${keys.slice(0, depth + 1).join(".")} more than once`);
    if (named[0] === undefined) return undefined;
    at = named[0].node;
  }
  if (at.kind !== "list") throw new UnreadableJson(`has something else than a list in ${keys.join(".")}`);
  return at;
}

function requireObject(node: JsonNode, keys: readonly string[]): JsonNode {
  if (node.kind === "object") return node;
  throw new UnreadableJson(
    keys.length === 0 ? "holds no JSON object" : `has something else than an object in ${keys.join(".")}`,
  );
}

function parse(text: string): JsonNode {
  const parsed = parseJsonc(text);
  if (parsed.ok) return parsed.root;
  throw new UnreadableJson(`is not JSON: line ${parsed.line}, column ${parsed.column}: ${parsed.problem}`);
}

/** Whether two values are the same JSON, in whatever order their keys are. */
function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, sorted(inner)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
