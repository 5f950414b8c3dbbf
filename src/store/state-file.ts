/** The text of `state.json`: reading what any implementation of the format wrote, and writing ours. */
import {
  COLLECTIONS,
  HISTORY_COLLECTIONS,
  isLive,
  STATE_VERSION,
  type CollectionName,
  type HistoryCollection,
  type RecordOf,
} from "../domain/records.ts";
import { checkRecord, type SchemaIssue } from "../domain/schema.ts";

export const COLLECTION_NAMES = Object.keys(COLLECTIONS) as CollectionName[];

/** What `state.json` holds. Maps, because a key may be a word like `constructor`. */
export interface LiveState {
  /** Top-level keys that are not ours, kept as they were. */
  others: Record<string, unknown>;
  /** The records in the file. Most are live; finished ones may wait here for the next write, which moves them to history. */
  records: { [C in CollectionName]: Map<string, RecordOf<C>> };
}

export type Accepted<T> = { ok: true; value: T } | { ok: false; issue: SchemaIssue };

/** The state of a folder that has no file yet. */
export function emptyState(): LiveState {
  return { others: {}, records: mapCollections(() => new Map()) };
}

/** Makes one map for each collection. */
export function mapCollections(make: (name: CollectionName) => Map<string, unknown>): LiveState["records"] {
  return Object.fromEntries(COLLECTION_NAMES.map((name) => [name, make(name)])) as unknown as LiveState["records"];
}

/** Reads the parsed file: a `null` file or collection is empty, foreign habits are put right (see `settleRecord`), unknown keys stay. */
export function acceptState(raw: unknown): Accepted<LiveState> {
  const top = raw ?? {};
  if (!isObject(top)) return wrong("", "is not an object");
  const state = emptyState();
  for (const [name, content] of Object.entries(top)) {
    if (!isCollection(name)) {
      if (name !== "version") state.others[name] = content;
      continue;
    }
    if (!isObject(content ?? {})) return wrong(name, "is not an object");
    for (const [key, record] of Object.entries(content ?? {})) {
      const accepted = acceptRecord(name, key, record);
      if (!accepted.ok) return accepted;
      (state.records[name] as Map<string, unknown>).set(key, accepted.value);
    }
  }
  return { ok: true, value: state };
}

/** Checks one record against its schema, after putting right what other implementations write differently. Changes `raw` in place. */
export function acceptRecord<C extends CollectionName>(
  collection: C,
  key: string,
  raw: unknown,
): Accepted<RecordOf<C>> {
  if (!isObject(raw)) return wrong(`${collection}.${key}`, "is not an object");
  settleRecord(collection, raw);
  const checked = checkRecord(COLLECTIONS[collection], raw);
  if (checked.ok) return { ok: true, value: checked.value };
  const path = checked.issue.path === "" ? "" : `.${checked.issue.path}`;
  return wrong(`${collection}.${key}${path}`, checked.issue.message);
}

/** The text of the file: an indent of two, keys of collections sorted, no final newline, as the other implementations of the format write it. */
export function formatState(state: LiveState): string {
  const file: Record<string, unknown> = { version: STATE_VERSION, ...state.others };
  for (const name of COLLECTION_NAMES) {
    const entries = [...(state.records[name] as Map<string, unknown>)];
    file[name] = Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
  return JSON.stringify(file, null, 2);
}

/** Whether finished records of this collection leave the live file. */
export function isHistoryCollection(name: CollectionName): name is HistoryCollection {
  return (HISTORY_COLLECTIONS as readonly string[]).includes(name);
}

/** What other implementations write for a time that is not set. */
const ZERO_TIME = "0001-01-01T00:00:00";
/** Times that most records must have, each with those that can stand in for it. */
const REQUIRED_TIMES: Record<string, string[]> = {
  updated_at: ["completed_at", "started_at", "created_at", "acquired_at"],
  created_at: ["started_at", "updated_at"],
  started_at: ["created_at", "updated_at"],
};
/** Keys that a record may lack, so that `null` or the zero time in them can be read as absent. */
const OPTIONAL = new Set([
  "completed_at",
  "acquired_at",
  "exit_code",
  "duration_seconds",
  "acquired_by_pid",
  "purpose",
  "rev",
  "topic",
  "feedback",
  "agent",
]);

/** Puts right, in place, what other implementations write differently from our schemas. */
function settleRecord(collection: CollectionName, record: Record<string, unknown>): void {
  for (const key in record) if (isUnset(record[key])) settleUnset(collection, record, key);
  // A finished record that does not say when it ended did so at its last change
  if (record["completed_at"] === undefined && isHistoryCollection(collection) && !isLive(collection, record as never)) {
    record["completed_at"] = record["updated_at"];
  }
}

function settleUnset(collection: CollectionName, record: Record<string, unknown>, key: string): void {
  if (OPTIONAL.has(key) || (key === "started_at" && collection !== "sessions")) delete record[key];
  const substitute = REQUIRED_TIMES[key]?.find((name) => typeof record[name] === "string" && !isUnset(record[name]));
  if (key in record && substitute !== undefined) record[key] = record[substitute];
}

function isUnset(value: unknown): boolean {
  return value === null || (typeof value === "string" && value.startsWith(ZERO_TIME));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether this key of the file is one of our collections. */
export function isCollection(name: string): name is CollectionName {
  return Object.hasOwn(COLLECTIONS, name);
}

function wrong(path: string, message: string): { ok: false; issue: SchemaIssue } {
  return { ok: false, issue: { path, message } };
}
