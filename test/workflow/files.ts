/** Looking at the files of workflows in tests. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkflowState } from "../../src/domain/workflow.ts";

/** A workflow as the documentation shows it. */
export const DOCUMENTED: WorkflowState = {
  started_at: "2025-01-29T15:00:00Z",
  updated_at: "2025-01-29T15:05:00Z",
  step: "git:pr:monitor",
  steps: ["init", "git:pr:find", "git:pr:monitor"],
  context: { branch: "feat/workflow-start", pr_number: 8 },
};

export function sessionsFolder(folder: string): string {
  return join(folder, "ia", "state", "sessions");
}

export function statePath(folder: string, workflow: string): string {
  return join(sessionsFolder(folder), `${workflow}.json`);
}

export function readState(folder: string, workflow: string): WorkflowState | null {
  const path = statePath(folder, workflow);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as WorkflowState) : null;
}

/** Writes the file of a workflow, whatever is to stand in it. */
export function writeState(folder: string, workflow: string, content: WorkflowState | string | object): void {
  mkdirSync(sessionsFolder(folder), { recursive: true });
  writeFileSync(statePath(folder, workflow), typeof content === "string" ? content : JSON.stringify(content, null, 2));
}

/** Archives by the name of their file. */
export function readArchives(folder: string): Record<string, string> {
  const archives = join(sessionsFolder(folder), "archives");
  if (!existsSync(archives)) return {};
  const names = readdirSync(archives).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(archives, name), "utf8")]));
}

/** Every file below `ia` with its content. Times, which differ from run to run, are made the same. */
export function readFiles(folder: string): Record<string, string> {
  if (statSync(join(folder, "ia"), { throwIfNoEntry: false })?.isDirectory() !== true) return {};
  const files = readdirSync(join(folder, "ia"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const read = files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  return Object.fromEntries(
    read.map((path) => [sameTimes(path.slice(folder.length + 1)), sameTimes(readFileSync(path, "utf8"))]),
  );
}

/** Replaces every time, date and duration in a text. */
export function sameTimes(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "<time>")
    .replaceAll(/\d{4}-\d\d-\d\d/g, "<date>")
    .replaceAll(/Duration: .*/g, "Duration: <duration>")
    .replaceAll(/"duration_seconds": \d+/g, '"duration_seconds": <seconds>');
}
