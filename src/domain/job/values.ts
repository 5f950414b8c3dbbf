/** What the variables of templates stand for, as text. */
import { MARKER_FILES } from "../own-files.ts";
import type { Todo } from "../todo.ts";
import type { CommonVariables } from "./templates.ts";

const [MESSAGE_FILE, REVIEW_FILE] = MARKER_FILES;

export interface CommonFacts {
  todo: Pick<Todo, "id" | "title" | "type" | "priority" | "description">;
  directory: string;
  branch: string;
  testCommands: readonly string[];
}

/** The values that every template is given. */
export function commonVariables({ todo, directory, branch, testCommands }: CommonFacts): CommonVariables {
  const description = todo.description?.trim() ?? "";
  const lines =
    testCommands.length === 0
      ? "    (there are none)"
      : testCommands.map((line) => `    ${line.trim().replaceAll("\n", "\n    ")}`).join("\n");
  return {
    todo: [`# ${todo.title}`, `Todo ${todo.id}: ${todo.type}, priority ${todo.priority}`, description]
      .filter((part) => part !== "")
      .join("\n\n"),
    todo_id: todo.id,
    todo_title: todo.title,
    todo_description: description,
    directory,
    branch,
    tests:
      testCommands.length === 0
        ? "No test commands are configured: convince yourself that it works, by running it."
        : `Afterwards these commands are run there, and all have to succeed:\n\n${lines}`,
    tests_passed:
      testCommands.length === 0
        ? "No test commands are configured, so nothing was tested: finding out whether it works is part of your review."
        : `These test commands were run on exactly that, and succeeded:\n\n${lines}`,
    test_commands: lines,
    message_file: MESSAGE_FILE,
    review_file: REVIEW_FILE,
  };
}

/** The value of `diff`, as a block of text. @param diff null: too long to be shown */
export function diffBlock({ summary, diff }: { summary: string; diff: string | null }): string {
  const text = (diff ?? summary).trimEnd();
  // Longer than any fence in it
  const ticks = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([found]) => found.length)) + 1;
  const fence = "`".repeat(ticks);
  return diff === null
    ? `It is too long to be shown here; these are the files:\n\n${fence}text\n${text}\n${fence}`
    : `${fence}diff\n${text}\n${fence}`;
}
