import type * as v from "valibot";
import { wordPattern } from "../../../domain/journal/search.ts";
import { localTime } from "../../../domain/journal/time.ts";
import { searchPast } from "../../../usecases/journal/past.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { journalApp } from "../../journal-app.ts";
import { utcOffset } from "../../who.ts";
import { plainLine } from "../../plain.ts";
import type { search } from "../journal.ts";
import type { searchAnswer } from "./answers.ts";

export { searchAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof searchAnswer>;

/** What was searched for, for the highlighting: the answer is only about what was found. */
const searched = new WeakMap<Answer, readonly string[]>();

export function run(ctx: Context, { args }: Input<typeof search>): Answer {
  const answer = { sessions: searchPast(journalApp(ctx), args.words) };
  searched.set(answer, args.words);
  return answer;
}

export function render(answer: Answer, ctx: Context): string {
  const { style } = ctx;
  if (answer.sessions.length === 0) return "nothing found";
  const pattern = wordPattern(searched.get(answer) ?? []);
  const highlight = (text: string) =>
    plainLine(text.normalize("NFC")).replaceAll(pattern, (word) => style.bold(style.yellow(word)));
  return answer.sessions
    .map(({ id, started, ended, matches }) => {
      const { date, clock } = localTime(started, utcOffset);
      const lines = matches.map(({ where, time, text }) => {
        const head = time === null ? where : `${where} ${localTime(time, utcOffset).clock}`;
        return `  ${style.dim(head.padEnd(11))} ${highlight(text)}`;
      });
      return [`${style.cyan(id)}  ${style.dim(`${date} ${clock}${ended === null ? ", running" : ""}`)}`, ...lines].join(
        "\n",
      );
    })
    .join("\n\n");
}
