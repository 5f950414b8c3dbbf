import { runSession } from "../../../usecases/session/run.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import { PLAIN } from "../../style.ts";
import type { run as spec } from "../session.ts";
import { renderEnding, toEndAnswer } from "./answers.ts";
import { chooseTodo } from "./choose-todo.ts";

export async function run(ctx: Context, { args, flags, rest }: Input<typeof spec>): Promise<void> {
  const app = await settledApp(ctx);
  const [file, ...more] = rest;
  const ending = await runSession(app, {
    ...(await chooseTodo(ctx, app, args.todoId, flags.title)),
    argv: [file as string, ...more],
    ...(flags.topic === undefined ? {} : { topic: flags.topic }),
    ...(flags.rev === undefined ? {} : { rev: flags.rev }),
  });
  const { exit_code, failure, ...rest_ } = ending;
  const answer = toEndAnswer(rest_);
  // stdout belongs to the command; what became of the session is part of the story.
  const message = `session ${answer.session.id} ${answer.session.status}`;
  if (ctx.json) ctx.notify({ code: "session_ended", message, data: { ...answer } });
  else for (const line of renderEnding(answer, PLAIN).split("\n")) ctx.notify({ code: "session_ended", message: line });
  if (failure !== null) ctx.out.error(failure);
  const unsaved = answer.session.status === "failed" && answer.session.reason === "unsaved";
  ctx.exit(unsaved && exit_code === 0 ? 5 : exit_code);
}
