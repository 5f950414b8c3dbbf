/** What is wrong with single lines of a plan: what nearly is a heading, what is never closed, what was never filled in. */
import type { Line, Scan, Unclosed } from "../markdown/scan.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { findPlaceholders } from "./placeholder.ts";

/** The diagnostics of all lines. */
export function checkLines(source: string, { lines, unclosed }: Scan): Diagnostic[] {
  const found = unclosed.map((each) => unclosedProblem(source, each));
  for (const [index, line] of lines.entries()) {
    if (line.kind === "blank") continue;
    const text = source.slice(line.textStart, line.end);
    const at = { line: line.number, column: line.textStart - line.start + 1 };
    const near = nearHeading(line, text, source, lines[index - 1]);
    if (near !== undefined) found.push({ ...at, ...near });
    if (!["code", "fence", "html"].includes(line.kind)) {
      for (const { offset, placeholder, severity } of findPlaceholders(text, line)) {
        const column = at.column + offset;
        const message = `${placeholder} was not filled in`;
        found.push({
          severity,
          code: "placeholder",
          line: line.number,
          column,
          message,
          fix: "write what it asks for in its place",
        });
      }
    }
  }
  return found;
}

type Near = Pick<Diagnostic, "severity" | "code" | "message" | "fix">;

const KNOWN =
  /^(?:(?:Stage|Batch|Thread)[ \t]+\d|Stage[ \t]+(?:Definition|Constitution|Questions|Batches)\b|Plan[ \t]*:|(?:Summary|References|Stages)[ \t]*$)/i;

/** `###Stage 02: Ship`: text for Markdown, and read as the heading that it is meant to be all the same. */
export function isUnspacedHeading(text: string): boolean {
  return /^#{1,6}(?=\w)/.test(text) && KNOWN.test(text.replace(/^#+/, ""));
}

/** What was meant as a heading of the plan and is none for Markdown. */
function nearHeading(line: Line, text: string, source: string, above: Line | undefined): Near | undefined {
  if (line.kind !== "underline" && !text.startsWith("#")) return undefined;
  const [, marks = "", space = "", words = ""] = /^(#+)([ \t]*)(.*)$/.exec(text) ?? [];
  if (line.kind === "text" && marks !== "" && KNOWN.test(words)) {
    if (marks.length > 6)
      return near(
        "error",
        "wrong_level",
        `${marks.length} \`#\` make no heading`,
        `write \`${levelFor(words)} ${words}\``,
      );
    if (space === "")
      return near(
        "error",
        "no_space",
        "without a space behind the `#` this is no heading",
        `write \`${marks} ${words}\``,
      );
  }
  if (line.kind === "heading" && line.depth > 0 && KNOWN.test(words)) {
    return near(
      "warning",
      "nested_heading",
      "this heading lies in a list or a quote, and is none of the plan",
      `write \`${marks} ${words}\` at the beginning of a line`,
    );
  }
  // Four columns make code of it; in a fenced block it is one on purpose
  if (
    line.kind === "code" &&
    KNOWN.test(words) &&
    /^(?: {4}|\t)[ \t]*#/.test(source.slice(line.start, line.end)) &&
    line.depth === 0 &&
    !isFenced(above, source)
  ) {
    return near(
      "warning",
      "indented_heading",
      "indented by four columns this is code and no heading",
      `write \`${marks} ${words}\` at the beginning of the line`,
    );
  }
  if (line.kind !== "underline" || line.depth > 0) return undefined;
  const heading = above === undefined ? "" : source.slice(above.textStart, above.end);
  if (KNOWN.test(heading)) {
    return near(
      "error",
      "underlined_heading",
      "headings of a plan are written with `#`",
      `write \`${levelFor(heading)} ${heading}\``,
    );
  }
  return near(
    "warning",
    "underlined_heading",
    "right under text this line makes a heading of it",
    "leave a blank line above it",
  );
}

/** Whether a line of code belongs to a fence, as far as its neighbour tells. */
function isFenced(above: Line | undefined, source: string): boolean {
  if (above === undefined) return false;
  return (
    above.kind === "fence" || (above.kind === "code" && !/^(?: {4}|\t)/.test(source.slice(above.start, above.end)))
  );
}

function near(severity: Near["severity"], code: string, message: string, fix: string): Near {
  return { severity, code, message, fix };
}

function levelFor(words: string): string {
  const word = /^\w+(?:[ \t]+[a-z]+)?/i.exec(words)?.[0].toLowerCase() ?? "";
  if (/^stage[ \t]/.test(word)) return "####";
  const levels: Record<string, string> = {
    plan: "#",
    summary: "##",
    references: "##",
    stages: "##",
    stage: "###",
    batch: "#####",
    thread: "######",
  };
  return levels[word] ?? "##";
}

function unclosedProblem(source: string, { line, what, toTheEnd }: Unclosed): Diagnostic {
  const opening = source.slice(line.textStart, line.end);
  const mark = what === "comment" ? "`-->`" : `a line ${/^(?:`+|~+)/.exec(opening)?.[0] ?? "```"}`;
  const place = { line: line.number, column: line.textStart - line.start + 1 };
  if (toTheEnd) {
    const message = `the ${what} that begins here is never closed, so all that follows belongs to it`;
    return { severity: "error", code: "unclosed", ...place, message, fix: `end it with ${mark}` };
  }
  const message = `the ${what} that begins here ends only because its list or quote does`;
  return {
    severity: "warning",
    code: "unclosed",
    ...place,
    message,
    fix: `end it with ${mark}, indented like its beginning`,
  };
}
