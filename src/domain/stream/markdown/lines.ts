/** The lines of a text with their places in it, so that every one can be put back as it was. */

/** Offsets in the text, in UTF-16 code units. */
export interface Span {
  start: number;
  /** Of the first character that does not belong to it any more. */
  end: number;
}

export interface SourceLine extends Span {
  /** From 1. */
  number: number;
  /** Where the next line begins: behind the end of line, if there is one. */
  next: number;
}

const BYTE_ORDER_MARK = "\uFEFF";

/** Ends of lines are LF, CRLF and CR. A byte order mark belongs to no line. An empty text has one line, and so does what follows the last end of line. */
export function splitLines(source: string): SourceLine[] {
  const lines: SourceLine[] = [];
  const ends = /\r\n?|\n/g;
  let start = source.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  for (let match = ends.exec(source); match !== null; match = ends.exec(source)) {
    const next = match.index + match[0].length;
    lines.push({ number: lines.length + 1, start, end: match.index, next });
    start = next;
  }
  lines.push({ number: lines.length + 1, start, end: source.length, next: source.length });
  return lines;
}

/** The end of line that a text uses: that of its first line. */
export function lineEnd(source: string): string {
  return /\r\n?|\n/.exec(source)?.[0] ?? "\n";
}
