/** The footer `---` and `*Last updated: …*`. It ends what stands above it, and not the plan: stages may follow. */
import type { Line } from "../markdown/scan.ts";

/** Indexes of lines: the rule above it is part of it; `end` is behind its last line. */
export interface Footer {
  start: number;
  end: number;
}

const FOOTER = /^([*_]{1,3})Last updated:.*\1[ \t]*$/i;

/** A line that says so in the middle of other text is no footer: it needs a rule above, or a heading or the end below. */
export function findFooters(source: string, lines: readonly Line[]): Footer[] {
  const footers: Footer[] = [];
  for (const [index, line] of lines.entries()) {
    if (!isFooter(source, line)) continue;
    const above = findFilled(lines, index, -1);
    const below = findFilled(lines, index, 1);
    const ruled = lines[above]?.kind === "rule" && lines[above]?.depth === 0;
    const ends =
      lines[below] === undefined || (lines[below].depth === 0 && ["heading", "rule"].includes(lines[below].kind));
    if (ruled || ends) footers.push({ start: ruled ? above : index, end: index + 1 });
  }
  return footers;
}

function isFooter(source: string, line: Line): boolean {
  if (line.kind !== "text" || line.depth > 0) return false;
  const first = source[line.textStart];
  return (first === "*" || first === "_") && FOOTER.test(source.slice(line.textStart, line.end));
}

/** Index of the next line upward or downward that is not blank. */
function findFilled(lines: readonly Line[], index: number, step: 1 | -1): number {
  let at = index + step;
  while (lines[at]?.kind === "blank") at += step;
  return at;
}
