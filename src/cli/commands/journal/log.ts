import type * as v from "valibot";
import { describeWorkingTree } from "../../../domain/journal/counts.ts";
import { localTime } from "../../../domain/journal/time.ts";
import { logNote } from "../../../usecases/journal/log.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { journalApp } from "../../journal-app.ts";
import { utcOffset } from "../../who.ts";
import { plainLine } from "../../plain.ts";
import type { log } from "../log.ts";
import { describeClosed, type logAnswer } from "./answers.ts";

export { logAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof logAnswer>;

export async function run(ctx: Context, { args }: Input<typeof log>): Promise<Answer> {
  return await logNote(journalApp(ctx), await readNote(ctx, args.note));
}

/** The words as they were typed, or all of stdin but the line end that closes it. */
async function readNote(ctx: Context, words: readonly string[]): Promise<string> {
  if (words.length !== 1 || words[0] !== "-") return words.join(" ");
  return (await ctx.stdin.read()).replace(/\r?\n$/, "");
}

export function render(answer: Answer, ctx: Context): string {
  const { session, time, branch, uncommitted, log } = answer;
  const { style } = ctx;
  const where = [
    branch === null ? [] : plainLine(branch),
    uncommitted === null ? [] : describeWorkingTree(uncommitted),
  ].flat();
  const context = where.length === 0 ? "" : style.dim(` (${where.join(", ")})`);
  const lines = describeClosed(answer.closed, ctx);
  if (session?.is_new === true) lines.push(`Session ${style.cyan(session.id)} began with this note`);
  const place = session === null ? (log ?? "the spool") : style.cyan(session.id);
  return [...lines, `Noted at ${localTime(time, utcOffset).clock} in ${place}${context}`].join("\n");
}
