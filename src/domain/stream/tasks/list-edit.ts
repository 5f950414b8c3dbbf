/** Adds a task to TASKS.md by writing one line, or the text that a line lacks. What an edit would do to the rest is looked at before it is given back. */
import { IncrError } from "../../error.ts";
import { lineEnd } from "../markdown/lines.ts";
import { scanMarkdown, type Line } from "../markdown/scan.ts";
import { parseTaskList, type ListedTask, type TaskList } from "./list-file.ts";

export interface TaskListEdit {
  source: string;
  /** Of the new task, `01.02.03.04`. */
  id: string;
  line: number;
}

interface TaskRequest {
  /** Id of the thread, as it is printed. */
  thread: string;
  name: string;
  /** Ids of tasks that are known from elsewhere: a new one gets none of them. */
  taken: readonly string[];
}

/**
 * The list with the task as the last one of its thread. A task of the thread that has no text yet gets this one instead of a line being added.
 * @throws IncrError `invalid_input`, `rule`
 */
export function addTask(source: string, request: TaskRequest): TaskListEdit {
  const { thread, name, taken } = request;
  checkName(name);
  const list = readForEdit(source);
  const tasks = list.tasks.filter((task) => task.thread === thread);
  const empty = tasks.find((task) => task.name === "");
  if (empty !== undefined) return verify(list, fill(source, empty, name), empty.id, name);
  const numbers = [...tasks.map(({ id }) => id), ...taken.filter((id) => id.startsWith(`${thread}.`))].map((id) =>
    Number(id.slice(-2)),
  );
  const number = Math.max(0, ...numbers) + 1;
  if (number > 99)
    throw new IncrError("rule", `there can be no task ${number} in thread ${thread}: numbers go from 1 to 99`, {
      hint: "work add-thread makes room",
    });
  const id = `${thread}.${String(number).padStart(2, "0")}`;
  return verify(list, insert(source, list, request, id), id, name);
}

/** A line that is not understood can hold a number, and in a block without an end no line is safe. A task that has no text yet is no fault. */
function readForEdit(source: string): TaskList {
  const list = parseTaskList(source);
  const fault = list.diagnostics.find(({ code }) => code !== "missing_name");
  if (fault === undefined) return list;
  throw new IncrError("rule", `TASKS.md:${fault.line}:${fault.column}: ${fault.message}`, {
    hint: fault.fix,
    data: { line: fault.line },
  });
}

function checkName(name: string): void {
  if (name.trim() !== "" && name === name.trim() && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) return;
  throw new IncrError("invalid_input", "the text of a task is one line without space around it", {
    hint: 'give --name "What is to be done"',
  });
}

function fill(source: string, { line: number }: ListedTask, name: string): string {
  const { lines } = scanMarkdown(source);
  const line = lines[number - 1] as Line;
  const end = line.start + source.slice(line.start, line.end).trimEnd().length;
  return `${source.slice(0, end)} ${name}${source.slice(line.end)}`;
}

function insert(source: string, { parts, tasks }: TaskList, { thread, name }: TaskRequest, id: string): string {
  const eol = lineEnd(source);
  const last = tasks.findLast((task) => task.thread === thread);
  const part = parts.find((each) => each.id === thread);
  if (part === undefined) {
    throw new IncrError("rule", `TASKS.md has no thread ${thread}`, {
      hint: "work approve plan adds the threads that it lacks",
      data: { id: thread },
    });
  }
  if (last === undefined) return splice(source, part.end, `${eol}${eol}- [ ] Task ${id}: ${name}`);
  const { lines } = scanMarkdown(source);
  const line = lines[last.line - 1] as Line;
  const mark = source.slice(line.start, line.textStart);
  const bullet = /^ {0,3}[-*+][ \t]+$/.test(mark) ? mark : "- ";
  return splice(source, endOfItem(lines, last.line), `${eol}${bullet}[ ] Task ${id}: ${name}`);
}

/** Where the item that begins on this line ends, with its report and whatever else is indented under it. */
function endOfItem(lines: readonly Line[], number: number): number {
  let end = lines[number - 1]?.end ?? 0;
  for (const line of lines.slice(number)) {
    if (line.kind === "blank") continue;
    if (line.depth === 0 || line.item) break;
    end = line.end;
  }
  return end;
}

function splice(source: string, at: number, text: string): string {
  return source.slice(0, at) + text + source.slice(at);
}

/** The new text, if it is the old list with this one task more. @throws IncrError `rule` */
function verify(before: TaskList, source: string, id: string, name: string): TaskListEdit {
  const after = parseTaskList(source);
  const added = after.tasks.find((task) => task.id === id);
  const rest = (list: TaskList) => [
    list.parts.map((part) => [part.id, part.name, part.agent]),
    list.tasks.filter((task) => task.id !== id).map((task) => [task.id, task.name, task.status, task.report]),
  ];
  const sound = after.diagnostics.length <= before.diagnostics.length;
  if (added?.name !== name || !sound || JSON.stringify(rest(before)) !== JSON.stringify(rest(after))) {
    throw new IncrError("rule", "this text would be read as something other than the task", {
      hint: "take Markdown out of --name, or write the task into TASKS.md yourself",
    });
  }
  return { source, id, line: added.line };
}
