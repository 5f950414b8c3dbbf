/** Adds parts to a plan by writing lines between those that are there. What an edit would do to the rest is looked at before it is given back. */
import { IncrError } from "../../error.ts";
import { formatPartId } from "../id.ts";
import { lineEnd } from "../markdown/lines.ts";
import type { PartName } from "./heading.ts";
import { parsePlan } from "./parse.ts";
import type { Heading, Plan, Stage } from "./plan.ts";
import { batchBlocks, joinBlocks, stageBlocks, threadBlocks, toLines, type NewThread } from "./template.ts";

export interface PlanEdit {
  source: string;
  /** Of the new part. */
  id: string;
  /** Line of its heading. */
  line: number;
  /** Stages that got another number to make room. */
  renumbered: { from: string; to: string; name: string }[];
}

interface StageRequest {
  name: string;
  /** Number of the stage that it comes after; by default the last one. */
  after?: number | undefined;
  /** Allows giving later stages other numbers. */
  renumber: boolean;
}

/** @throws IncrError `invalid_input`, `not_found`, `rule` */
export function addStage(source: string, { name, after, renumber }: StageRequest): PlanEdit {
  const plan = readForEdit(source);
  checkName(name, "stage");
  const previous = after === undefined ? plan.stages.at(-1) : requirePart(plan.stages, after, "stage", []);
  const number = previous === undefined ? 1 : after === undefined ? highest(plan.stages) + 1 : after + 1;
  requireRoom(number, "stage");
  const moved = stagesInTheWay(plan.stages, number);
  if (moved.length > 0 && !renumber) {
    const range = moved.map((stage) => formatPartId([stage.number])).join(", ");
    throw new IncrError(
      "rule",
      `to put a stage after stage ${formatPartId([number - 1])}, stage ${range} must get another number`,
      {
        hint: "allow it with --renumber, or leave out --after",
        data: { stages: moved.map((stage) => formatPartId([stage.number])) },
      },
    );
  }
  for (const stage of moved) requireRoom(stage.number + 1, "stage");
  const end = previous?.end ?? endOfStagesHeading(plan);
  const renumbered = renumberStages(insertBlocks(source, end, stageBlocks(number, name)), moved, end, source.length);
  return verify(plan, renumbered, {
    part: "stage",
    id: [number],
    name,
    renumbered: moved.map((stage) => ({ from: stage.number, to: stage.number + 1, name: stage.name })),
  });
}

/** @throws IncrError `invalid_input`, `not_found`, `rule` */
export function addBatch(source: string, { stage: stageNumber, name }: { stage: number; name: string }): PlanEdit {
  const plan = readForEdit(source);
  checkName(name, "batch");
  const stage = requirePart(plan.stages, stageNumber, "stage", []);
  const number = highest(stage.batches) + 1;
  requireRoom(number, "batch");
  const blocks = batchBlocks(number, name);
  if (stage.batchesLine === null && stage.batches.length === 0) blocks.unshift(["#### Stage Batches"]);
  return verify(plan, insertBlocks(source, stage.end, blocks), { part: "batch", id: [stageNumber, number], name });
}

interface ThreadRequest extends Omit<NewThread, "number"> {
  stage: number;
  batch: number;
}

/** @throws IncrError `invalid_input`, `not_found`, `rule` */
export function addThread(
  source: string,
  { stage: stageNumber, batch: batchNumber, ...thread }: ThreadRequest,
): PlanEdit {
  const plan = readForEdit(source);
  checkName(thread.name, "thread");
  const stage = requirePart(plan.stages, stageNumber, "stage", []);
  const batch = requirePart(stage.batches, batchNumber, "batch", [stageNumber]);
  const number = highest(batch.threads) + 1;
  requireRoom(number, "thread");
  const edited = insertBlocks(source, batch.end, threadBlocks({ ...thread, number }));
  const id = [stageNumber, batchNumber, number];
  return verify(plan, edited, { part: "thread", id, name: thread.name, texts: [thread.summary, thread.details] });
}

/** A number that stands there twice names nothing, and in a block without an end no line is safe. */
function readForEdit(source: string): Plan {
  const plan = parsePlan(source);
  const inTheWay = plan.diagnostics.find(
    ({ severity, code }) => severity === "error" && ["duplicate_number", "unclosed"].includes(code),
  );
  if (inTheWay === undefined) return plan;
  throw new IncrError("rule", `PLAN.md:${inTheWay.line}: ${inTheWay.message}`, {
    hint: inTheWay.fix,
    data: { line: inTheWay.line },
  });
}

function checkName(name: string, part: PartName): void {
  if (name.trim() !== "" && name === name.trim() && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) return;
  throw new IncrError("invalid_input", `the name of a ${part} is one line of text without space around it`, {
    hint: `give --name "What it does"`,
  });
}

function requireRoom(number: number, part: PartName): void {
  if (number > 99)
    throw new IncrError("rule", `there can be no ${part} ${number}: numbers go from 1 to 99`, { hint: "work tree" });
}

