import { raw, type RawText } from "../../output.ts";

/** What JSON leaves as it is and a terminal would obey: controls beyond ASCII, line and paragraph separators, changes of direction. */
const OBEYED = /[\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

/** One line of JSON, with its newline. */
export function jsonLine(answer: unknown): RawText {
  const escape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return raw(`${JSON.stringify(answer).replaceAll(OBEYED, escape)}\n`);
}
