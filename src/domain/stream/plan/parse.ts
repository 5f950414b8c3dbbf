/** Reads a PLAN.md. Nothing is thrown: what is wrong is a diagnostic, and the rest is read all the same. */
import { formatPartId } from "../id.ts";
import { scanMarkdown, type Line, type Scan } from "../markdown/scan.ts";
import { checkPlan } from "./check.ts";
import { sortDiagnostics } from "./diagnostic.ts";
import { findFooters, type Footer } from "./footer.ts";
import {
  PART_LEVELS,
  readHeading,
  type PartName,
  type PlanHeading,
  type PlanSection,
  type Problem,
  type StageSection,
} from "./heading.ts";
import { readLabels } from "./labels.ts";
import { checkLines, isUnspacedHeading } from "./lines-check.ts";
import type { Batch, Heading, Plan, Section, Stage, Thread } from "./plan.ts";
import { readQuestions } from "./questions.ts";
import { isBlank, sectionOf } from "./section.ts";

/** The plan in `source`, whole: `printPlan` gives the same text again. */
export function parsePlan(source: string): Plan {
  const scan = scanMarkdown(source);
  const reader = createReader(source, scan);
  for (const heading of findHeadings(source, scan.lines)) reader.take(heading);
  reader.finish();
  const { plan } = reader;
  const diagnostics = [...plan.diagnostics, ...checkLines(source, scan), ...checkPlan(plan)];
  return { ...plan, diagnostics: sortDiagnostics(diagnostics) };
}

interface FoundHeading {
  /** Of its line, from 0. */
  index: number;
  line: Line;
  /** Offset of its text. */
  textStart: number;
  read: PlanHeading;
}

/** The headings that stand by themselves: in a list, a quote, code or a comment none is meant. */
function findHeadings(source: string, lines: readonly Line[]): FoundHeading[] {
  const found: FoundHeading[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.depth > 0 || (line.kind !== "heading" && line.kind !== "text")) continue;
    if (source[line.textStart] !== "#") continue;
    const raw = source.slice(line.textStart, line.end);
    if (line.kind === "text" && !isUnspacedHeading(raw)) continue;
    const marks = /^#+[ \t]*/.exec(raw)?.[0].length ?? 0;
    const level = /^#+/.exec(raw)?.[0].length ?? 0;
    const text = raw
      .slice(marks)
      .replace(/(?:^|[ \t]+)#+[ \t]*$/, "")
      .trimEnd();
    found.push({ index, line, textStart: line.textStart + marks, read: readHeading(level, text) });
  }
  return found;
}

/** Where text goes until the next heading that means something. */
interface OpenText {
  /** Index of the first line after the heading. */
  from: number;
  close(to: number): void;
}

