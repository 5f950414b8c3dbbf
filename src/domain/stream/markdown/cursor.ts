/** Walks along one line of Markdown in columns, since tabs stand for up to four of them and may be used up in part. */
export interface Cursor {
  readonly text: string;
  at: number;
  column: number;
  /** Columns that are left of a tab. */
  owed: number;
}

const TAB = 4;

/** Columns of space that come next. */
export function indentAt(cursor: Cursor): number {
  let { at, column } = cursor;
  for (; ; at += 1) {
    const char = cursor.text[at];
    if (char === " ") column += 1;
    else if (char === "\t") column += TAB - (column % TAB);
    else return column - cursor.column + cursor.owed;
  }
}

/** Goes on by so many columns of space, or by as many as there are. */
export function skipColumns(cursor: Cursor, columns: number): void {
  let left = columns;
  while (left > 0) {
    if (cursor.owed > 0) {
      const used = Math.min(cursor.owed, left);
      cursor.owed -= used;
      left -= used;
      continue;
    }
    const char = cursor.text[cursor.at];
    if (char !== " " && char !== "\t") return;
    const width = char === " " ? 1 : TAB - (cursor.column % TAB);
    cursor.at += 1;
    cursor.column += width;
    cursor.owed = width;
  }
}

/** Goes on by so many characters, none of which is a tab. */
export function skipCharacters(cursor: Cursor, count: number): void {
  cursor.at += count;
  cursor.column += count;
  cursor.owed = 0;
}

/** What is left of the line, without the space that comes next. */
export function restAt({ text, at }: Cursor): string {
  let from = at;
  while (text[from] === " " || text[from] === "\t") from += 1;
  return from === 0 ? text : text.slice(from);
}
