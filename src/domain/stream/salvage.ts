/** Reading what can still be read of a damaged `tasks.json` or `index.json`. */
import { canonicalPartId, parsePartId } from "./id.ts";
import { readStreamIndex, type StreamEntry, type StreamIndex } from "./index-record.ts";
import { emptyTasksFile } from "./tasks/change.ts";
import { readTasksFile, type TaskRecord, type TasksFile } from "./tasks/record.ts";

/** Every task that is whole; of two with one id the one that was changed later. What stood beside the tasks is lost. */
export function salvageTasks(text: string, streamId: string): TasksFile {
  const tasks = new Map<string, TaskRecord>();
  const readTask = (value: Record<string, unknown>): TaskRecord | undefined => {
    const read = readTasksFile({ tasks: [value] });
    const task = read.ok ? read.value.tasks[0] : undefined;
    return task !== undefined && parsePartId(task.id)?.length === 4 ? task : undefined;
  };
  for (const task of salvageObjects(text, readTask)) {
    const id = canonicalPartId(task.id);
    const other = tasks.get(id);
    if (other === undefined || changedAt(task) > changedAt(other)) tasks.set(id, task);
  }
  return { ...emptyTasksFile(streamId), tasks: [...tasks.values()].toSorted((a, b) => compareIds(a.id, b.id)) };
}

/** Every stream that is whole and has its folder, and the folders that are left over, as they are found. */
export function salvageIndex(text: string, folders: readonly string[], now: string): StreamIndex {
  const streams = new Map<string, StreamEntry>();
  const readEntry = (value: Record<string, unknown>): StreamEntry | undefined => {
    const read = readStreamIndex({ streams: [value] });
    const entry = read.ok ? read.value.streams[0] : undefined;
    return entry !== undefined && folders.includes(folderOf(entry)) ? entry : undefined;
  };
  for (const entry of salvageObjects(text, readEntry)) if (!streams.has(entry.id)) streams.set(entry.id, entry);
  const known = new Set([...streams.values()].map(folderOf));
  for (const folder of folders) if (!known.has(folder)) streams.set(folder, entryForFolder(folder, now));
  const current = /"current_stream":\s*"([^"\\]+)"/.exec(text)?.[1];
  return {
    version: "1.0.0",
    last_updated: now,
    ...(current !== undefined && streams.has(current) ? { current_stream: current } : {}),
    streams: [...streams.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** The entry of a stream of which only the folder is known. Nothing of it is approved. @param now ISO time */
export function entryForFolder(folder: string, now: string): StreamEntry {
  const order = Number(/^\d+/.exec(folder)?.[0] ?? 0);
  return {
    id: folder,
    name: folder.replace(/^\d+-/, ""),
    order,
    created_at: now,
    updated_at: now,
    path: `work/${folder}`,
  };
}

/** Whether a folder of `work/` is called as those of streams are. */
export function isStreamFolder(name: string): boolean {
  return /^\d{3}-[\w][\w.-]*$/.test(name);
}

function folderOf({ id, path }: StreamEntry): string {
  return path?.split("/").findLast((part) => part !== "") ?? id;
}

function changedAt(task: TaskRecord): number {
  const at: unknown = task["updated_at"];
  return typeof at === "string" ? Date.parse(at) || 0 : 0;
}

function compareIds(a: string, b: string): number {
  const [one, other] = [canonicalPartId(a), canonicalPartId(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * Every object that begins with an id, is whole, and is a record to `read`. One that has other records inside of it was joined with them when what stood between
 * was lost: then they are taken, and it is not.
 */
function salvageObjects<T>(text: string, read: (value: Record<string, unknown>) => T | undefined): T[] {
  const found: T[] = [];
  const starts = /\{\s*"id"\s*:/g;
  for (let match = starts.exec(text); match !== null; match = starts.exec(text)) {
    const end = endOfObject(text, match.index);
    const value = end === -1 ? undefined : parse(text.slice(match.index, end));
    const record = value === undefined ? undefined : read(value);
    if (record === undefined) continue;
    const inner = salvageObjects(text.slice(match.index + 1, end), read);
    found.push(...(inner.length > 0 ? inner : [record]));
    starts.lastIndex = end;
  }
  return found;
}

/** Behind the brace that closes the one at `start`; -1 if none does. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  const marks = /"(?:[^"\\\n]|\\.)*"|[{}]/g;
  marks.lastIndex = start;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    if (match[0] === "{") depth += 1;
    else if (match[0] === "}") depth -= 1;
    if (depth === 0) return match.index + 1;
  }
  return -1;
}

function parse(text: string): Record<string, unknown> | undefined {
  // Decoding put it in place of bytes that are not UTF-8.
  if (text.includes("\uFFFD")) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
