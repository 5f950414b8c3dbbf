/**
 * The block structure of Markdown (CommonMark 0.31) as far as it decides what a line is: whether `# …` is a heading or stands in a code block, a comment, a
 * list or a quote. Text within a line is not looked at.
 */
import { indentAt, restAt, skipCharacters, skipColumns, type Cursor } from "./cursor.ts";
import {
  closesFence,
  isHtmlStart,
  isRule,
  matchMarker,
  openFence,
  openHtml,
  type Fence,
  type HtmlBlock,
} from "./leaf.ts";
import { splitLines, type SourceLine } from "./lines.ts";

export type LineKind =
  | "blank"
  | "heading"
  /** The line of `===` or `---` that makes a heading of the paragraph above. */
  | "underline"
  | "rule"
  /** The first or last line of a fenced code block. */
  | "fence"
  | "code"
  /** Comments and other blocks of HTML. */
  | "html"
  | "text";

export interface Line extends SourceLine {
  kind: LineKind;
  /** How many lists and quotes the line lies in. */
  depth: number;
  /** Offset of what stands behind the indent and the marks of lists and quotes. */
  textStart: number;
  /** Whether a list item begins on this line. */
  item: boolean;
}

/** A code block or comment without an end of its own. */
export interface Unclosed {
  line: Line;
  what: "code block" | "comment";
  /** False if the list or quote that it stands in has ended it. */
  toTheEnd: boolean;
}

export interface Scan {
  lines: Line[];
  unclosed: Unclosed[];
}

type Container = { type: "quote" } | { type: "item"; indent: number };
type Leaf =
  | { type: "none" }
  | { type: "paragraph" }
  | { type: "fence"; fence: Fence; line: Line }
  | { type: "html"; block: HtmlBlock; line: Line };

interface State {
  containers: Container[];
  leaf: Leaf;
  unclosed: Unclosed[];
}

/** What each line of `source` is. */
export function scanMarkdown(source: string): Scan {
  return scanLines(source, (state, line) => scanPlainLine(state, source, line) ?? scanAnyLine(state, source, line));
}

/** The same, every line looked at closely: what tells whether short cuts lead to the same place. */
export function scanClosely(source: string): Scan {
  return scanLines(source, (state, line) => scanAnyLine(state, source, line));
}

function scanLines(source: string, scanLine: (state: State, line: SourceLine) => Line): Scan {
  const state: State = { containers: [], leaf: { type: "none" }, unclosed: [] };
  const lines = splitLines(source).map((line) => scanLine(state, line));
  endLeaf(state, true);
  return { lines, unclosed: state.unclosed };
}

/** At the margin: headings, empty lines, items, and text that begins with a letter or a bold one. Most lines are that, and need no closer look. */
function scanPlainLine(state: State, source: string, { number, start, end, next }: SourceLine): Line | undefined {
  const { containers, leaf } = state;
  if (leaf.type === "fence" || leaf.type === "html") return undefined;
  const kind = plainKind(source, start, end);
  if (kind === undefined || !isKnown(kind, state)) return undefined;
  const item = kind === "item";
  state.leaf = kind === "text" || item ? PARAGRAPH : NONE;
  // An empty line ends no list.
  if (kind !== "blank") containers.length = 0;
  if (item) containers.push({ type: "item", indent: 2 });
  const textStart = item ? start + 2 : start;
  return { number, start, end, next, kind: item ? "text" : kind, depth: containers.length, textStart, item };
}

/** Whether what it does to the lists and quotes around it is plain, too. */
function isKnown(kind: "blank" | "heading" | "text" | "item", { containers, leaf }: State): boolean {
  if (containers.length === 0 || kind === "heading" || kind === "item") return true;
  // Text may be the rest of a paragraph in a list
  if (kind === "text") return leaf.type === "none";
  return containers.every(({ type }) => type === "item");
}

