/** `**Summary:**` and `**Details:**` in a thread. */
import type { Line } from "../markdown/scan.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Section } from "./plan.ts";
import { sectionOf } from "./section.ts";

type LabelName = "summary" | "details";

interface Label {
  name: LabelName;
  index: number;
  line: Line;
  /** Where the text behind it begins. */
  textStart: number;
  exact: boolean;
}

const EXACT = /^\*\*(Summary|Details):\*\*[ \t]*/;
/** What was meant as a label: other capitals, other marks, the colon outside of them, or forgotten. */
const MEANT =
  /^(?=[*_]|(?:summary|details)[ \t]*:)[*_]{0,3}(summary|details)[ \t]*(?:[:：][ \t]*[*_]{0,3}|[*_]{1,3}[ \t]*[:：]?)[ \t]*/iu;

interface Labels {
  summary: Section | null;
  details: Section | null;
  diagnostics: Diagnostic[];
}

/** What the lines of a thread from index `from` up to `to` say. `id` is the thread's. */
export function readLabels(source: string, lines: readonly Line[], from: number, to: number, id: string): Labels {
  const diagnostics: Diagnostic[] = [];
  const found: Partial<Record<LabelName, Label>> = {};
  const candidates = lines.slice(from, to).flatMap((line, offset) => findLabel(source, line, from + offset));
  for (const label of candidates) {
    const first = found[label.name];
    const exactElsewhere = candidates.some((other) => other.exact && other.name === label.name);
    // Text that only looks like a label stays text where there is a real one
    if (!label.exact && (exactElsewhere || first !== undefined)) continue;
    if (first === undefined) found[label.name] = label;
    diagnostics.push(...labelProblems(label, first, id));
  }
  const used = Object.values(found).toSorted((a, b) => a.index - b.index);
  const section = (name: LabelName): Section | null => {
    const label = found[name];
    if (label === undefined) return null;
    const end = used.find(({ index }) => index > label.index)?.index ?? to;
    const inline = label.textStart < label.line.end;
    return inline
      ? sectionOf(source, lines, label.index, end, label.line.number, label.textStart)
      : sectionOf(source, lines, label.index + 1, end, label.line.number);
  };
  const firstText = lines
    .slice(from, used[0]?.index ?? to)
    .find((line) => !["blank", "rule", "html"].includes(line.kind));
  if (firstText !== undefined) diagnostics.push(unlabelled(firstText, id));
  return { summary: section("summary"), details: section("details"), diagnostics };
}

function findLabel(source: string, line: Line, index: number): Label[] {
  if (line.kind !== "text" || line.depth > 0) return [];
  const first = source[line.textStart] ?? "";
  if (!"*_sSdD".includes(first)) return [];
  const text = source.slice(line.textStart, line.end);
  const exact = EXACT.exec(text);
  const match = exact ?? MEANT.exec(text);
  if (match?.[1] === undefined) return [];
  const name = match[1].toLowerCase() as LabelName;
  return [{ name, index, line, textStart: line.textStart + match[0].length, exact: exact !== null }];
}

function labelProblems({ name, line, exact }: Label, first: Label | undefined, id: string): Diagnostic[] {
  const label = `**${name === "summary" ? "Summary" : "Details"}:**`;
  const place = { severity: "error" as const, line: line.number, column: line.textStart - line.start + 1 };
  if (first !== undefined) {
    const message = `thread ${id} has \`${label}\` twice, first on line ${first.line.number}`;
    return [{ ...place, code: "duplicate_label", message, fix: "put the two together" }];
  }
  if (exact) return [];
  const message = `this label of thread ${id} is not written as it should be`;
  return [{ ...place, code: "malformed_label", message, fix: `write \`${label}\`` }];
}

function unlabelled(line: Line, id: string): Diagnostic {
  return {
    severity: "warning",
    code: "stray_text",
    line: line.number,
    column: line.textStart - line.start + 1,
    message: `this text of thread ${id} stands before its labels, and belongs to neither`,
    fix: "write `**Details:**` above it",
  };
}
