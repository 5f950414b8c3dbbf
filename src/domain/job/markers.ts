/** The two files in which agents answer, `.incr-review` and `.incr-commit-message`: what is understood, and what is taken for no answer. */

export type ReviewOutcome = "ACCEPT" | "REQUEST_CHANGES" | "ABANDON";

const OUTCOMES: readonly ReviewOutcome[] = ["ACCEPT", "REQUEST_CHANGES", "ABANDON"];

/** Longest comment that is kept, in characters: it stands in the job's record, and is the next prompt. */
const COMMENT_LIMIT = 20_000;
/** Longest commit message, in characters. */
const MESSAGE_LIMIT = 20_000;

/** What is wrong, as the end of a sentence: `the first line is none of the three words`. */
interface Unusable {
  problem: string;
}

/**
 * A review: the first line that is not empty is one of the three words, in any case, alone or in Markdown emphasis; what follows is the comment. Whatever else
 * there is, it is not an acceptance.
 * @param text content of the file; null if there is none
 */
export function parseReview(text: string | null): { outcome: ReviewOutcome; comments?: string } | Unusable {
  if (text === null) return { problem: "there is no answer" };
  const lines = linesOf(text);
  const [first] = lines;
  if (first === undefined) return { problem: "the answer is empty" };
  const outcome = readWord(first);
  if (outcome === undefined) {
    return { problem: `the first line of the answer is not ACCEPT, REQUEST_CHANGES or ABANDON: "${cut(first, 80)}"` };
  }
  const rest = lines.slice(1);
  const other = rest.map(readWord).find((word) => word !== undefined && word !== outcome);
  if (other !== undefined) return { problem: `the answer says ${outcome} and ${other}` };
  const comments = trimLines(rest).join("\n");
  if (comments !== "") return { outcome, comments: cut(comments, COMMENT_LIMIT) };
  return outcome === "ACCEPT" ? { outcome } : { problem: `the answer is ${outcome} without a word of why` };
}

/**
 * A commit message, as git takes it: without a code fence around it, without blanks at the ends of lines and empty lines around it, ending with a line end.
 * @param text content of the file; null if there is none
 */
export function parseCommitMessage(text: string | null): { message: string } | Unusable {
  if (text === null) return { problem: "there is none" };
  if (text.includes("\0")) return { problem: "it is not text" };
  const lines = withoutFence(linesOf(text));
  if (lines.length === 0) return { problem: "it is empty" };
  const message = `${lines.join("\n")}\n`;
  return message.length > MESSAGE_LIMIT ? { problem: `it has more than ${MESSAGE_LIMIT} characters` } : { message };
}

/** Without a byte order mark, with `\n` for every line end, without empty lines around it. */
function linesOf(text: string): string[] {
  return trimLines(
    text
      .replace(/^\uFEFF/, "")
      .split(/\r\n|\r|\n/)
      .map((line) => line.trimEnd()),
  );
}

function trimLines(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line !== "");
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex((line) => line !== "") + 1);
}

/** `**Accept**`, `request_changes`, `` `ABANDON` ``. */
function readWord(line: string): ReviewOutcome | undefined {
  const word = line
    .trim()
    .replace(/^[*_`]+|[*_`]+$/g, "")
    .trim()
    .toUpperCase();
  return OUTCOMES.find((outcome) => outcome === word);
}

function withoutFence(lines: readonly string[]): string[] {
  const [first, last] = [lines[0], lines.at(-1)];
  const fenced = lines.length > 1 && first !== undefined && /^(`{3,}|~{3,})\w*$/.test(first);
  const mark = first?.replace(/\w+$/, "");
  return fenced && last === mark ? trimLines(lines.slice(1, -1)) : [...lines];
}

function cut(text: string, limit: number): string {
  // Not in the middle of a character
  return text.length > limit ? `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, "")}…` : text;
}
