import { startSession } from "../../../usecases/session/start.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { raw, type RawText } from "../../output.ts";
import { settledApp } from "../../settled-app.ts";
import type { start } from "../session.ts";
import { enterSession, startAnswer, type StartAnswer } from "./answers.ts";
import { chooseTodo } from "./choose-todo.ts";

export const answer = startAnswer;

export async function run(ctx: Context, { args, flags }: Input<typeof start>): Promise<StartAnswer> {
  const app = await settledApp(ctx);
  const started = await startSession(app, {
    ...(await chooseTodo(ctx, app, args.todoId, flags.title)),
    kind: "held",
    ...(flags.topic === undefined ? {} : { topic: flags.topic }),
    ...(flags.rev === undefined ? {} : { rev: flags.rev }),
  });
  const { session, workspace } = started;
  ctx.notify({
    code: "session_started",
    message: `session ${session.id}: ${session.todo_id} in ${workspace.name} on ${session.branch}`,
    data: { session_id: session.id, todo_id: session.todo_id, workspace: workspace.name, branch: session.branch },
  });
  return enterSession(ctx, started, session, null);
}

export function render({ path }: StartAnswer): RawText {
  return raw(`${path}\n`);
}
