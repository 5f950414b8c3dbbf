/** Reading what can still be read of a damaged `state.json`. */
import { recordKey, type CollectionName } from "../../domain/records.ts";
import { emptyRecords, type RecordMaps } from "../../domain/rebuild.ts";
import { acceptRecord, isCollection } from "../state-file.ts";

const COLLECTION = /^ {2}"(\w+)": \{$/;
const RECORD = /^ {4}("(?:[^"\\]|\\.)*"): \{$/;
const RECORD_END = /^ {4}\},?$/;

/**
 * Every record that is whole, of a file in the form in which we and the other writers save it (an indent of two). A line that is damaged costs the record
 * that it belongs to and no other; after a damaged heading nothing is taken, since its records could be of any collection.
 */
export function salvageRecords(text: string): RecordMaps {
  const records = emptyRecords();
  let collection: CollectionName | undefined;
  let open: { key: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    if (/^ {0,2}\S/.test(line)) {
      const name = COLLECTION.exec(line)?.[1] ?? "";
      collection = isCollection(name) ? name : undefined;
      open = undefined;
    } else if (RECORD.test(line)) {
      const key = parse(RECORD.exec(line)?.[1] ?? "");
      open = typeof key === "string" ? { key, lines: ["{"] } : undefined;
    } else if (RECORD_END.test(line)) {
      if (open !== undefined && collection !== undefined) take(records, collection, open.key, [...open.lines, "}"]);
      open = undefined;
    } else open?.lines.push(line);
  }
  return records;
}

/** The version that a damaged file says it has; undefined if that cannot be read any more. */
export function salvageVersion(text: string): number | undefined {
  const version = /^\s*\{\s*"version": (\d+)/.exec(text)?.[1];
  return version === undefined ? undefined : Number(version);
}

function take(records: RecordMaps, collection: CollectionName, key: string, lines: string[]): void {
  const text = lines.join("\n");
  // Decoding put it in place of bytes that are not UTF-8.
  if (text.includes("\uFFFD")) return;
  const accepted = acceptRecord(collection, key, parse(text));
  if (accepted.ok && isAtHome(key, accepted.value))
    (records[collection] as Map<string, unknown>).set(key, accepted.value);
}

/** A key whose own line is damaged says something else than its record. */
function isAtHome(key: string, record: object): boolean {
  const { repo, id, name } = record as { repo?: string; id?: string; name?: string };
  return repo === undefined || key === recordKey(repo, id ?? name ?? "");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
