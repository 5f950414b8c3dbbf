/** The lines of a history file, `{"key":…,"at":…,"record":…}`, and finding some of them without parsing the others. */
import type { HistoryCollection, RecordOf } from "../domain/records.ts";
import { blocksBackward } from "./backward.ts";
import { acceptRecord } from "./state-file.ts";

export interface HistoryLine<C extends HistoryCollection> {
  key: string;
  /** When the line was written, ISO UTC with milliseconds; never earlier than the end of its record or than the line before. */
  at: string;
  record: RecordOf<C>;
}

export interface HistoryQuery {
  /** Only records that ended at or after this time (ISO UTC with milliseconds). */
  since?: string;
  /** Whether a record under this key is wanted at all. */
  wants: (key: string) => boolean;
  /** String fields of the record and their exact values. */
  where: Record<string, string>;
}

/** One line of a history file, its line break included. */
export function formatLine(line: { key: string; at: string; record: unknown }): string {
  return `${JSON.stringify({ key: line.key, at: line.at, record: line.record })}\n`;
}

/** The line as a value; or what is wrong with it, in words. */
export function parseLine<C extends HistoryCollection>(collection: C, text: string): HistoryLine<C> | string {
  const parsed = tryParse(text);
  if (parsed === undefined) return "is not JSON";
  const { key, at, record } = parsed as { key?: unknown; at?: unknown; record?: unknown };
  if (typeof key !== "string" || typeof at !== "string") return "has no key or no time";
  const accepted = acceptRecord(collection, key, record);
  return accepted.ok ? { key, at, record: accepted.value } : `${accepted.issue.path}: ${accepted.issue.message}`;
}

/** The record of the last readable line for `key` in the first `size` bytes of `fd`. */
export function findLine<C extends HistoryCollection>(
  collection: C,
  fd: number,
  size: number,
  key: string,
): RecordOf<C> | undefined {
  const needle = Buffer.from(JSON.stringify(key));
  for (const { bytes } of blocksBackward(fd, size)) {
    for (let hit = bytes.lastIndexOf(needle); hit >= 0; hit = hit === 0 ? -1 : bytes.lastIndexOf(needle, hit - 1)) {
      const start = hit === 0 ? 0 : bytes.lastIndexOf("\n", hit - 1) + 1;
      const end = bytes.indexOf("\n", hit);
      const line = parseLine(collection, bytes.toString("utf8", start, end === -1 ? bytes.length : end));
      if (typeof line === "object" && line.key === key) return line.record;
    }
  }
  return undefined;
}

/** Calls `found` with the last line of each key that fits, newest line first, and reads no further back than it has to. */
export function scanLines<C extends HistoryCollection>(
  collection: C,
  fd: number,
  size: number,
  query: HistoryQuery,
  found: (line: HistoryLine<C>) => void,
): void {
  /** The keys for which a newer line was seen: its text, as long as nobody had to know whether it can be read; then nothing. */
  const newer = new Map<string, string>();
  const needles = Object.values(query.where).map((value) => JSON.stringify(value));
  const oldest = query.since === undefined ? oldestPlace(fd, size, needles) : 0;
  for (const { bytes, offset } of oldest < size ? blocksBackward(fd, size) : []) {
    const text = bytes.toString("utf8");
    const holds = needles.map((needle) => occurrences(text, needle));
    let newest = "";
    for (const { start, end } of linesBackward(text)) {
      const head = readHead(text, start, end);
      if (head === undefined) continue;
      if (head.at > newest) newest = head.at;
      if (query.since !== undefined && head.at < query.since) continue;
      const seen = newer.get(head.key);
      if (seen === "" || !query.wants(head.key)) continue;
      if (!holds.every((isIn) => isIn(start, end))) {
        if (seen === undefined) newer.set(head.key, text.slice(start, end));
        continue;
      }
      // A line that cannot be read does not stand in for an older one that can
      const isReplaced = seen !== undefined && typeof parseLine(collection, seen) === "object";
      const line = isReplaced ? undefined : parseLine(collection, text.slice(start, end));
      if (typeof line === "object" && fits(line, query)) found(line);
      if (typeof line !== "string") newer.set(head.key, "");
    }
    if (offset <= oldest) return;
    // Not at the first line that is too old: its time may be what is damaged
    if (query.since !== undefined && newest < query.since) return;
  }
}

