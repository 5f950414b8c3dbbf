/** The Markdown that is left of a workflow when it is over: what it is called and what stands in it. */
import { formatDuration } from "./duration.ts";
import type { Archiving, SaveStatus, WorkflowState } from "./workflow.ts";

/** Bytes of a file's name that words may take; the ending, a number and the name of an unfinished write need room too. */
const MAX_BYTES = 190;

/**
 * The `n`-th name (from 1) that an archive may get: `<date>-<workflow>[-<branch>].md`, then the same with `-2`, `-3`, …; in lower-case words.
 * `workflow:pr` saved on branch `feat/xxx` gives `2025-01-29-workflow-pr-feat-xxx.md`. The date is that of the save, in UTC as every time in the state.
 */
export function archiveName(workflow: string, { context: { branch } }: WorkflowState, at: string, n: number): string {
  const parts = [at.slice(0, 10), words(workflow) || "workflow", typeof branch === "string" ? words(branch) : ""];
  const base = cut(parts.filter((part) => part !== "").join("-"));
  return n === 1 ? `${base}.md` : `${base}-${n}.md`;
}

/** The whole text. The same input gives the same text, by which a save that was interrupted knows its archive again. */
export function renderArchive(workflow: string, state: WorkflowState, { at, status, notes }: Archiving): string {
  const { started_at, updated_at, step, steps, context, archiving: _, ...others } = state;
  const sections = [
    `# ${workflow}`,
    [
      `- Status: ${status}`,
      `- Started: ${started_at}`,
      `- Ended: ${at}`,
      `- Duration: ${duration(started_at, at)}`,
      `- Last step: ${oneLine(step)}, set at ${updated_at}`,
    ].join("\n"),
    "## Steps",
    steps.map((each, index) => `${index + 1}. ${oneLine(each)}`).join("\n"),
    "## Context",
    json(context),
  ];
  if (Object.keys(others).length > 0) sections.push("## Other fields", json(others));
  if (notes !== null && notes.trim() !== "") sections.push("## Notes", notes.trim());
  return `${sections.join("\n\n")}\n`;
}

/** Whole seconds that a workflow has taken, or took. */
export function workflowSeconds(startedAt: string, at: string): number {
  return Math.max(0, Math.floor((Date.parse(at) - Date.parse(startedAt)) / 1000));
}

/** Whether two requests to save ask for the same words. */
export function sameRequest(
  a: { status: SaveStatus; notes: string | null },
  b: { status: SaveStatus; notes: string | null },
): boolean {
  return a.status === b.status && (a.notes ?? "") === (b.notes ?? "");
}

function duration(startedAt: string, at: string): string {
  const seconds = workflowSeconds(startedAt, at);
  return seconds === 0 ? "0s" : formatDuration(seconds * 1000);
}

/** Letters and digits of any script; everything else separates. */
function words(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join("-");
}

/** By whole characters; names in other scripts take several bytes for each. */
function cut(name: string): string {
  let bytes = 0;
  let kept = "";
  for (const character of name) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > MAX_BYTES) return kept.replace(/-+$/, "");
    kept += character;
  }
  return kept;
}

/** Files that others wrote may hold anything. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** No line of JSON can end the block: each begins with a space, a quotation mark or a bracket. */
function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
