import { waitFor } from "../../../usecases/wait.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { wait } from "../wait.ts";
import { exitCodeOf, renderWaited, waitAnswer, type WaitAnswer } from "./answer.ts";

export const answer = waitAnswer;
export const render = renderWaited;

export async function run(ctx: Context, { args, flags }: Input<typeof wait>): Promise<WaitAnswer> {
  const sessions = await waitFor(await settledApp(ctx), { ids: args.id, timeoutMs: flags.timeout });
  ctx.exit(exitCodeOf(sessions));
  return { sessions };
}
