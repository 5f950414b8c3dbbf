import type * as v from "valibot";
import { isClean, describeWorkingTree } from "../../../domain/journal/counts.ts";
import { describeReport } from "../../../domain/journal/report.ts";
import { sayBye } from "../../../usecases/journal/bye.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { journalApp } from "../../journal-app.ts";
import { plainLine, plainText } from "../../plain.ts";
import type { bye } from "../bye.ts";
import { describeClosed, type byeAnswer } from "./answers.ts";

export { byeAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof byeAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof bye>): Promise<Answer> {
  return await sayBye(journalApp(ctx), { summary: flags.summary, todos: flags.todo, done: flags.done });
}

export function render({ session, files, pending_todos: todos, closed }: Answer, ctx: Context): string {
  const { style } = ctx;
  const { uncommitted } = session;
  const head = [
    ...describeClosed(closed, ctx),
    `Session ${style.cyan(session.id)} is over: ${plainLine(describeReport(session))}`,
    ...(uncommitted === null || isClean(uncommitted)
      ? []
      : [style.yellow(`Not committed: ${describeWorkingTree(uncommitted)}`)]),
  ];
  const parts = [head.join("\n"), plainText(session.summary), section("Saved", files, style)];
  if (todos.length > 0)
    parts.push(
      section(
        "Next",
        todos.map((todo, index) => `${index + 1}. ${plainLine(todo)}`),
        style,
      ),
    );
  return parts.join("\n\n");
}

function section(title: string, lines: readonly string[], style: Context["style"]): string {
  return [style.bold(title), ...lines.map((line) => `  ${line}`)].join("\n");
}
