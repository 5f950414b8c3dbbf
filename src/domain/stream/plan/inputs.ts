/** What a plan says it needs: the inputs of its stages, and the files that it names. */
import { formatPartId } from "../id.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Plan, Section, Stage } from "./plan.ts";

export interface NamedFile {
  path: string;
  line: number;
  column: number;
}

/** Stages whose constitution names no inputs. */
export function findMissingInputs({ stages }: Plan): Diagnostic[] {
  return stages
    .filter(
      ({ constitution }) => constitution !== null && constitution.text !== "" && inputsOf(constitution).trim() === "",
    )
    .map(({ number, constitution, line }: Stage) => ({
      severity: "warning",
      code: "missing_inputs",
      line: constitution?.line ?? line,
      column: 1,
      message: `the constitution of stage ${formatPartId([number])} names no inputs`,
      fix: 'write `**Inputs:**` with what has to be there before, or "none"',
    }));
}

/** Paths in code spans of the references and of the stages' inputs, as they stand there. */
export function listNamedFiles({ source, references, stages }: Plan): NamedFile[] {
  const sections = [references, ...stages.map(({ constitution }) => constitution && inputsSection(constitution))];
  return sections.flatMap((section) => (section === null ? [] : namedFiles(source, section)));
}

function namedFiles(source: string, { start, text }: Section): NamedFile[] {
  return [...text.matchAll(/`([^`\s]+)`/g)].flatMap((match) => {
    const path = match[1] ?? "";
    // A folder and a name, and neither an address, a pattern nor the name of a package
    if (!/^(?:\.{1,2}\/|[\w.-]+\/)[\w./@+-]*$/.test(path)) return [];
    const offset = start + match.index + 1;
    const lines = source.slice(0, offset).split(/\r\n?|\n/);
    return [{ path, line: lines.length, column: (lines.at(-1)?.replace("\uFEFF", "").length ?? 0) + 1 }];
  });
}

const LABEL = /^\*\*Inputs:\*\*/im;

function inputsOf(constitution: Section): string {
  return inputsSection(constitution)?.text ?? "";
}

/** From behind `**Inputs:**` to the next label. */
function inputsSection(constitution: Section): Section | null {
  const label = LABEL.exec(constitution.text);
  if (label === null) return null;
  const from = label.index + label[0].length;
  const next = /^\*\*[^*]+:\*\*/m.exec(constitution.text.slice(from));
  const text = constitution.text.slice(from, next === null ? undefined : from + next.index);
  return { ...constitution, start: constitution.start + from, end: constitution.start + from + text.length, text };
}
