import { parseStreamPart } from "../../../domain/stream/id.ts";
import { waitFor, type WaitedFor } from "../../../usecases/wait.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { wait } from "../wait.ts";
import { exitCodeOf, renderWaited, waitAnswer, type WaitAnswer } from "./answer.ts";

export const answer = waitAnswer;
export const render = renderWaited;

export async function run(ctx: Context, { args, flags }: Input<typeof wait>): Promise<WaitAnswer> {
  const others: (() => Promise<WaitedFor>)[] = [];
  const ids: string[] = [];
  for (const id of args.id) {
    const part = parseStreamPart(id);
    if (part === undefined) ids.push(id);
    else others.push(await (await import("./stream-part.ts")).openPart(ctx, part));
  }
  const sessions = await waitFor(await settledApp(ctx), { ids, timeoutMs: flags.timeout, others });
  ctx.exit(exitCodeOf(sessions));
  return { sessions };
}
