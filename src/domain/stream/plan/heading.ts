/** What a heading of a plan says: its kind, number and name, and what is wrong with the way it is written. */
import { formatPartId } from "../id.ts";

export const STAGE_SECTIONS = ["definition", "constitution", "questions", "batches"] as const;
export type StageSection = (typeof STAGE_SECTIONS)[number];
export type PlanSection = "summary" | "references" | "stages";
export type PartName = "stage" | "batch" | "thread";

/** How many `#` each kind of part has. */
export const PART_LEVELS = { stage: 3, batch: 5, thread: 6 } as const;

export interface Problem {
  severity: "error" | "warning";
  code: string;
  message: string;
  fix: string;
}

export type PlanHeading = { problem?: Problem } & (
  | { kind: "title"; name: string }
  | { kind: "section"; section: PlanSection }
  | { kind: "stage-section"; section: StageSection }
  /** `number` is 0 where none can be read; `digits` is where it stands in the heading's text. */
  | { kind: "part"; part: PartName; number: number; name: string; digits: { at: number; length: number } | null }
  | { kind: "unknown" }
);

/** @param text what stands behind the `#`s, without a closing row of them */
export function readHeading(level: number, text: string): PlanHeading {
  return readPart(level, text) ?? readSection(level, text) ?? readTitle(level, text) ?? unknown(level, text);
}

const PART = /^([*_~`]*)(stage|batch|thread)\b([\s#.]*)(\d+(?:\.\d+)*)?(\s*)([:：]|[-–—.)](?=\s|$))?(\s*)(.*)$/iu;

function readPart(level: number, text: string): PlanHeading | undefined {
  const [, marks = "", word = "", , digits = "", , mark = "", , tail = ""] = PART.exec(text) ?? [];
  if (word === "") return undefined;
  // "Stage Definition", "Thread safety": a number or a colon makes it a part
  if (digits === "" && mark !== ":" && mark !== "：") return undefined;
  const part = word.toLowerCase() as PartName;
  const name = (marks === "" ? tail : tail.replace(/[*_~`]+$/, "")).trim();
  const number = /^\d{1,2}$/.test(digits) ? Number(digits) : 0;
  const at = digits === "" ? null : { at: text.indexOf(digits, marks.length + word.length), length: digits.length };
  const problem = partProblem(level, text, { part, digits, number, mark, name });
  return { kind: "part", part, number, name, digits: at, ...(problem === undefined ? {} : { problem }) };
}

interface ReadPart {
  part: PartName;
  digits: string;
  number: number;
  mark: string;
  name: string;
}

function partProblem(level: number, text: string, { part, digits, number, mark, name }: ReadPart): Problem | undefined {
  const shownName = name === "" ? "<name>" : name;
  const write = partLine(part, number, shownName);
  const error = (code: string, message: string) => ({
    severity: "error" as const,
    code,
    message,
    fix: `write \`${write}\``,
  });
  if (digits === "") return error("missing_number", `this ${part} has no number`);
  if (number === 0) return error("bad_number", `"${digits}" is not the number of a ${part}, which is one from 1 to 99`);
  if (mark !== ":")
    return error("missing_colon", `the heading of ${part} ${formatPartId([number])} has no colon after its number`);
  if (name === "") return error("missing_name", `${part} ${formatPartId([number])} has no name`);
  if (level !== PART_LEVELS[part]) {
    return error("wrong_level", `a ${part} has ${PART_LEVELS[part]} \`#\`, and this one has ${level}`);
  }
  if (/^(?:Stage|Batch|Thread) \d{1,2}: \S/.test(text)) return undefined;
  return {
    ...error("malformed_heading", `the heading of ${part} ${formatPartId([number])} is not written as it should be`),
    severity: "warning",
  };
}

/** The line of a heading: `### Stage 01: <name>`. A number of 0 shows as `NN`. */
export function partLine(part: PartName, number: number, name: string): string {
  const word = part.charAt(0).toUpperCase() + part.slice(1);
  return `${"#".repeat(PART_LEVELS[part])} ${word} ${number === 0 ? "NN" : formatPartId([number])}: ${name}`;
}

const PLAN_SECTIONS: readonly PlanSection[] = ["summary", "references", "stages"];

function readSection(level: number, text: string): PlanHeading | undefined {
  const words = text
    .replaceAll(/^[*_]+|[*_:\s]+$/g, "")
    .toLowerCase()
    .split(/\s+/);
  const [first = "", second] = words;
  const plan = words.length === 1 ? PLAN_SECTIONS.find((name) => name === first) : undefined;
  const stage = words.length === 2 && first === "stage" ? STAGE_SECTIONS.find((name) => name === second) : undefined;
  // "Summary" and "References" are headings that details may well have; those of stages are not
  if (plan !== undefined && (level <= 2 || plan === "stages")) {
    return { kind: "section", section: plan, ...sectionProblem(level, text, 2, capital(plan)) };
  }
  if (stage === undefined) return undefined;
  return { kind: "stage-section", section: stage, ...sectionProblem(level, text, 4, `Stage ${capital(stage)}`) };
}

function sectionProblem(level: number, text: string, wanted: number, name: string): { problem?: Problem } {
  const fix = `write \`${"#".repeat(wanted)} ${name}\``;
  if (level !== wanted) {
    const message = `\`${name}\` has ${wanted} \`#\`, and this one has ${level}`;
    return { problem: { severity: "error", code: "wrong_level", message, fix } };
  }
  if (text === name) return {};
  const message = `the heading of \`${name}\` is not written as it should be`;
  return { problem: { severity: "warning", code: "malformed_heading", message, fix } };
}

function readTitle(level: number, text: string): PlanHeading | undefined {
  const [, colon, name = ""] = /^plan\b\s*([:：])?\s*(.*)$/iu.exec(text) ?? [undefined, undefined, text];
  if (level !== 1) return undefined;
  const fix = `write \`# Plan: ${name === "" ? "<name>" : name}\``;
  const error = (code: string, message: string) => ({ severity: "error" as const, code, message, fix });
  if (name === "") return { kind: "title", name, problem: error("missing_name", "the plan has no name") };
  if (colon !== ":")
    return { kind: "title", name, problem: error("missing_colon", "the title does not begin with `Plan:`") };
  if (text.startsWith("Plan: ")) return { kind: "title", name };
  const problem = {
    ...error("malformed_heading", "the title is not written as it should be"),
    severity: "warning" as const,
  };
  return { kind: "title", name, problem };
}

const AT_LEVEL: Record<number, string> = {
  2: "`## Summary`, `## References` or `## Stages`",
  3: "`### Stage NN: <name>`",
  4: "`#### Stage Definition`, `Constitution`, `Questions` or `Batches`",
  5: "`##### Batch NN: <name>`",
  6: "`###### Thread NN: <name>`",
};

function unknown(level: number, text: string): PlanHeading {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  const message = text === "" ? "this heading is empty" : `"${shown}" is no heading of a plan`;
  const meant = AT_LEVEL[level];
  const fix = meant === undefined ? "make it bold text" : `write ${meant}, or make it bold text`;
  return { kind: "unknown", problem: { severity: "warning", code: "unknown_heading", message, fix } };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