/**
 * The place before which at least one of `needles` does not occur any more; the end of the file if one never does. Most questions are about something that
 * never happened or happened lately, and bytes are searched ten times faster than lines.
 */
function oldestPlace(fd: number, size: number, needles: string[]): number {
  const places = needles.map((needle) => ({ needle: Buffer.from(needle), oldest: size }));
  for (const { bytes, offset } of places.length > 0 ? blocksBackward(fd, size) : []) {
    for (const place of places) {
      const hit = bytes.indexOf(place.needle);
      if (hit >= 0) place.oldest = offset + hit;
    }
  }
  return Math.max(0, ...places.map(({ oldest }) => oldest));
}

/** The time of the last readable line, and whether the file ends with a whole one. */
export function readTail(fd: number, size: number): { at: string | undefined; isWhole: boolean } {
  let isWhole = true;
  for (const { bytes, offset } of blocksBackward(fd, size)) {
    const text = bytes.toString("utf8");
    if (offset + bytes.length === size) isWhole = text.endsWith("\n");
    for (const { start, end } of linesBackward(text)) {
      const head = readHead(text, start, end);
      if (head !== undefined) return { at: head.at, isWhole };
    }
  }
  return { at: undefined, isWhole };
}

/** The lines of `text` from the last to the first, each with its newline. */
function* linesBackward(text: string): Generator<{ start: number; end: number }> {
  for (let end = text.length; end > 0;) {
    const start = end === 1 ? 0 : text.lastIndexOf("\n", end - 2) + 1;
    yield { start, end };
    end = start;
  }
}

const KEY_START = '{"key":"';
const AT_START = '","at":"';
const AT_LENGTH = "2026-01-07T14:30:00.000Z".length;

/** Key and time of the line at `start`, without parsing it if it is as we write it; undefined for a line that is not one. */
function readHead(text: string, start: number, end: number): { key: string; at: string } | undefined {
  const lineEnd = text.endsWith("\n", end) ? end - 1 : end;
  const keyEnd = text.indexOf('"', start + KEY_START.length);
  const atStart = keyEnd + AT_START.length;
  const isOurs =
    text.startsWith(KEY_START, start) &&
    text.startsWith(AT_START, keyEnd) &&
    text.startsWith('",', atStart + AT_LENGTH) &&
    text.endsWith("}}", lineEnd);
  if (isOurs) {
    const key = text.slice(start + KEY_START.length, keyEnd);
    if (!key.includes("\\")) return { key, at: text.slice(atStart, atStart + AT_LENGTH) };
  }
  const parsed: { key?: unknown; at?: unknown } | undefined = tryParse(text.slice(start, lineEnd));
  if (typeof parsed?.key !== "string" || typeof parsed.at !== "string") return undefined;
  const at = Date.parse(parsed.at);
  return Number.isNaN(at) ? undefined : { key: parsed.key, at: new Date(at).toISOString() };
}

/** Tells whether `needle` occurs between two places of `text`; to be asked from the end to the beginning, which then costs one pass. */
function occurrences(text: string, needle: string): (start: number, end: number) => boolean {
  let hit = Infinity;
  return (start, end) => {
    if (hit > end - needle.length) hit = end < needle.length ? -1 : text.lastIndexOf(needle, end - needle.length);
    return hit >= start;
  };
}

function fits<C extends HistoryCollection>(line: HistoryLine<C>, query: HistoryQuery): boolean {
  if (query.since !== undefined && endOf(line.record) < Date.parse(query.since)) return false;
  const fields = line.record as Record<string, unknown>;
  return Object.entries(query.where).every(([name, value]) => fields[name] === value);
}

/** When a finished record ended, in ms since 1970. */
export function endOf(record: { completed_at?: string; updated_at: string }): number {
  return Date.parse(record.completed_at ?? record.updated_at);
}

function tryParse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
