import { IncrError } from "../../../domain/error.ts";
import type { Context } from "../../context.ts";

/**
 * The prompt of the command line, else of stdin; null on a terminal, where nobody has written one. `command` is what the hint says to type.
 * @throws IncrError `needs_answer` if stdin has none
 */
export async function readPrompt(ctx: Context, words: readonly string[], command: string): Promise<string | null> {
  const given = words.join(" ");
  if (given !== "" && given !== "-") return given;
  if (ctx.stdin.isTTY) return null;
  const text = await ctx.stdin.read();
  if (text.trim() !== "") return text;
  throw new IncrError("needs_answer", "there is no prompt: give it as an argument or on stdin", {
    hint: `${command} '<prompt>'`,
  });
}
