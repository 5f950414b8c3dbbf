/** A PLAN.md as it was read: the parts with their places in the source, and what is wrong with it. */
import type { Line } from "../markdown/scan.ts";
import type { Span } from "../markdown/lines.ts";
import type { Diagnostic } from "./diagnostic.ts";

export interface Plan {
  /** Without a byte order mark, ends of lines or anything else changed. */
  source: string;
  lines: readonly Line[];
  title: string | null;
  summary: Section | null;
  references: Section | null;
  /** Line of `## Stages`. */
  stagesLine: number | null;
  stages: Stage[];
  /** By line and column. */
  diagnostics: Diagnostic[];
}

/** Text under a heading or behind a label: a slice of the source as it stands there, without blank lines around it. */
export interface Section extends Span {
  text: string;
  /** Of the heading or label, from 1. */
  line: number;
}

/** What stages, batches and threads have in common. */
export interface Heading {
  /** 0 if the heading says none. */
  number: number;
  name: string;
  line: number;
  column: number;
  /** The digits in the heading. */
  digits: Span | null;
  /** Offset behind the last line of text that belongs to it, with all that lies in it; the end of that line is not part of it. */
  end: number;
}

export interface Stage extends Heading {
  definition: Section | null;
  constitution: Section | null;
  questions: Section | null;
  /** Line of `#### Stage Batches`. */
  batchesLine: number | null;
  asked: Question[];
  batches: Batch[];
}

export interface Question {
  text: string;
  open: boolean;
  line: number;
  column: number;
}

export interface Batch extends Heading {
  /** What stands before the first thread. */
  summary: Section | null;
  threads: Thread[];
}

export interface Thread extends Heading {
  summary: Section | null;
  details: Section | null;
}

/** The text that the plan was read from, put together from its lines. */
export function printPlan({ source, lines }: Plan): string {
  return source.slice(0, lines[0]?.start) + lines.map(({ start, next }) => source.slice(start, next)).join("");
}
