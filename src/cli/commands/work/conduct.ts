import { ensureRepo } from "../../../usecases/repository.ts";
import { findRunning } from "../../../usecases/stream/conduct.ts";
import { runConduct } from "../../../usecases/stream/conductor.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { conduct } from "./declare-runs.ts";
import { wantedAgent } from "./agent-flags.ts";
import { showConduct } from "./conduct-news.ts";
import { superviseWords } from "./conduct-words.ts";
import { openConduct } from "./conduct-world.ts";

/** In a terminal of tmux, or detached: what `work multi` has planned. */
export async function run(ctx: Context, { flags }: Input<typeof conduct>): Promise<void> {
  const { app, stream } = await openConduct(ctx, flags.stream);
  const { id, batch: batches, maxParallel, force, skipBroken, tmux } = flags;
  const end = await showConduct(
    ctx,
    async (show) =>
      await runConduct(app, stream, {
        id,
        batches,
        maxParallel,
        force,
        skipBroken,
        where: tmux ? "tmux" : "detached",
        wish: { ...wantedAgent(flags), inPlace: flags.inPlace },
        supervise: (thread) => superviseWords(thread, flags),
        onNews: show,
      }),
  );
  ctx.exit(end.exit_code);
  if (!tmux || end.exit_code !== 0 || (await findRunning(app, stream)).size > 0) return;
  // Nothing is left to be looked at. This very process goes with the terminals, and has nothing more to do.
  await app.conduct.terminals(await ensureRepo(app), stream.entry.id).closeAll();
}
