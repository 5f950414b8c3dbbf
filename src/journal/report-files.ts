/** The reports of finished sessions, two files each. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import { reportMarkdown } from "../domain/journal/markdown.ts";
import { reportSchema, type Report } from "../domain/journal/report.ts";
import type { UtcOffset } from "../domain/journal/time.ts";
import { checkRecord } from "../domain/schema.ts";
import { replaceFile, sweepLeftovers } from "../store/atomic-file.ts";
import { ioError, isSystemError, orIoError } from "../store/io-error.ts";
import { parseJson } from "../store/json-text.ts";

/** Writes both files, durably; writing the same report again changes nothing. @throws IncrError `io` */
export function writeReport(folder: string, report: Report, utcOffset: UtcOffset): void {
  orIoError(`make ${folder}`, folder, () => mkdirSync(folder, { recursive: true, mode: 0o777 }));
  replaceText(join(folder, `${report.id}.json`), `${JSON.stringify(report, null, 2)}\n`);
  replaceText(join(folder, `${report.id}.md`), reportMarkdown(report, utcOffset));
}

function replaceText(path: string, text: string): void {
  sweepLeftovers(path);
  replaceFile(path, text, { mode: "keep", fsync: true });
}

/** Whether one of the two files of a session is there. */
export function hasReport(folder: string, id: string): boolean {
  return existsSync(join(folder, `${id}.json`)) || existsSync(join(folder, `${id}.md`));
}

/** Ids of all reports, newest first: a later session of the same minute has a number. */
export function listReportIds(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw ioError(error, `read ${folder}`, folder);
  }
  const ids = names
    .filter((name) => /^[0-9A-Za-z][\w.-]*\.json$/.test(name))
    .map((name) => name.slice(0, -".json".length));
  return ids.toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

/** @throws IncrError `corrupt`, `io` */
export function readReport(folder: string, id: string): Report | undefined {
  const path = join(folder, `${id}.json`);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw ioError(error, `read ${path}`, path);
  }
  const json = parseJson(bytes);
  if (!json.ok) throw corrupt(path, `is not JSON: ${json.problem} at line ${json.line}, column ${json.column}`);
  const checked = checkRecord(reportSchema, json.value);
  if (!checked.ok) throw corrupt(path, `has the wrong shape at ${checked.issue.path}: ${checked.issue.message}`);
  return checked.value;
}

function corrupt(path: string, problem: string): IncrError {
  return new IncrError("corrupt", `${path} ${problem}`, { hint: "repair it, or remove it", data: { path } });
}
