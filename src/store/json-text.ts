/** Parses JSON and, where it is broken, says where: the messages of JSON.parse differ between versions of node and often have no position. */

export type ParsedJson = { ok: true; value: unknown } | { ok: false; problem: string; line: number; column: number };

/** The value of `bytes` (UTF-8, a byte order mark is fine), or what is wrong with it and where; line and column count from 1, in characters. */
export function parseJson(bytes: Uint8Array): ParsedJson {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  // Decoding puts U+FFFD in place of bytes that are not UTF-8; saving that would destroy what was there
  const torn = text.includes("\uFFFD") ? invalidUtf8(bytes) : -1;
  if (torn >= 0) return failure(text, torn, "a byte that is not UTF-8");
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    const offset = findSyntaxError(text);
    return failure(text, offset, nameCharacter(text, offset));
  }
}

/** Index in `text` of the first character that makes it not JSON; its length when it ends too early. Only for text that JSON.parse refused. */
export function findSyntaxError(text: string): number {
  const open: string[] = [];
  let expected = "value";
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const char = text.charAt(at);
    const allowed = next(char, expected, open);
    if (allowed === undefined) return at;
    expected = allowed;
    const token = readToken(text, at);
    if (!token.ok) return token.end;
    at = token.end;
  }
  return text.length;
}

/** What may follow `char` where `expected` was expected; undefined if `char` may not stand there. Keeps `open`, the brackets that are open. */
function next(char: string, expected: string, open: string[]): string | undefined {
  const isValue = expected.startsWith("value");
  if (isValue && char === "{") return (open.push("}"), "key or }");
  if (isValue && char === "[") return (open.push("]"), "value or ]");
  if (char === open.at(-1) && (expected === "comma" || expected.endsWith(char))) {
    open.pop();
    return open.length === 0 ? "end" : "comma";
  }
  if (expected.startsWith("key")) return char === '"' ? "colon" : undefined;
  if (expected === "colon") return char === ":" ? "value" : undefined;
  if (expected === "comma" && open.length > 0 && char === ",") return open.at(-1) === "}" ? "key" : "value";
  if (isValue && /["\-0-9tfn]/.test(char)) return open.length === 0 ? "end" : "comma";
  return undefined;
}

const SCALAR =
  /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9a-zA-Z.+-])|(?:true|false|null)(?![0-9a-zA-Z])/y;

function readToken(text: string, start: number): { ok: boolean; end: number } {
  const char = text.charAt(start);
  if (char === '"') return readString(text, start);
  if ("{}[],:".includes(char)) return { ok: true, end: start + 1 };
  SCALAR.lastIndex = start;
  return SCALAR.test(text) ? { ok: true, end: SCALAR.lastIndex } : { ok: false, end: start };
}

/** By hand, because a pattern for strings overflows on a string of some megabytes. */
function readString(text: string, start: number): { ok: boolean; end: number } {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { ok: true, end: at + 1 };
    if (char < " ") return { ok: false, end: at };
    if (char !== "\\") continue;
    const escape = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at, at + 6));
    if (escape === null) return { ok: false, end: at };
    at += escape[0].length - 1;
  }
  return { ok: false, end: text.length };
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
  return at;
}

/** Index of the replacement character that stands for a broken byte, or -1 if the text really has that character. */
function invalidUtf8(bytes: Uint8Array): number {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return -1;
  } catch {
    return new TextDecoder().decode(bytes).indexOf("\uFFFD");
  }
}

function failure(text: string, offset: number, found: string): ParsedJson {
  const before = text.slice(0, offset).split("\n");
  const column = Array.from(before.at(-1) ?? "").length + 1;
  return { ok: false, problem: `unexpected ${found}`, line: before.length, column };
}

function nameCharacter(text: string, offset: number): string {
  const code = text.codePointAt(offset);
  if (code === undefined) return "end of the file";
  const char = String.fromCodePoint(code);
  if (char === '"') return "a quote";
  return /\p{Cc}/u.test(char) ? `U+${code.toString(16).toUpperCase().padStart(4, "0")}` : `"${char}"`;
}
