/** What is wrong with a plan as a whole: numbers that clash, gaps, parts that are missing. */
import { formatPartId } from "../id.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { partLine, type PartName } from "./heading.ts";
import type { Batch, Heading, Plan, Section, Stage, Thread } from "./plan.ts";

/** Checks what the headings and texts of a plan add up to. */
export function checkPlan(plan: Plan): Diagnostic[] {
  const { title, summary, references, stages } = plan;
  const top = { line: 1, column: 1 };
  const found: Diagnostic[] = [];
  if (title === null)
    found.push(missing(top, "error", "the plan has no title", "write `# Plan: <name>` as its first line"));
  found.push(
    ...missingSection(top, summary, "error", "the plan has no `## Summary`", "write `## Summary` with what it is for"),
  );
  found.push(
    ...missingSection(
      top,
      references,
      "warning",
      "the plan has no `## References`",
      "write `## References` with what to read first",
    ),
  );
  if (stages.length === 0) {
    const at = plan.stagesLine === null ? top : { line: plan.stagesLine, column: 1 };
    const message = plan.stagesLine === null ? "the plan has no `## Stages`" : "the plan has no stage";
    found.push(missing(at, "error", message, "write `### Stage 01: <name>` under `## Stages`"));
  }
  return [...found, ...checkNumbers("stage", stages, []), ...stages.flatMap(checkStage)];
}

function checkStage(stage: Stage): Diagnostic[] {
  const { number, definition, constitution, questions, batchesLine, batches } = stage;
  const what = `stage ${formatPartId([number])}`;
  const section = (name: string, value: Section | null, severity: Diagnostic["severity"]) =>
    missingSection(
      stage,
      value,
      severity,
      `${what} has no \`#### Stage ${name}\``,
      `write \`#### Stage ${name}\` under it`,
    );
  const found = [
    ...section("Definition", definition, "error"),
    ...section("Constitution", constitution, "warning"),
    ...(questions === null ? section("Questions", questions, "warning") : []),
  ];
  const [firstBatch] = batches;
  if (batchesLine === null && firstBatch !== undefined) {
    const message = `the batches of ${what} do not stand under \`#### Stage Batches\``;
    found.push(missing(firstBatch, "error", message, "write `#### Stage Batches` above this one"));
  }
  if (firstBatch === undefined) {
    found.push(
      missing(
        stage,
        "error",
        `${what} has no batch`,
        "write `#### Stage Batches` and `##### Batch 01: <name>` under it",
      ),
    );
  }
  return [
    ...found,
    ...checkNumbers("batch", batches, [number]),
    ...batches.flatMap((batch) => checkBatch(stage, batch)),
  ];
}

function checkBatch(stage: Stage, batch: Batch): Diagnostic[] {
  const id = [stage.number, batch.number];
  const found: Diagnostic[] = [];
  if (batch.threads.length === 0) {
    found.push(
      missing(batch, "error", `batch ${formatPartId(id)} has no thread`, "write `###### Thread 01: <name>` under it"),
    );
  }
  return [
    ...found,
    ...checkNumbers("thread", batch.threads, id),
    ...batch.threads.flatMap((thread) => checkThread(id, thread)),
  ];
}

function checkThread(batch: readonly number[], thread: Thread): Diagnostic[] {
  const id = formatPartId([...batch, thread.number]);
  return [
    ...missingSection(
      thread,
      thread.summary,
      "error",
      `thread ${id} has no \`**Summary:**\``,
      "write `**Summary:**` and one or two sentences",
    ),
    ...missingSection(
      thread,
      thread.details,
      "error",
      `thread ${id} has no \`**Details:**\``,
      "write `**Details:**` and what is to be done",
    ),
  ];
}

interface Place {
  line: number;
  column: number;
}

function missingSection(
  place: Place,
  section: Section | null,
  severity: Diagnostic["severity"],
  message: string,
  fix: string,
): Diagnostic[] {
  if (section === null) return [missing(place, severity, message, fix)];
  if (section.text !== "") return [];
  const name = /`[^`]+`/.exec(message)?.[0] ?? "this";
  const { line } = section;
  return [
    {
      severity,
      code: "empty_section",
      line,
      column: 1,
      message: `nothing stands under ${name}`,
      fix: "write its text, or take it out with what it belongs to",
    },
  ];
}

function missing({ line, column }: Place, severity: Diagnostic["severity"], message: string, fix: string): Diagnostic {
  return { severity, code: "missing_section", line, column, message, fix };
}

/** @param parent numbers of the part that they lie in */
function checkNumbers(part: PartName, headings: readonly Heading[], parent: readonly number[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Map<number, Heading>();
  const all = new Set(headings.map(({ number }) => number));
  let highest = 0;
  for (const heading of headings) {
    const { number, name } = heading;
    if (number === 0) continue;
    const first = seen.get(number);
    if (first === undefined && number === highest + 1) {
      seen.set(number, heading);
      highest = number;
      continue;
    }
    const id = formatPartId([...parent, number]);
    const free = Math.max(...all) + 1;
    if (first !== undefined) {
      const message = `${part} ${id} stands there already, on line ${first.line}`;
      found.push(numbered(heading, "error", "duplicate_number", message, `write \`${partLine(part, free, name)}\``));
      continue;
    }
    if (number < highest) {
      const message = `${part} ${id} comes after ${part} ${formatPartId([...parent, highest])}`;
      found.push(
        numbered(heading, "error", "out_of_order", message, `move it up, or write \`${partLine(part, free, name)}\``),
      );
    }
    const gap = range(highest + 1, number).filter((each) => !all.has(each));
    if (gap.length > 0) {
      const ids = gap.map((each) => formatPartId([...parent, each])).join(", ");
      const message = `${gap.length === 1 ? `${part} ${ids} is` : `${PLURALS[part]} ${ids} are`} missing before ${part} ${id}`;
      found.push(
        numbered(
          heading,
          "warning",
          "missing_number",
          message,
          "add what is missing, or leave the gap if it was taken out",
        ),
      );
    }
    seen.set(number, heading);
    highest = Math.max(highest, number);
  }
  return found;
}

const PLURALS: Record<PartName, string> = { stage: "stages", batch: "batches", thread: "threads" };

function numbered(
  { line, column }: Heading,
  severity: Diagnostic["severity"],
  code: string,
  message: string,
  fix: string,
): Diagnostic {
  return { severity, code, line, column, message, fix };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
