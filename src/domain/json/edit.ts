/**
 * Changes a JSON text in one place and leaves every other character as it is. Putting something in and taking it out again gives the text that was there before,
 * to the byte.
 */
import { endOfComments, type JsonChild, type JsonNode } from "./jsonc.ts";

/** Adds a member (`key`) or an element (null) as the last one, laid out as the text around it is. */
export function insertChild(text: string, parent: JsonNode, key: string | null, value: unknown): string {
  const closing = parent.end - 1;
  const last = parent.children.at(-1);
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  if (last === undefined) {
    const own = indentAt(text, parent.start);
    const inner = own + indentUnit(text);
    // An empty document has no layout of its own yet
    const [before, after] = isOneLine(text) ? ["", ""] : [eol + inner, eol + own];
    return splice(
      text,
      closing,
      closing,
      before + print(key, value, before === "" ? null : inner, indentUnit(text), eol) + after,
    );
  }
  const at = endOfComments(text, last.comma === null ? last.end : last.comma + 1, closing);
  const inner = isFirstOnLine(text, last.start) ? indentAt(text, last.start) : null;
  const below =
    inner ?? (text.slice(last.end, closing).includes("\n") ? indentAt(text, parent.start) + indentUnit(text) : null);
  const printed = (below === null ? " " : eol + below) + print(key, value, below, indentUnit(text), eol);
  if (last.comma !== null) return splice(text, at, at, `${printed},`);
  return splice(splice(text, at, at, printed), last.end, last.end, ",");
}

/** Takes a member or an element out, with the comma and the white space that were put there for it. */
export function removeChild(text: string, parent: JsonNode, index: number): string {
  const child = parent.children[index];
  if (child === undefined) return text;
  const before = parent.children[index - 1];
  const isLast = index === parent.children.length - 1;
  const from = endOfComments(
    text,
    before === undefined ? parent.start + 1 : (before.comma ?? before.end) + 1,
    child.start,
  );
  if (before === undefined && isLast) return removeOnly(text, parent, child);
  const without = splice(withoutComma(text, child), from, child.end, "");
  return isLast && child.comma === null && before !== undefined && before.comma !== null
    ? splice(without, before.comma, before.comma + 1, "")
    : without;
}

/** Puts another value in the place of an element. */
export function replaceElement(text: string, { start, end }: JsonChild, value: unknown): string {
  const inner = isFirstOnLine(text, start) ? indentAt(text, start) : null;
  return splice(text, start, end, print(null, value, inner, indentUnit(text), text.includes("\r\n") ? "\r\n" : "\n"));
}

/** Whether there is neither a child nor a comment in it. */
export function isBlank(text: string, { kind, start, end, children }: JsonNode): boolean {
  return kind !== "scalar" && children.length === 0 && text.slice(start + 1, end - 1).trim() === "";
}

/** The only child stands on lines of its own, or has nothing around it. */
function removeOnly(text: string, parent: JsonNode, child: JsonChild): string {
  const without = withoutComma(text, child);
  const closing = parent.end - 1 - (text.length - without.length);
  const line = /\r?\n[ \t]*$/.exec(without.slice(parent.start + 1, child.start));
  const rest = /^\r?\n[ \t]*$/.exec(without.slice(child.end, closing));
  if (line === null || rest === null) return splice(without, child.start, child.end, "");
  return splice(without, child.start - line[0].length, closing, "");
}

function withoutComma(text: string, { comma }: JsonChild): string {
  return comma === null ? text : splice(text, comma, comma + 1, "");
}

/** @param indent of the line that it begins on; null: all on one line */
function print(key: string | null, value: unknown, indent: string | null, unit: string, eol: string): string {
  const name = key === null ? "" : `${JSON.stringify(key)}: `;
  if (indent === null) return name + JSON.stringify(value);
  return name + JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);
}

function isOneLine(text: string): boolean {
  const { length } = text.trim();
  return length > "{}".length && !text.trim().includes("\n");
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
