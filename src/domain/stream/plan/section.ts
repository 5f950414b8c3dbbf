/** Slices of a plan's source by lines. */
import type { Line } from "../markdown/scan.ts";
import type { Section } from "./plan.ts";

/** Nothing stands in it. */
export function isBlank(line: Line): boolean {
  return line.kind === "blank" || line.start === line.end;
}

/**
 * The lines from index `from` up to `to` as they stand there, without blank lines around them.
 * @param line of the heading or label that they belong to
 * @param firstStart where the first line begins, if not at its own beginning
 */
export function sectionOf(
  source: string,
  lines: readonly Line[],
  from: number,
  to: number,
  line: number,
  firstStart?: number,
): Section {
  let first = from;
  let last = to;
  const startsHere = firstStart !== undefined;
  while (!startsHere && first < last && isEmpty(source, lines[first])) first += 1;
  while (last > first && isEmpty(source, lines[last - 1], last - 1 === from ? firstStart : undefined)) last -= 1;
  const start = (first === from ? firstStart : undefined) ?? lines[first]?.start ?? source.length;
  const end = last > first ? (lines[last - 1]?.end ?? start) : start;
  return { start, end, text: source.slice(start, end), line };
}

/** By its characters: a blank line within a code block is one too, at the edge of a section. */
function isEmpty(source: string, line: Line | undefined, start = line?.start): boolean {
  return line === undefined || source.slice(start, line.end).trim() === "";
}
