/**
 * A todo as a file for an editor: a few `field: value` lines between two lines of dashes, and the description under them. What is read back is compared
 * with what was written, so that only the fields that a person changed are changed.
 */
import { IncrError } from "../error.ts";
import { TODO_TYPES, type Todo, type TodoStatus, type TodoType } from "../todo.ts";
import { parseDescription, parsePriority, parseTitle, parseTodoStatus, parseTodoType } from "./input.ts";
import type { TodoChanges } from "./update.ts";

export interface DraftFields {
  title: string;
  description: string;
  priority: number;
  type: TodoType;
  status: TodoStatus;
}

const PLANNED: readonly TodoStatus[] = ["open", "proposed", "waiting"];
const FENCE = /^---\s*$/;
const FIELD = /^([a-z]+)\s*:(.*)$/;

/** The fields of a todo that an editor can change. */
export function draftFields(todo: Todo): DraftFields {
  const { title, priority, type, status } = todo;
  return { title, description: parseDescription(todo.description ?? "") ?? "", priority, type, status };
}

export interface DraftSource {
  /** Absent for a todo that is yet to be made. */
  id?: string;
  /** Name of the moment at which the fields were read; comes back with the draft. */
  version?: string | null;
  /** More lines for the person to read. */
  notes?: readonly string[];
}

/** The text to edit. */
export function printDraft(fields: DraftFields, { id, version, notes = [] }: DraftSource = {}): string {
  const planned = PLANNED.includes(fields.status);
  const comments = [
    ...notes,
    `type: ${TODO_TYPES.join(", ")}; priority: 0 (critical) to 4 (backlog)${planned ? `; status: ${PLANNED.join(", ")}` : ""}`,
    ...(planned ? [] : [`the todo is ${fields.status}`]),
    "everything under the next line of dashes is the description",
    ...(id === undefined ? [] : [`todo ${id}`]),
    ...(version === undefined || version === null ? [] : [`version ${version}`]),
  ];
  const lines = [
    "---",
    `title: ${fields.title}`,
    `type: ${fields.type}`,
    `priority: ${fields.priority}`,
    ...(planned ? [`status: ${fields.status}`] : []),
    ...comments.map((comment) => `# ${comment}`),
    "---",
    "",
  ];
  return `${lines.join("\n")}\n${fields.description}${fields.description === "" ? "" : "\n"}`;
}

export interface ParsedDraft {
  /** Fields whose line was taken out are absent. */
  fields: Partial<DraftFields>;
  /** As it was given to `printDraft`. */
  version: string | null;
}

/** @throws IncrError `invalid_input`, which says what is wrong in which line */
export function parseDraft(text: string): ParsedDraft {
  const lines = text
    .replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n")
    .split("\n");
  const start = lines.findIndex((line) => line.trim() !== "");
  if (start < 0 || !FENCE.test(lines[start] ?? "")) throw invalid("the first line is not ---");
  const end = lines.findIndex((line, index) => index > start && FENCE.test(line));
  if (end < 0) throw invalid("there is no second line of dashes, which ends the fields");
  const parsed: ParsedDraft = { fields: {}, version: null };
  for (let index = start + 1; index < end; index++) readLine(parsed, lines[index] as string, index + 1);
  const body = lines.slice(lines[end + 1]?.trim() === "" ? end + 2 : end + 1).join("\n");
  parsed.fields.description = parseDescription(body) ?? "";
  return parsed;
}

function readLine(parsed: ParsedDraft, line: string, number: number): void {
  if (line.trim() === "") return;
  if (line.startsWith("#")) {
    parsed.version ??= /^# version (\S+)\s*$/.exec(line)?.[1] ?? null;
    return;
  }
  const [, field, value] = FIELD.exec(line) ?? [];
  if (field === undefined || value === undefined) throw invalid(`line ${number} is not of the form "field: value"`);
  if (field in parsed.fields) throw invalid(`line ${number} gives the ${field} a second time`);
  const { fields } = parsed;
  const text = value.trim();
  if (field === "title") fields.title = parseTitle(text);
  else if (field === "type") fields.type = parseTodoType(text);
  else if (field === "priority") fields.priority = parsePriority(text);
  else if (field === "status") fields.status = parseTodoStatus(text);
  else throw invalid(`line ${number} has an unknown field, ${field}`);
}

/**
 * What a draft changes in a todo that may have changed since the draft was made. A field that only one side changed is taken from that side.
 * @throws IncrError `conflict` if both sides changed a field to different values
 */
export function mergeDraft(base: DraftFields, wanted: Partial<DraftFields>, current: Todo): TodoChanges {
  const now = draftFields(current);
  const changed = (Object.keys(wanted) as (keyof DraftFields)[]).filter((field) => wanted[field] !== base[field]);
  const conflicts = changed.filter((field) => now[field] !== base[field] && now[field] !== wanted[field]);
  if (conflicts.length > 0) {
    const values = Object.fromEntries(conflicts.map((field) => [field, { now: now[field], wanted: wanted[field] }]));
    throw new IncrError(
      "conflict",
      `somebody changed the ${conflicts.join(" and the ")} of todo ${current.id} meanwhile`,
      {
        hint: `incr todo show ${current.id}`,
        data: { todo_id: current.id, conflicts: values },
      },
    );
  }
  return Object.fromEntries(changed.map((field) => [field, wanted[field]]));
}

/**
 * Brings a draft that met a conflict up to the present todo: fields that the person changed keep their values, the others get those of now, and a note
 * tells where somebody else had changed the same field. What is saved then counts.
 */
export function rebaseDraft(
  base: DraftFields,
  wanted: Partial<DraftFields>,
  current: Todo,
): { fields: DraftFields; notes: string[] } {
  const now = draftFields(current);
  const changed = (Object.keys(wanted) as (keyof DraftFields)[]).filter((field) => wanted[field] !== base[field]);
  const fields = { ...now, ...Object.fromEntries(changed.map((field) => [field, wanted[field]])) };
  const conflicts = changed.filter((field) => now[field] !== base[field] && now[field] !== wanted[field]);
  const notes = conflicts.map((field) =>
    field === "description"
      ? `somebody changed the description meanwhile: incr todo show ${current.id}`
      : `somebody changed the ${field} meanwhile, to: ${now[field]}`,
  );
  return { fields, notes };
}

function invalid(message: string): IncrError {
  return new IncrError("invalid_input", `the draft cannot be read: ${message}`);
}
