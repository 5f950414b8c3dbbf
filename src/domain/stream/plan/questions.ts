/** `- [ ] open` and `- [x] resolved` under `#### Stage Questions`; what stands in code and comments is none. */
import type { Line } from "../markdown/scan.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Question } from "./plan.ts";

interface ReadQuestions {
  questions: Question[];
  diagnostics: Diagnostic[];
}

/** @param lines those of the section */
export function readQuestions(source: string, lines: readonly Line[]): ReadQuestions {
  const read: ReadQuestions = { questions: [], diagnostics: [] };
  for (const line of lines) {
    if (line.kind !== "text") continue;
    const text = source.slice(line.textStart, line.end);
    const column = line.textStart - line.start + 1;
    const [, mark, question = ""] = line.item ? (/^\[([ xX])\](?:[ \t]+(.*))?$/.exec(text) ?? []) : [];
    if (mark !== undefined) {
      const open = mark === " ";
      read.questions.push({ text: question.trim(), open, line: line.number, column });
      if (open) read.diagnostics.push(openQuestion(line, column, question.trim()));
    } else if (isMeant(text, line.item)) read.diagnostics.push(malformed(line, column));
  }
  return read;
}

/** `- []`, `- [y]`, `-[ ]`, `* [x]text`. */
function isMeant(text: string, item: boolean): boolean {
  return item ? /^\[[^\]]{0,3}\](?![(:[])/.test(text) : /^(?:[-*+][ \t]*)?\[[ xX]?\](?![(:[])/.test(text);
}

function openQuestion(line: Line, column: number, text: string): Diagnostic {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return {
    severity: "warning",
    code: "open_question",
    line: line.number,
    column,
    message: `the question is open: ${shown === "" ? "(without words)" : shown}`,
    fix: "answer it, and write `- [x]`",
  };
}

function malformed(line: Line, column: number): Diagnostic {
  return {
    severity: "warning",
    code: "malformed_question",
    line: line.number,
    column,
    message: "this is neither an open nor a resolved question",
    fix: "write `- [ ] ` or `- [x] ` before its text",
  };
}
