/**
 * TASKS.md: written when a plan is approved, filled by a person or an agent, read when the tasks are approved.
 * `## Stage`, `### Batch`, `#### Thread … @agent:name`, then `- [ ] Task 01.01.01.01: text` and, indented, `> Report: text`.
 */
import { formatPartId, parsePartId } from "../id.ts";
import { scanMarkdown, type Line } from "../markdown/scan.ts";
import { sortDiagnostics, type Diagnostic } from "../plan/diagnostic.ts";
import type { TaskStatus } from "./record.ts";

const MARKS: Record<string, TaskStatus> = {
  " ": "pending",
  x: "completed",
  X: "completed",
  "~": "in_progress",
  "!": "blocked",
  "-": "cancelled",
};

/** The mark of a status in its box. */
export function markOf(status: string): string {
  return Object.entries(MARKS).find(([, each]) => each === status)?.[0] ?? " ";
}

export interface ListedTask {
  id: string;
  thread: string;
  name: string;
  status: TaskStatus;
  report: string | null;
  line: number;
}

export interface ListedPart {
  /** `01`, `01.02` or `01.02.03`. */
  id: string;
  name: string;
  /** Of a thread. */
  agent: string | null;
  line: number;
  /** Offset behind the last line with text that belongs to this heading itself. */
  end: number;
}

export interface TaskList {
  parts: ListedPart[];
  tasks: ListedTask[];
  diagnostics: Diagnostic[];
}

interface Reader {
  source: string;
  list: TaskList;
  /** Numbers of the stage, batch and thread that the line lies in. */
  at: number[];
  task: ListedTask | undefined;
  seen: Map<string, ListedTask>;
  /** The first of each id. */
  parts: Map<string, ListedPart>;
}

/** Nothing is thrown: what is wrong is a diagnostic with its line. */
export function parseTaskList(source: string): TaskList {
  const { lines, unclosed } = scanMarkdown(source);
  const reader: Reader = {
    source,
    list: { parts: [], tasks: [], diagnostics: [] },
    at: [],
    task: undefined,
    seen: new Map(),
    parts: new Map(),
  };
  for (const { line, what } of unclosed) {
    report(reader, line, "unclosed", `the ${what} that begins here is never closed`, "close it");
  }
  for (const line of lines) {
    if (line.kind === "blank") continue;
    const text = source.slice(line.textStart, line.end).trimEnd();
    if (line.kind === "heading" && line.depth === 0) readHeadingLine(reader, line, text);
    else if (line.kind === "text" && line.item) readItem(reader, line, text);
    else if (line.kind === "text") readText(reader, line, text);
    const part = reader.list.parts.at(-1);
    if (part !== undefined) part.end = line.end;
  }
  return { ...reader.list, diagnostics: sortDiagnostics(reader.list.diagnostics) };
}

const PART_OF_LEVEL: Record<number, string> = { 2: "Stage", 3: "Batch", 4: "Thread" };

