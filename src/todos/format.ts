/**
 * The text of a todo's file: JSON that git can merge. Every known key has its line even when it is not set (so that setting it changes a line and inserts
 * none), and a blank line stands between keys that change for different reasons (git takes changes of neighbouring lines for a conflict). A single
 * `updated_at` would make any two changes of one todo collide: its place is taken by `changed_at`, one time for each of these groups, and `updated_at` is
 * the latest of them.
 */
import { checkRecord } from "../domain/schema.ts";
import { compareTimes } from "../domain/time.ts";
import { todoSchema, type Todo } from "../domain/todo.ts";

/** Keys that are written together, in the order of the file; a group is named by its first key. */
const GROUPS = [
  ["id", "created_at", "source"],
  ["title"],
  ["description"],
  ["priority"],
  ["type"],
  ["status", "started_at", "completed_at", "closed_at", "deleted_at", "delete_reason"],
  ["dependencies"],
] as const;
const DATED = GROUPS.slice(1).map(([name]) => name);
const KNOWN: ReadonlySet<string> = new Set(GROUPS.flat());

/** When each group was last changed, by its name. */
export type ChangeTimes = Readonly<Record<string, string>>;

/** A todo and what only its file knows. */
export interface TodoFile {
  todo: Todo;
  changedAt: ChangeTimes;
}

type Loose = Record<string, unknown>;

/** Reads a file. Keys that are not known stay in the record. */
export function decodeTodo(text: string, id: string): { ok: true; file: TodoFile } | { ok: false; reason: string } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `not JSON: ${(error as Error).message}` };
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return { ok: false, reason: "not a JSON object" };
  const { changed_at, updated_at, ...kept } = raw as Loose;
  const changedAt = (changed_at ?? {}) as ChangeTimes;
  const wrong = Object.entries(changedAt).find(([, time]) => !isTime(time))?.[0];
  if (wrong !== undefined) return { ok: false, reason: `changed_at.${wrong}: is not a time` };
  const record: Loose = {};
  for (const [key, value] of Object.entries(kept)) if (!isUnset(key, value)) record[key] = value;
  record["updated_at"] = latest([kept["created_at"], updated_at, ...Object.values(changedAt)]);
  const checked = checkRecord(todoSchema, record);
  if (!checked.ok) return { ok: false, reason: `${checked.issue.path}: ${checked.issue.message}` };
  if (checked.value.id !== id) return { ok: false, reason: `its id is ${JSON.stringify(checked.value.id)}` };
  return { ok: true, file: { todo: checked.value, changedAt } };
}

/** Known keys have their line in the file even when there is nothing to say. */
function isUnset(key: string, value: unknown): boolean {
  if (key === "dependencies") return value === null || (Array.isArray(value) && value.length === 0);
  return value === null && KNOWN.has(key);
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

/** Writes a file. @param before what stood there; every group that differs from it gets the time `todo.updated_at` */
export function encodeTodo(todo: Todo, before?: TodoFile): string {
  const record: Loose = { ...todo };
  const parts = GROUPS.map((keys) =>
    keys.map(
      (key) => `  "${key}": ${key === "dependencies" ? list(record[key]) : JSON.stringify(record[key] ?? null)}`,
    ),
  ).map((lines) => lines.join(",\n"));
  for (const [key, value] of Object.entries(record)) {
    if (KNOWN.has(key) || key === "updated_at" || value === undefined) continue;
    parts.push(`  ${JSON.stringify(key)}: ${JSON.stringify(value, null, 2).replaceAll("\n", "\n  ")}`);
  }
  const times = Object.entries(changeTimes(todo, before)).map(
    ([name, time]) => `    ${JSON.stringify(name)}: ${JSON.stringify(time)}`,
  );
  parts.push(`  "changed_at": {\n${times.join(",\n\n")}\n  }`);
  return `{\n${parts.join(",\n\n")}\n}\n`;
}

function changeTimes(todo: Todo, before: TodoFile | undefined): ChangeTimes {
  const [now, then]: [Loose, Loose] = [{ ...todo }, { ...before?.todo }];
  const times: Record<string, string> = {};
  for (const name of DATED) {
    const keys = GROUPS.find(([first]) => first === name) as readonly string[];
    const same = before !== undefined && keys.every((key) => equal(now[key], then[key]));
    times[name] = same ? (before.changedAt[name] ?? before.todo.updated_at) : todo.updated_at;
  }
  return { ...before?.changedAt, ...times };
}

function equal(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** One line for each entry. */
function list(entries: unknown): string {
  if (!Array.isArray(entries) || entries.length === 0) return "[]";
  return `[\n${entries.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n")}\n  ]`;
}

function latest(times: unknown[]): unknown {
  return times.reduce((latest, time) =>
    typeof time === "string" && (typeof latest !== "string" || compareTimes(time, latest) > 0) ? time : latest,
  );
}
