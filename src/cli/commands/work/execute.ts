import { requireThread } from "../../../domain/stream/tasks/outline.ts";
import { runThread } from "../../../usecases/stream/run-thread.ts";
import { openNamedStream, requirePlan } from "../../../usecases/stream/streams.ts";
import { mergeRuns } from "../../../usecases/stream/thread-runs.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { showEvents } from "../agent/stream.ts";
import type { execute } from "../work.ts";
import { wantedAgent } from "./agent-flags.ts";
import { tellThreadEnd, tellThreadStart } from "./thread-end.ts";
import { threadApp } from "./thread-world.ts";

export async function run(ctx: Context, { flags }: Input<typeof execute>): Promise<void> {
  const app = await threadApp(ctx);
  const stream = openNamedStream(app, flags.stream);
  const { id } = requireThread(requirePlan(stream), flags.thread);
  await mergeRuns(app, stream);
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
}
