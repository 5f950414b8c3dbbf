import { endHeldSession } from "../../../usecases/session/end-held.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { done } from "../session.ts";
import { endAnswer, leaveSession, renderEnding, type EndAnswer } from "./answers.ts";

export const answer = endAnswer;
export const render = (answer_: EndAnswer, { style }: Context): string => renderEnding(answer_, style);

export async function run(ctx: Context, { args }: Input<typeof done>): Promise<EndAnswer> {
  const app = await settledApp(ctx);
  return leaveSession(ctx, await endHeldSession(app, args.todoId, "completed"));
}
