import { IncrError } from "../../../domain/error.ts";
import { requirePartId } from "../../../domain/stream/id.ts";
import { listRunning } from "../../../usecases/stream/conduct.ts";
import { stopConductor } from "../../../usecases/stream/conductor.ts";
import type { ConductApp } from "../../../usecases/stream/launch.ts";
import type { OpenStream } from "../../../usecases/stream/streams.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { multi } from "./declare-runs.ts";
import { carryOutBatches } from "./carry-out.ts";
import { openConduct } from "./conduct-world.ts";
import { mergeAndTell } from "./merge-after.ts";

type Flags = Input<typeof multi>["flags"];

export async function run(ctx: Context, { flags }: Input<typeof multi>): Promise<void> {
  requireOneOf(flags);
  const batch = flags.batch === undefined ? undefined : requirePartId(flags.batch, "batch");
  const { app, stream } = await openConduct(ctx, flags.stream);
  if (flags.stop) return await stop(ctx, app, stream);
  // A batch begins where those in front of it left off, whoever brought them to their end.
  if (batch !== undefined && (await mergeAndTell(ctx, app, stream, batch)).at(-1)?.conflict) return;
  await carryOutBatches(ctx, app, stream, { ...flags, batch });
}

/** @throws IncrError `usage` */
function requireOneOf({ batch, continue: all, stop, detach, tmux, headless }: Flags): void {
  const chosen = [batch !== undefined, all, stop].filter(Boolean).length;
  if (chosen !== 1) {
    throw new IncrError(
      "usage",
      chosen === 0 ? "say what to run: --batch or --continue" : "--batch, --continue and --stop exclude each other",
      {
        hint: "work multi --batch 1.1, or work multi --continue",
      },
    );
  }
  if (tmux && headless) throw new IncrError("usage", "--tmux and --headless exclude each other");
  if (stop && detach) throw new IncrError("usage", "--detach does not go with --stop");
}

async function stop(ctx: Context, app: ConductApp, stream: OpenStream): Promise<void> {
  const was = await stopConductor(app, stream);
  const message = was ? "it was ended, with its agents" : "nobody carries out batches of this stream now";
  ctx.notify({ code: was ? "stopped" : "nothing_to_stop", message });
  // Agents outlive whoever started them if that was killed.
  for (const { id, thread_id: thread } of await listRunning(app, stream)) {
    ctx.notify({
      code: "runs_on",
      message: `thread ${thread} runs on, begun by somebody else; \`incr agent kill ${id}\` ends it`,
      data: { thread, agent_session: id },
    });
  }
}
