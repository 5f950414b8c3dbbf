/** What workflows and steps may be called. A workflow's name is a file's name too. */
import { IncrError } from "./error.ts";

/** Leaves room for what is put around a name in the names of its lock and of unfinished writes; a file's name has at most 255 bytes. */
const MAX_BYTES = 200;
/** Controls, line and paragraph separators, and halves of characters, which cannot be written to a file. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** Why `name` cannot be that of a workflow, such as `is empty`; undefined if it can. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "is empty";
  if (UNPRINTABLE.test(name)) return "has a control character in it";
  if (/[/\\]/.test(name)) return "has a path separator in it";
  if (name.startsWith(".")) return "begins with a dot";
  if (name.includes("..")) return "has two dots in a row";
  if (name.startsWith("-")) return "begins with a dash";
  if (new TextEncoder().encode(name).length > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`;
  return undefined;
}

/** @throws IncrError `invalid_input` */
export function requireWorkflowName(name: string): string {
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  const shown = name.length > MAX_BYTES ? `${name.slice(0, 40)}…` : name;
  throw new IncrError("invalid_input", `the name of the workflow ${JSON.stringify(shown)} ${problem}`, {
    hint: "call it by a word such as workflow:pr",
    data: { workflow: name },
  });
}

/** @throws IncrError `invalid_input` */
export function requireStep(step: string): string {
  if (step.trim() !== "" && !UNPRINTABLE.test(step)) return step;
  const problem = step.trim() === "" ? "is empty" : "has a control character in it";
  throw new IncrError("invalid_input", `the name of the step ${JSON.stringify(step)} ${problem}`, {
    hint: "call it by a word such as git:pr:monitor",
    data: { step },
  });
}
