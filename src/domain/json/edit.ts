/**
 * Changes a JSON text in one place and leaves every other character as it is. Putting something in and taking it out again gives the text that was there before,
 * to the byte.
 */
import { endOfComments, type CommentsEnd, type JsonChild, type JsonNode } from "./jsonc.ts";

/** Adds a member (`key`) or an element (null) as the last one, laid out as the text around it is. */
export function insertChild(text: string, parent: JsonNode, key: string | null, value: unknown): string {
  const last = parent.children.at(-1);
  return last === undefined ? insertOnly(text, parent, key, value) : insertAfter(text, parent, last, key, value);
}

/** Takes a member or an element out, with the comma and the white space that were put there for it. */
export function removeChild(text: string, parent: JsonNode, index: number): string {
  const child = parent.children[index];
  if (child === undefined) return text;
  const before = parent.children[index - 1];
  const isLast = index === parent.children.length - 1;
  const start = before === undefined ? parent.start : (before.comma ?? before.end);
  const comments = endOfComments(text, start + 1, child.start);
  const without = child.comma === null ? text : splice(text, child.comma, child.comma + 1, "");
  if (before === undefined && isLast) return removeOnly(without, child, comments);
  // A comment must not run on into what is left
  const from = comments.open && !/^\r?\n/.test(without.slice(child.end)) ? child.start : comments.at;
  const rest = splice(without, from, child.end, "");
  const comma = isLast && child.comma === null ? before?.comma : undefined;
  return typeof comma === "number" ? splice(rest, comma, comma + 1, "") : rest;
}

/** Puts another value in the place of an element. */
export function replaceElement(text: string, { start, end }: JsonChild, value: unknown): string {
  const inner = isFirstOnLine(text, start) ? indentAt(text, start) : null;
  return splice(text, start, end, print(text, null, value, inner));
}

/** Whether there is neither a child nor a comment in it. */
export function isBlank(text: string, { kind, start, end, children }: JsonNode): boolean {
  return kind !== "scalar" && children.length === 0 && text.slice(start + 1, end - 1).trim() === "";
}

function insertOnly(text: string, parent: JsonNode, key: string | null, value: unknown): string {
  const closing = parent.end - 1;
  if (isOneLine(text)) return splice(text, closing, closing, print(text, key, value, null));
  const own = indentAt(text, parent.start);
  const inner = own + indentUnit(text);
  const printed = lineEnd(text) + inner + print(text, key, value, inner) + lineEnd(text) + own;
  return splice(text, closing, closing, printed);
}

/** Comments after the last one stay with it, and so does its comma. */
function insertAfter(text: string, parent: JsonNode, last: JsonChild, key: string | null, value: unknown): string {
  const closing = parent.end - 1;
  const { at } = endOfComments(text, last.comma === null ? last.end : last.comma + 1, closing);
  const indent = indentOfNext(text, parent, last);
  const printed = (indent === null ? " " : lineEnd(text) + indent) + print(text, key, value, indent);
  if (last.comma !== null) return splice(text, at, at, `${printed},`);
  return splice(splice(text, at, at, printed), last.end, last.end, ",");
}

/** Of a line that follows the last child; null: it goes on in the same line. */
function indentOfNext(text: string, parent: JsonNode, last: JsonChild): string | null {
  if (isFirstOnLine(text, last.start)) return indentAt(text, last.start);
  const isOver = text.slice(last.end, parent.end - 1).includes("\n");
  return isOver ? indentAt(text, parent.start) + indentUnit(text) : null;
}

/** What stood on lines of its own leaves none; what stood beside brackets leaves them as they are. */
function removeOnly(text: string, { start, end }: JsonChild, comments: CommentsEnd): string {
  const line = /\r?\n[ \t]*$/.exec(text.slice(0, start))?.[0];
  const rest = /^\r?\n[ \t]*(?=[\]}])/.exec(text.slice(end))?.[0];
  if (line === undefined || rest === undefined) return splice(text, start, end, "");
  const from = comments.open && comments.at === start - line.length ? start : start - line.length;
  return splice(text, from, end + rest.length, "");
}

/** @param indent of the line that it begins on; null: all on one line */
function print(text: string, key: string | null, value: unknown, indent: string | null): string {
  const name = key === null ? "" : `${JSON.stringify(key)}: `;
  if (indent === null) return name + JSON.stringify(value);
  return name + JSON.stringify(value, null, indentUnit(text)).replaceAll("\n", lineEnd(text) + indent);
}

/** An empty document has no layout of its own yet. */
function isOneLine(text: string): boolean {
  const { length } = text.trim();
  return length > "{}".length && !text.trim().includes("\n");
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function isFirstOnLine(text: string, at: number): boolean {
  const before = text.slice(0, at);
  return before.includes("\n") && before.slice(before.lastIndexOf("\n") + 1).trim() === "";
}

/** White space that the line of `at` begins with. */
function indentAt(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

/** As far as the first indented line. */
function indentUnit(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

function splice(text: string, from: number, to: number, added: string): string {
  return text.slice(0, from) + added + text.slice(to);
}
