/**
 * Several opencodes that start at the same moment, for the first time or after an update, get in each other's way while they set up the one database that they
 * share: all but one may end at once with exit code 1. It logs nothing before it has that database, so that all there is then is such an error.
 */
import { plain } from "./json-line.ts";

/** What kept it from beginning, by the lines that it printed, if that can be another of it. Null as well once it has come as far as to log something. */
export function findCollision(printed: readonly string[]): string | null {
  const lines = printed.map((line) => plain(line).trim()).filter((line) => line !== "");
  if (lines.some((line) => line.startsWith("timestamp=") || line.startsWith("{"))) return null;
  const cause =
    lines.find((line) => LOCKED.test(line)) ?? findFailedQuery(lines) ?? lines.find((line) => DONE.test(line));
  return cause === undefined ? null : `another opencode seems to be at work on its database (${shorten(cause)})`;
}

/** Some other process is writing. */
const LOCKED = /\b(?:database(?: \w+)? is locked|locking protocol|SQLITE_(?:BUSY|LOCKED|PROTOCOL))\b/i;

/** Some other process has done it just before. */
const DONE =
  /^(?:Error: )?(?:\w+Error: )?(?:(?:table|index) \S+ already exists|duplicate column name: |UNIQUE constraint failed: \w*migrations?\.)/i;

/** Of those by which a database is set up; what fails otherwise is no collision. */
const SETS_UP = /^(?:(?:CREATE|ALTER|DROP|PRAGMA|BEGIN|COMMIT)\b|INSERT (?:OR \w+ )?INTO \W?\w*migrations?\b)/i;

/** The first line of it, which stands behind these words or on the next line. */
function findFailedQuery(lines: readonly string[]): string | undefined {
  const at = lines.findIndex((line) => FAILED.test(line));
  if (at < 0) return undefined;
  const query = lines[at]?.replace(FAILED, "").trim() || (lines[at + 1] ?? "");
  return SETS_UP.test(query) ? query : undefined;
}

const FAILED = /^(?:Error: )?(?:\w+Error: )?Failed (?:query:|to run the query ')/i;

function shorten(cause: string): string {
  return cause.replace(/^Error: /, "").replace(/[\s(']+$/, "");
}