function readHeadingLine(reader: Reader, line: Line, text: string): void {
  reader.task = undefined;
  const [, marks = "", words = ""] = /^(#+)[ \t]*(.*?)(?:[ \t]+#+)?$/.exec(text) ?? [];
  const level = marks.length;
  if (level === 1) return;
  const word = PART_OF_LEVEL[level];
  const [, found, digits = "", name = ""] = /^(Stage|Batch|Thread)[ \t]+(\d{1,2})[ \t]*:[ \t]*(.*)$/i.exec(words) ?? [];
  const number = Number(digits);
  if (word === undefined || found?.toLowerCase() !== word.toLowerCase() || number === 0) {
    const fix = word === undefined ? "take it out" : `write \`${marks} ${word} 01: <name>\``;
    // What stands under it must not be taken for a part of the one before
    reader.at.length = Math.min(reader.at.length, Math.max(0, level - 2));
    return report(reader, line, "unknown_heading", `"${words}" is no heading of a list of tasks`, fix);
  }
  if (reader.at.length < level - 2) {
    return report(
      reader,
      line,
      "misplaced",
      `this ${word.toLowerCase()} lies in no ${PART_OF_LEVEL[level - 1]?.toLowerCase()}`,
      `write \`${"#".repeat(level - 1)} ${PART_OF_LEVEL[level - 1]} 01: <name>\` above it`,
    );
  }
  reader.at = [...reader.at.slice(0, level - 2), number];
  const [, bare = "", agent] = /^(.*?)(?:[ \t]*@agent:(\S+))?$/.exec(name) ?? [];
  const id = formatPartId(reader.at);
  const first = reader.parts.get(id);
  if (first !== undefined)
    report(
      reader,
      line,
      "duplicate_number",
      `${word.toLowerCase()} ${id} stands there already, on line ${first.line}`,
      "put the two together",
    );
  const part = { id, name: bare.trim(), agent: agent ?? null, line: line.number, end: line.end };
  reader.list.parts.push(part);
  if (first === undefined) reader.parts.set(id, part);
}

function readItem(reader: Reader, line: Line, text: string): void {
  reader.task = undefined;
  const [, mark = "", idText = "", name = ""] =
    /^\[([ xX~!-])\][ \t]+Task[ \t]+([\d.]+)[ \t]*:[ \t]*(.*)$/i.exec(text) ?? [];
  const next = () => nextTaskId(reader);
  const status = MARKS[mark];
  const numbers = parsePartId(idText);
  if (status === undefined || numbers?.length !== 4) {
    return report(
      reader,
      line,
      "unknown_item",
      `this is not a task: ${shorten(text)}`,
      `write \`- [ ] Task ${next()}: ${shorten(text.replace(/^\[.?\][ \t]*/, "")) || "<what is to be done>"}\``,
    );
  }
  const id = formatPartId(numbers);
  const thread = formatPartId(numbers.slice(0, 3));
  if (thread !== formatPartId(reader.at)) {
    const where = reader.at.length === 3 ? `thread ${formatPartId(reader.at)}` : "no thread";
    return report(
      reader,
      line,
      "misplaced",
      `task ${id} stands in ${where}`,
      `put it under thread ${thread}, or write \`Task ${next()}\``,
    );
  }
  const first = reader.seen.get(id);
  if (first !== undefined)
    return report(
      reader,
      line,
      "duplicate_number",
      `task ${id} stands there already, on line ${first.line}`,
      `write \`Task ${next()}\``,
    );
  if (name === "")
    report(reader, line, "missing_name", `task ${id} has no text`, "write what is to be done behind the colon");
  reader.task = { id, thread, name, status, report: null, line: line.number };
  reader.seen.set(id, reader.task);
  reader.list.tasks.push(reader.task);
}

/** A report, or a task that goes on; what else stands in the file is the reader's own, and left alone. */
function readText(reader: Reader, line: Line, text: string): void {
  const { task } = reader;
  if (line.depth === 0) {
    reader.task = undefined;
    if (!/^(?:[-*+]?[ \t]*\[.?\]|Task[ \t]+\d)/i.test(text)) return;
    return report(
      reader,
      line,
      "unknown_item",
      `this is not a task: ${shorten(text)}`,
      `write \`- [ ] Task ${nextTaskId(reader)}: <what is to be done>\``,
    );
  }
  if (task === undefined) return;
  const [, words] = /^Report:[ \t]*(.*)$/i.exec(text) ?? [];
  if (words !== undefined) task.report = words;
  else if (task.report === null) task.name = `${task.name} ${text}`.trim();
  else task.report = `${task.report}\n${text}`;
}

function nextTaskId({ at, list }: Reader): string {
  if (at.length !== 3) return "01.01.01.01";
  const thread = formatPartId(at);
  const numbers = list.tasks.filter((task) => task.thread === thread).map(({ id }) => Number(id.slice(-2)));
  return `${thread}.${String(Math.max(0, ...numbers) + 1).padStart(2, "0")}`;
}

function report({ list }: Reader, line: Line, code: string, message: string, fix: string): void {
  list.diagnostics.push({
    severity: "error",
    code,
    line: line.number,
    column: line.textStart - line.start + 1,
    message,
    fix,
  });
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
