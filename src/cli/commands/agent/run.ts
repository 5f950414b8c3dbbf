import { IncrError } from "../../../domain/error.ts";
import { runAgent } from "../../../usecases/agent/run.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import type { run as spec } from "../agent.ts";
import { tellEnd, tellStart } from "./answers.ts";
import { harnessIn } from "./harness.ts";
import { readPrompt } from "./prompt.ts";
import { openInterface } from "./interface.ts";
import { limitsIn } from "./limits.ts";
import { showEvents } from "./stream.ts";

export async function run(ctx: Context, { args, flags, rest }: Input<typeof spec>): Promise<void> {
  const harness = harnessIn(flags);
  const wanted = {
    ...(harness === undefined ? {} : { harness }),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
    fullAccess: flags.fullAccess,
    extra: rest,
    inPlace: flags.inPlace,
  };
  const app = await settledApp(ctx);
  if (flags.tui) return await openInterface(ctx, app, { ...wanted, prompt: (args.prompt ?? []).join(" ") || null });
  const prompt = await readPrompt(ctx, args.prompt ?? [], "incr agent run");
  if (prompt === null) {
    throw new IncrError("needs_answer", "there is no prompt: give it as an argument or on stdin", {
      hint: "incr agent run '<prompt>', or --tui for the agent's own interface",
    });
  }
  const result = await runAgent(app, {
    ...wanted,
    prompt,
    limits: limitsIn(flags),
    onStart: (session) => tellStart(ctx, session),
    onEvent: showEvents(ctx, { together: false }),
  });
  tellEnd(ctx, result);
}
