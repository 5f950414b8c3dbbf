import { waitFor } from "../../../usecases/wait.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { wait } from "../agent.ts";
import { exitCodeOf, renderWaited, waitAnswer, type WaitAnswer } from "../wait/answer.ts";
import { harnessIn } from "./harness.ts";

export const answer = waitAnswer;
export const render = renderWaited;

export async function run(ctx: Context, { args, flags }: Input<typeof wait>): Promise<WaitAnswer> {
  const only = { harness: harnessIn(flags) };
  const sessions = await waitFor(await settledApp(ctx), { ids: args.id, timeoutMs: flags.timeout, only });
  ctx.exit(exitCodeOf(sessions));
  return { sessions };
}
