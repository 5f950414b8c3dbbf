import { requireThread } from "../../../domain/stream/tasks/outline.ts";
import { runThread } from "../../../usecases/stream/run-thread.ts";
import { requirePlan } from "../../../usecases/stream/streams.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { showEvents } from "../agent/stream.ts";
import type { execute } from "./declare-runs.ts";
import { wantedAgent } from "./agent-flags.ts";
import { mergeAfterRun, mergeAndTell } from "./merge-after.ts";
import { tellThreadEnd, tellThreadStart } from "./thread-end.ts";
import { openThreads } from "./thread-world.ts";

export async function run(ctx: Context, { flags }: Input<typeof execute>): Promise<void> {
  const { app, stream } = await openThreads(ctx, flags.stream);
  const { id } = requireThread(requirePlan(stream), flags.thread);
  // The thread begins where earlier batches left off, whoever brought them to their end.
  if (!flags.force) await mergeAndTell(ctx, app, stream);
  const interactive = !flags.piped && !ctx.json && ctx.stdin.isTTY && ctx.stdout.isTTY;
  const result = await runThread(app, stream, {
    thread: id,
    mode: "start",
    ...wantedAgent(flags),
    inPlace: flags.inPlace,
    force: flags.force,
    interactive,
    onStart: (session) => tellThreadStart(ctx, session),
    ...(interactive ? {} : { onEvent: showEvents(ctx, { together: false }) }),
  });
  tellThreadEnd(ctx, result);
  if (result.status === "completed") await mergeAfterRun(ctx, app, stream);
}
