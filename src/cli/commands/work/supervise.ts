import { requireThread } from "../../../domain/stream/tasks/outline.ts";
import { ensureRepo } from "../../../usecases/repository.ts";
import { timed } from "../../../usecases/stream/conduct.ts";
import { runHere } from "../../../usecases/stream/launch.ts";
import { requirePlan } from "../../../usecases/stream/streams.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { showEvents } from "../agent/stream.ts";
import type { supervise } from "./declare-runs.ts";
import { wantedAgent } from "./agent-flags.ts";
import { openConduct } from "./conduct-world.ts";

/** In a terminal of tmux: one thread of a batch, from its reservation to its end, told in the stream's log. */
export async function run(ctx: Context, { flags }: Input<typeof supervise>): Promise<void> {
  const { app, stream } = await openConduct(ctx, flags.stream);
  const log = app.conduct.log(await ensureRepo(app), stream.entry.id);
  const thread = requireThread(requirePlan(stream), flags.thread);
  const wish = { ...wantedAgent(flags), inPlace: flags.inPlace };
  const news = await runHere(app, stream, thread, wish, {
    tell: (one) => log.append(timed(one, app.now())),
    onEvent: showEvents(ctx, { together: true }),
  });
  if (news.type === "thread_refused") {
    ctx.notify({ code: news.type, message: `thread ${thread.id} was not run: ${news.message}` });
    return ctx.exit(1);
  }
  ctx.notify({ code: news.type, message: `thread ${thread.id} ${news.outcome}` });
  ctx.exit(news.outcome === "completed" ? 0 : 1);
}
