/** What people type for the fields of a todo, made into values; each function says in one line what is wrong. */
import { IncrError } from "../error.ts";
import { LOWEST_PRIORITY, TITLE_LIMIT, TODO_STATUSES, TODO_TYPES, type TodoStatus, type TodoType } from "../todo.ts";

/** One line of 1 to 500 characters, trimmed. @throws IncrError `invalid_input` */
export function parseTitle(text: string): string {
  const title = text.trim();
  if (title === "") throw invalid("the title is empty", "give a few words that say what is wanted");
  if (/[\n\r\u2028\u2029]/u.test(title)) {
    throw invalid("the title has more than one line", "keep the first line and give the rest as --description");
  }
  if (/\p{Cc}/u.test(title)) throw invalid("the title has control characters", "type it without tabs and escapes");
  requireText(title, "title");
  const length = Array.from(title).length;
  if (length > TITLE_LIMIT) {
    throw invalid(
      `the title has ${length} characters, ${TITLE_LIMIT} are allowed`,
      "give the details as --description",
      {
        length,
      },
    );
  }
  return title;
}

/** Text as it was typed, without blank space at its end; undefined if nothing is left. @throws IncrError `invalid_input` */
export function parseDescription(text: string): string | undefined {
  requireText(text, "description");
  const description = text.replaceAll("\r\n", "\n").trimEnd();
  return description === "" ? undefined : description;
}

/** @throws IncrError `invalid_input` */
export function parseReason(text: string): string | undefined {
  requireText(text, "reason");
  const reason = text.trim();
  return reason === "" ? undefined : reason;
}

/** `0` critical … `4` backlog, also written `p0` … `p4`. @throws IncrError `invalid_input` */
export function parsePriority(text: string): number {
  const digit = /^p?(\d)$/i.exec(text.trim())?.[1];
  const priority = Number(digit);
  if (digit === undefined || priority > LOWEST_PRIORITY) {
    throw invalid(`${quoted(text)} is not a priority`, "use 0 (critical) to 4 (backlog)");
  }
  return priority;
}

/** In any case. @throws IncrError `invalid_input` */
export function parseTodoType(text: string): TodoType {
  const type = TODO_TYPES.find((candidate) => candidate === text.trim().toLowerCase());
  if (type === undefined) throw invalid(`${quoted(text)} is not a type`, `use ${TODO_TYPES.join(", ")}`);
  return type;
}

/** In any case, `in-progress` as well as `in_progress`. @throws IncrError `invalid_input` */
export function parseTodoStatus(text: string): TodoStatus {
  const wanted = text.trim().toLowerCase().replaceAll("-", "_");
  const status = TODO_STATUSES.find((candidate) => candidate === wanted);
  if (status === undefined) throw invalid(`${quoted(text)} is not a status`, `use ${TODO_STATUSES.join(", ")}`);
  return status;
}

/** Half a surrogate pair cannot be written to a file: it would come back as another character. */
function requireText(text: string, field: string): void {
  if (/\p{Cs}/u.test(text)) throw invalid(`the ${field} is not valid Unicode text`, "type it again");
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function invalid(message: string, hint: string, data: Record<string, unknown> = {}): IncrError {
  return new IncrError("invalid_input", message, { hint, data });
}