function requirePart<T extends Heading>(
  parts: readonly T[],
  number: number,
  part: PartName,
  parent: readonly number[],
): T {
  const found = parts.find((each) => each.number === number);
  if (found !== undefined) return found;
  throw new IncrError("not_found", `the plan has no ${part} ${formatPartId([...parent, number])}`, {
    hint: "work tree",
    data: { id: formatPartId([...parent, number]) },
  });
}

function highest(parts: readonly Heading[]): number {
  return Math.max(0, ...parts.map(({ number }) => number));
}

/** The stages from this number on, up to the first gap. */
function stagesInTheWay(stages: readonly Stage[], number: number): Stage[] {
  const found: Stage[] = [];
  for (;;) {
    const next = stages.find((stage) => stage.number === number + found.length);
    if (next === undefined) return found;
    found.push(next);
  }
}

function endOfStagesHeading(plan: Plan): number {
  const line = plan.lines.find(({ number }) => number === plan.stagesLine);
  if (line !== undefined) return line.end;
  throw new IncrError("rule", "the plan has no `## Stages` to put a stage under", {
    hint: "write a line `## Stages` at the end of PLAN.md",
  });
}

/** Puts blocks behind the line that ends at `end`, with a blank line before them, and one after them if text follows. */
function insertBlocks(source: string, end: number, blocks: readonly string[][]): string {
  const eol = lineEnd(source);
  const rest = source.slice(end);
  const gap = /^(?:\r\n?|\n)(?![ \t]*(?:\r\n?|\n|$))/.test(rest) ? eol : "";
  return source.slice(0, end) + eol + eol + joinBlocks(blocks, eol) + gap + rest;
}

/** Adds one to the numbers of stages in a text that is longer by what was put in at `at`. */
function renumberStages(edited: string, stages: readonly Stage[], at: number, oldLength: number): string {
  const shift = edited.length - oldLength;
  let text = edited;
  // From the end, so that the places of the others stay right
  for (const { number, digits } of stages.toReversed()) {
    if (digits === null || digits.start < at) continue;
    text = text.slice(0, digits.start + shift) + formatPartId([number + 1]) + text.slice(digits.end + shift);
  }
  return text;
}

interface Intent {
  part: PartName;
  id: readonly number[];
  name: string;
  renumbered?: { from: number; to: number; name: string }[];
  /** Summary and details of a thread, as they must be read again; undefined: whatever the template says. */
  texts?: readonly (string | undefined)[];
}

/** The new text, if it is the old plan with this one part more. @throws IncrError `rule` */
function verify(before: Plan, source: string, { part, id, name, renumbered = [], texts = [] }: Intent): PlanEdit {
  const numbers = new Map(renumbered.map(({ from, to }) => [from, to]));
  const wanted = outline(before, numbers).map(({ facts }) => facts);
  const edited = parsePlan(source);
  const after = outline(edited, new Map());
  const key = formatPartId(id);
  const added = after.find((each) => each.id === key);
  const rest = after.filter((each) => each !== added).map(({ facts }) => facts);
  const kept = texts.every(
    (text, index) => text === undefined || added?.facts[index + 2] === `=${toLines(text).join(lineEnd(source))}`,
  );
  const sound = countFaults(edited) <= countFaults(before);
  if (added?.name !== name || !kept || !sound || JSON.stringify(rest) !== JSON.stringify(wanted)) {
    throw new IncrError("rule", `this text would change the structure of the plan around ${part} ${key}`, {
      hint: "take headings, `**Summary:**` and `**Details:**` out of it, and close its code blocks",
    });
  }
  return {
    source,
    id: key,
    line: added.line,
    renumbered: renumbered.map((each) => ({
      from: formatPartId([each.from]),
      to: formatPartId([each.to]),
      name: each.name,
    })),
  };
}

/** Errors that are no matter of what is still to be written. */
function countFaults({ diagnostics }: Plan): number {
  return diagnostics.filter(
    ({ severity, code }) => severity === "error" && !["placeholder", "missing_section"].includes(code),
  ).length;
}

interface Outlined {
  id: string;
  name: string;
  line: number;
  /** What must be the same before and after. */
  facts: string[];
}

function outline({ title, summary, references, stages }: Plan, renumbered: ReadonlyMap<number, number>): Outlined[] {
  const found: Outlined[] = [
    { id: "", name: "", line: 0, facts: [String(title), textOf(summary), textOf(references)] },
  ];
  const add = (id: readonly number[], { name, line }: Heading, ...texts: (string | undefined)[]) =>
    void found.push({ id: formatPartId(id), name, line, facts: [formatPartId(id), name, ...texts.map(String)] });
  for (const stage of stages) {
    const stageId = [renumbered.get(stage.number) ?? stage.number];
    add(stageId, stage, textOf(stage.definition), textOf(stage.constitution), textOf(stage.questions));
    for (const batch of stage.batches) {
      const batchId = [...stageId, batch.number];
      add(batchId, batch, textOf(batch.summary));
      for (const thread of batch.threads)
        add([...batchId, thread.number], thread, textOf(thread.summary), textOf(thread.details));
    }
  }
  return found;
}

function textOf(section: { text: string } | null): string {
  return section === null ? "-" : `=${section.text}`;
}
