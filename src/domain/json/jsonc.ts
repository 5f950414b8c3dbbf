/**
 * Reads JSON as people write it into settings (comments, commas after the last element) and remembers where everything stands, so that it can be changed
 * without touching the rest.
 */

/** Where a value stands: from `start` up to `end`, as offsets in the text. */
interface Span {
  start: number;
  end: number;
}

/** A value. Of objects and lists the parts are known too. */
export interface JsonNode extends Span {
  kind: "object" | "list" | "scalar";
  /** As `JSON.parse` would have it. */
  value: unknown;
  /** Members or elements in their order; of a scalar none. */
  children: JsonChild[];
}

/** A member (from the beginning of its key) or an element. */
export interface JsonChild extends Span {
  /** Null of an element. */
  key: string | null;
  node: JsonNode;
  /** Offset of the comma after it, null if there is none. */
  comma: number | null;
}

export type ParsedJsonc = { ok: true; root: JsonNode } | { ok: false; problem: string; line: number; column: number };

/** The value that `text` holds, or what is wrong with it; line and column count from 1. A byte order mark is fine. */
export function parseJsonc(text: string): ParsedJsonc {
  const reader: Reader = { text, at: text.startsWith("\uFEFF") ? 1 : 0, depth: 0 };
  try {
    skipTrivia(reader);
    const root = readNode(reader);
    skipTrivia(reader);
    if (reader.at < text.length) throw new Problem(reader.at, "something after the end");
    return { ok: true, root };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const before = text.slice(0, error.at).split("\n");
    return { ok: false, problem: error.message, line: before.length, column: (before.at(-1) ?? "").length + 1 };
  }
}

/** Where the comments between two offsets end, where nothing else but white space is. */
export interface CommentsEnd {
  /** The first of the two offsets if there are none. */
  at: number;
  /** Whether a comment is still open there, up to the end of its line. */
  open: boolean;
}

/** The end of the last comment in `text` between `from` and `to`. */
export function endOfComments(text: string, from: number, to: number): CommentsEnd {
  let end: CommentsEnd = { at: from, open: false };
  for (let at = skipSpace(text, from); at < to; at = skipSpace(text, end.at)) {
    const next = commentEnd(text, at);
    if (next === undefined) return end;
    end = { at: next, open: text.startsWith("//", at) };
  }
  return end;
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

class Problem extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Deeper than any settings, and far from what would overflow the stack. */
const DEPTH = 200;

function readNode(reader: Reader): JsonNode {
  const char = reader.text[reader.at];
  if (char === "{") return readContainer(reader, "object", "}");
  if (char === "[") return readContainer(reader, "list", "]");
  return readScalar(reader);
}

function readContainer(reader: Reader, kind: "object" | "list", closing: string): JsonNode {
  const { text } = reader;
  const start = reader.at;
  if ((reader.depth += 1) > DEPTH) throw new Problem(start, "too many levels");
  const children: JsonChild[] = [];
  reader.at += 1;
  skipTrivia(reader);
  while (text[reader.at] !== closing) {
    const last = children.at(-1);
    if (last !== undefined && last.comma === null) throw unexpected(reader, `a comma or ${closing}`);
    const child = readChild(reader, kind);
    children.push(child);
    skipTrivia(reader);
    if (text[reader.at] !== ",") continue;
    child.comma = reader.at;
    reader.at += 1;
    skipTrivia(reader);
  }
  reader.at += 1;
  reader.depth -= 1;
  const value =
    kind === "list"
      ? children.map(({ node }) => node.value)
      : Object.fromEntries(children.map(({ key, node }) => [key, node.value]));
  return { kind, start, end: reader.at, value, children };
}

function readChild(reader: Reader, kind: "object" | "list"): JsonChild {
  const start = reader.at;
  let key: string | null = null;
  if (kind === "object") {
    if (reader.text[start] !== '"') throw unexpected(reader, "a key");
    key = String(readScalar(reader).value);
    skipTrivia(reader);
    if (reader.text[reader.at] !== ":") throw unexpected(reader, "a colon");
    reader.at += 1;
    skipTrivia(reader);
  }
  const node = readNode(reader);
  return { start, end: node.end, key, node, comma: null };
}

const SCALAR = /"(?:[^"\\]|\\.)*"|[\w+.-]+/sy;

/** `JSON.parse` knows best what a string or a number is. */
function readScalar(reader: Reader): JsonNode {
  SCALAR.lastIndex = reader.at;
  const token = SCALAR.exec(reader.text)?.[0];
  if (token === undefined) throw unexpected(reader, "a value");
  const start = reader.at;
  try {
    const value: unknown = JSON.parse(token);
    reader.at += token.length;
    return { kind: "scalar", start, end: reader.at, value, children: [] };
  } catch {
    throw unexpected(reader, "a value");
  }
}

function unexpected({ text, at }: Reader, wanted: string): Problem {
  return new Problem(at, at >= text.length ? `it ends where ${wanted} should be` : `${wanted} should be here`);
}

/** Stops at the first character that is neither white space nor in a comment. */
function skipTrivia(reader: Reader): void {
  for (;;) {
    reader.at = skipSpace(reader.text, reader.at);
    const end = commentEnd(reader.text, reader.at);
    if (end === undefined) return;
    if (end > reader.text.length) throw new Problem(reader.at, "a comment that does not end");
    reader.at = end;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at += 1;
  return at;
}

/** Where the comment that begins at `at` ends, before the line end that closes it; beyond the text if it does not end; undefined if none begins there. */
function commentEnd(text: string, at: number): number | undefined {
  const two = text.slice(at, at + 2);
  if (two === "//") {
    const end = /\r?\n/.exec(text.slice(at))?.index;
    return end === undefined ? text.length : at + end;
  }
  if (two !== "/*") return undefined;
  const end = text.indexOf("*/", at + 2);
  return end === -1 ? text.length + 1 : end + 2;
}