/** One state, changed by each heading in turn. */
function createReader(source: string, { lines }: Scan) {
  const plan: Plan = {
    source,
    lines,
    title: null,
    summary: null,
    references: null,
    stagesLine: null,
    stages: [],
    diagnostics: [],
  };
  const footers = findFooters(source, lines);
  let stage: Stage | undefined;
  let batch: Batch | undefined;
  let text: OpenText | undefined;
  let owners: Heading[] = [];

  const report = (line: Line, problem: Problem) =>
    plan.diagnostics.push({ ...problem, line: line.number, column: line.textStart - line.start + 1 });

  /** Ends the text that is open before the line at `to`, and with it the parts it lies in. */
  const close = (to: number) => {
    if (text === undefined) return;
    const { end, stray } = endOfText(lines, footers, text.from, to);
    if (stray !== undefined) report(stray, STRAY);
    text.close(end);
    const last = lines.slice(text.from - 1, end).findLast((line) => !isBlank(line));
    for (const owner of owners) owner.end = Math.max(owner.end, last?.end ?? 0);
    text = undefined;
  };
  const open = (index: number, then: (from: number, to: number) => void) => {
    text = { from: index + 1, close: (to) => then(index + 1, to) };
  };
  const section = (from: number, to: number): Section =>
    sectionOf(source, lines, from, to, lines[from - 1]?.number ?? 1);

  const takeSection = ({ index, line }: FoundHeading, name: PlanSection) => {
    stage = batch = undefined;
    owners = [];
    const seen = name === "stages" ? plan.stagesLine : (plan[name]?.line ?? null);
    if (seen !== null) {
      report(line, duplicateSection(`## ${name.charAt(0).toUpperCase()}${name.slice(1)}`, seen));
      if (name !== "stages") return open(index, () => undefined);
    }
    if (name === "stages") {
      plan.stagesLine ??= line.number;
      return open(index, () => undefined);
    }
    plan[name] = section(index + 1, index + 1);
    open(index, (from, to) => void (plan[name] = section(from, to)));
  };

  const takeStageSection = ({ index, line }: FoundHeading, name: StageSection) => {
    batch = undefined;
    owners = stage === undefined ? [] : [stage];
    const inStage = stage;
    const title = `#### Stage ${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    if (inStage === undefined) {
      report(line, misplaced(`\`${title}\``, "stage"));
      return open(index, () => undefined);
    }
    const seen = name === "batches" ? inStage.batchesLine : (inStage[name]?.line ?? null);
    if (seen !== null) {
      report(line, duplicateSection(title, seen));
      return open(index, () => undefined);
    }
    if (name === "batches") {
      inStage.batchesLine = line.number;
      return open(index, () => undefined);
    }
    inStage[name] = section(index + 1, index + 1);
    open(index, (from, to) => {
      inStage[name] = section(from, to);
      if (name !== "questions") return;
      const { questions, diagnostics } = readQuestions(source, lines.slice(from, to));
      inStage.asked = questions;
      plan.diagnostics.push(...diagnostics);
    });
  };

  const takePart = (found: FoundHeading, read: PlanHeading & { kind: "part" }) => {
    const { index, line } = found;
    const heading = partHeading(found, read);
    if (read.part === "stage") {
      stage = {
        ...heading,
        definition: null,
        constitution: null,
        questions: null,
        batchesLine: null,
        asked: [],
        batches: [],
      };
      batch = undefined;
      plan.stages.push(stage);
      if (plan.stagesLine === null) report(line, NO_STAGES_HEADING);
      plan.stagesLine ??= line.number;
      owners = [stage];
      return open(index, () => undefined);
    }
    if (stage === undefined) {
      report(line, misplaced(`this ${read.part}`, "stage"));
      owners = [];
      return open(index, () => undefined);
    }
    if (read.part === "batch") {
      const made: Batch = { ...heading, summary: null, threads: [] };
      batch = made;
      stage.batches.push(made);
      owners = [stage, made];
      return open(index, (from, to) => {
        const summary = section(from, to);
        made.summary = summary.text === "" ? null : summary;
      });
    }
    if (batch === undefined) {
      report(line, misplaced("this thread", "batch"));
      owners = [stage];
      return open(index, () => undefined);
    }
    const id = formatPartId([stage.number, batch.number, read.number]);
    const thread: Thread = { ...heading, summary: null, details: null };
    batch.threads.push(thread);
    owners = [stage, batch, thread];
    open(index, (from, to) => {
      const labels = readLabels(source, lines, from, to, id);
      thread.summary = labels.summary;
      thread.details = labels.details;
      plan.diagnostics.push(...labels.diagnostics);
    });
  };

  return {
    plan,
    take(found: FoundHeading) {
      const { read, line, index } = found;
      if (read.problem !== undefined) report(line, read.problem);
      // What is no heading of a plan stays part of the text it stands in, unless it is above all of that
      if (read.kind === "unknown" && source.startsWith("###", line.textStart)) return;
      close(index);
      if (read.kind === "section") return takeSection(found, read.section);
      if (read.kind === "stage-section") return takeStageSection(found, read.section);
      if (read.kind === "part") return takePart(found, read);
      stage = batch = undefined;
      owners = [];
      if (read.kind === "title") {
        if (plan.title === null) plan.title = read.name;
        else report(line, SECOND_TITLE);
      }
      open(index, () => undefined);
    },
    finish: () => close(lines.length),
  };
}

function partHeading({ line, textStart }: FoundHeading, read: PlanHeading & { kind: "part" }): Heading {
  const { number, name, digits } = read;
  const start = digits === null ? 0 : textStart + digits.at;
  return {
    number,
    name,
    line: line.number,
    column: line.textStart - line.start + 1,
    digits: digits === null ? null : { start, end: start + digits.length },
    end: line.end,
  };
}

/** Where the text from one heading to the next really ends: before a footer, and before rules that only separate. `stray` is text behind the footer. */
function endOfText(
  lines: readonly Line[],
  footers: readonly Footer[],
  from: number,
  to: number,
): { end: number; stray: Line | undefined } {
  const footer = footers.find(({ start }) => start >= from && start < to);
  const stray =
    footer === undefined
      ? undefined
      : lines
          .slice(footer.end, to)
          .find((line) => line.kind !== "blank" && line.kind !== "rule" && line.kind !== "html");
  let end = footer?.start ?? to;
  while (end > from && isSeparator(lines[end - 1])) end -= 1;
  return { end, stray };
}

function isSeparator(line: Line | undefined): boolean {
  return line !== undefined && (line.kind === "blank" || (line.kind === "rule" && line.depth === 0));
}

const STRAY: Problem = {
  severity: "warning",
  code: "stray_text",
  message: "this text behind the footer belongs to no part of the plan",
  fix: "move it above the `---`, or give it a heading",
};

const SECOND_TITLE: Problem = {
  severity: "error",
  code: "duplicate_section",
  message: "a plan has one title, and this is another",
  fix: "write it with `##` or less, or take it out",
};

const NO_STAGES_HEADING: Problem = {
  severity: "error",
  code: "missing_section",
  message: "this stage does not stand under `## Stages`",
  fix: "write `## Stages` above the first stage",
};

function duplicateSection(title: string, first: number): Problem {
  return {
    severity: "error",
    code: "duplicate_section",
    message: `\`${title}\` stands there already, on line ${first}`,
    fix: "put the two together",
  };
}

function misplaced(what: string, missing: Exclude<PartName, "thread">): Problem {
  return {
    severity: "error",
    code: "misplaced",
    message: `${what} lies in no ${missing}`,
    fix: `write \`${"#".repeat(PART_LEVELS[missing])} ${missing === "stage" ? "Stage" : "Batch"} 01: <name>\` above it`,
  };
}
