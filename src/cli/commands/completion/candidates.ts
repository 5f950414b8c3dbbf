import { basename } from "node:path";
import type { Input } from "../../command.ts";
import { completeIds } from "../../completers.ts";
import { completeWords, type Completion } from "../../completion.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import { plainLine } from "../../plain.ts";
import type { complete } from "../complete.ts";

/** Never fails: a shell that asks for candidates has no use for our errors. */
export async function run(ctx: Context, { args: { shell }, rest }: Input<typeof complete>): Promise<string> {
  try {
    const [program = "", ...words] = shell === "bash" ? joinBroken(rest) : rest;
    const line = basename(program) === "work" ? ["work", ...words] : words;
    return print(await completeWords(ctx, line, completeIds), shell === "bash" ? (line.at(-1) ?? "") : "");
  } catch {
    return "";
  }
}

export function render(lines: string): RawText {
  return raw(lines);
}

/** bash breaks `--status=do` and `workflow:pr` into three words each. */
function joinBroken(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if ((word === "=" || word === ":") && joined.length > 1) {
      joined[joined.length - 1] += `${word}${words[index + 1] ?? ""}`;
      index += 1;
    } else joined.push(word);
  }
  return joined;
}

/** bash replaces only what follows the `=`, or the last `:`. */
function print(completion: Completion, bashWord: string): string {
  if ("handOver" in completion) return `:${completion.handOver}\n`;
  const isFlag = bashWord.startsWith("-") && bashWord.includes("=");
  const assigned = Math.max(isFlag ? bashWord.indexOf("=") + 1 : 0, bashWord.lastIndexOf(":") + 1);
  return completion.candidates
    .map(({ value, description = "" }) => `${plainLine(value.slice(assigned))}\t${plainLine(description)}\n`)
    .join("");
}