function plainKind(source: string, start: number, end: number): "blank" | "heading" | "text" | "item" | undefined {
  if (start === end) return "blank";
  if (isLetter(source.charCodeAt(start))) return "text";
  if (source.startsWith("**", start)) return isLetter(source.charCodeAt(start + 2)) ? "text" : undefined;
  if (source.startsWith("- ", start)) {
    return source[start + 2] === "[" || isLetter(source.charCodeAt(start + 2)) ? "item" : undefined;
  }
  let at = start;
  while (source[at] === "#") at += 1;
  return at > start && at - start <= 6 && source[at] === " " ? "heading" : undefined;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

const NONE: Leaf = { type: "none" };
const PARAGRAPH: Leaf = { type: "paragraph" };

function scanAnyLine(state: State, source: string, place: SourceLine): Line {
  const cursor: Cursor = { text: source.slice(place.start, place.end), at: 0, column: 0, owed: 0 };
  const matched = matchContainers(state.containers, cursor);
  const { number, start, end, next } = place;
  const line: Line = { number, start, end, next, kind: "text", depth: 0, textStart: start, item: false };
  const finish = (kind: LineKind) => {
    line.kind = kind;
    line.depth = state.containers.length;
    line.textStart = place.end - restAt(cursor).length;
    return line;
  };

  if (state.leaf.type === "fence" || state.leaf.type === "html") {
    if (matched === state.containers.length) return finish(continueLeaf(state, state.leaf, cursor));
    endLeaf(state, false);
  }

  const inside = matched === state.containers.length;
  const opened = openContainers(cursor, inside && state.leaf.type === "paragraph");
  const rest = restAt(cursor);
  // A paragraph goes on without the marks of its lists and quotes
  if (!inside && opened.length === 0 && state.leaf.type === "paragraph" && isPlainText(rest, indentAt(cursor))) {
    return finish("text");
  }
  if (!inside || opened.length > 0) state.leaf = { type: "none" };
  state.containers.length = matched;
  state.containers.push(...opened);
  line.item = opened.some(({ type }) => type === "item");
  return finish(beginLeaf(state, line, rest, indentAt(cursor)));
}

/** How many of the open lists and quotes go on in this line; the cursor then stands behind their marks. */
function matchContainers(containers: readonly Container[], cursor: Cursor): number {
  let matched = 0;
  for (const container of containers) {
    const blank = restAt(cursor) === "";
    if (container.type === "quote") {
      if (indentAt(cursor) > 3 || !restAt(cursor).startsWith(">")) return matched;
      skipQuoteMark(cursor);
    } else if (!blank) {
      if (indentAt(cursor) < container.indent) return matched;
      skipColumns(cursor, container.indent);
    }
    matched += 1;
  }
  return matched;
}

function skipQuoteMark(cursor: Cursor): void {
  skipColumns(cursor, indentAt(cursor));
  skipCharacters(cursor, 1);
  skipColumns(cursor, 1);
}

function openContainers(cursor: Cursor, inParagraph: boolean): Container[] {
  const opened: Container[] = [];
  for (;;) {
    const rest = restAt(cursor);
    const indent = indentAt(cursor);
    if (rest === "" || indent > 3) return opened;
    if (rest.startsWith(">")) {
      skipQuoteMark(cursor);
      opened.push({ type: "quote" });
      continue;
    }
    const marker = isRule(rest) ? undefined : matchMarker(rest);
    if (marker === undefined) return opened;
    const bare = rest.slice(marker.length).trim() === "";
    if (inParagraph && opened.length === 0 && (bare || !marker.interrupts)) return opened;
    skipColumns(cursor, indent);
    skipCharacters(cursor, marker.length);
    const spaces = indentAt(cursor);
    const gap = bare || spaces > 4 ? 1 : spaces;
    skipColumns(cursor, gap);
    opened.push({ type: "item", indent: indent + marker.length + gap });
  }
}

function continueLeaf(state: State, leaf: Leaf & { type: "fence" | "html" }, cursor: Cursor): LineKind {
  const rest = restAt(cursor);
  if (leaf.type === "fence") {
    if (indentAt(cursor) > 3 || !closesFence(rest, leaf.fence)) return "code";
    state.leaf = { type: "none" };
    return "fence";
  }
  if (!leaf.block.ends(rest)) return "html";
  state.leaf = { type: "none" };
  return rest === "" ? "blank" : "html";
}

function beginLeaf(state: State, line: Line, rest: string, indent: number): LineKind {
  const inParagraph = state.leaf.type === "paragraph";
  if (rest === "") {
    state.leaf = { type: "none" };
    return "blank";
  }
  if (indent > 3) return inParagraph ? "text" : "code";
  const fence = openFence(rest);
  if (fence !== undefined) {
    state.leaf = { type: "fence", fence, line };
    return "fence";
  }
  const block = openHtml(rest, inParagraph);
  if (block !== undefined) {
    state.leaf = block.ends(rest) ? { type: "none" } : { type: "html", block, line };
    return "html";
  }
  const kind = paragraphKind(rest, inParagraph);
  state.leaf = { type: kind === "text" ? "paragraph" : "none" };
  return kind;
}

function paragraphKind(rest: string, inParagraph: boolean): "heading" | "underline" | "rule" | "text" {
  if (/^#{1,6}(?:[ \t]|$)/.test(rest)) return "heading";
  if (inParagraph && /^(?:=+|-+)[ \t]*$/.test(rest)) return "underline";
  return isRule(rest) ? "rule" : "text";
}

function isPlainText(rest: string, indent: number): boolean {
  if (rest === "") return false;
  if (indent > 3) return true;
  return paragraphKind(rest, false) === "text" && openFence(rest) === undefined && !isHtmlStart(rest);
}

/** Ends what has no end mark of its own, and remembers that. */
function endLeaf(state: State, toTheEnd: boolean): void {
  const { leaf } = state;
  if (leaf.type === "fence") state.unclosed.push({ line: leaf.line, what: "code block", toTheEnd });
  if (leaf.type === "html" && leaf.block.comment) state.unclosed.push({ line: leaf.line, what: "comment", toTheEnd });
  state.leaf = { type: "none" };
}
